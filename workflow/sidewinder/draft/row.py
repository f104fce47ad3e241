"""A row of the sheet, from what the header and the names of a movie say."""

import os
import re
from collections import Counter
from collections.abc import Sequence

from sidewinder.draft.found import Found
from sidewinder.movie.movie import Frames
from sidewinder.pixel_size import said

# such as B/2, B02, and B2 where a position begins with it: P1 and C1 are others' positions and channels
WELLS = [
    re.compile(r"(?<![A-Za-z0-9])([A-P])(?:/(\d{1,2})|(\d\d))(?![A-Za-z0-9])"),
    re.compile(r"^([A-H])(\d)()(?=_|$)"),
]
GROUP = re.compile(r"([A-Za-z]+(?:[ _-][A-Za-z]+)*)[ _-]*\d+")
ENDING = re.compile(r"(\.ome)?\.(tiff?|zarr|ozx|zip|nd2|czi|lif|avi|mp4|mov|stk|lsm|companion\.ome)$", re.I)
LONGEST_NAME = 90


def names_of(found: Sequence[Found]) -> list[str]:
    """The names of movies: file, with the folder where files are called alike, and position; all different."""
    names: list[str] = []
    stems = {movie.path: _stem(movie) for movie in found}
    n_alike = Counter(stems.values())
    for movie in found:
        alike = n_alike[stems[movie.path]] > 1
        folder = os.path.basename(os.path.dirname(os.path.normpath(movie.path)))
        parts = [folder * alike, stems[movie.path], movie.position]
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", "_".join(filter(None, parts))).strip("_.-")[:LONGEST_NAME] or "movie"
        taken = {other.casefold() for other in names}
        number = next(n for n in range(1, len(names) + 2) if (name + f"_{n}" * (n > 1)).casefold() not in taken)
        names.append(name + f"_{number}" * (number > 1))
    return names


def _stem(movie: Found) -> str:
    return ENDING.sub("", os.path.basename(os.path.normpath(movie.path)))


def has_times(frames: Frames) -> bool:
    """Whether a file says when each frame was taken."""
    return len({time for time in frames.taken_s if time is not None}) == frames.n_frames > 1


def well_of(movie: Found) -> str:
    """The well, such as B02, of a plate's position or a file's name; empty where none is said."""
    for text in (movie.position, _stem(movie)):
        for pattern in WELLS:
            if match := pattern.search(text):
                return f"{match[1]}{int(match[2] or match[3]):02}"
    return ""


def conditions_of(found: Sequence[Found]) -> list[str]:
    """The words before the number of each file's name, where that puts the files into groups; else nothing."""
    matches = [GROUP.fullmatch(_stem(movie)) for movie in found]
    groups = [match[1] if match else "" for match in matches]
    in_groups = all(groups) and 1 < len(set(groups)) < len({movie.path for movie in found})
    return groups if in_groups else [""] * len(found)


def row_of(movie: Found) -> dict[str, str]:
    """The cells of a movie but for its name and its condition; those of which the file says nothing are empty."""
    cells = {"path": movie.path, "position": movie.position, "well": well_of(movie)}
    if movie.frames is None:
        return cells
    frames = movie.frames
    size, interval = frames.pixel_size_um, None if has_times(frames) else frames.frame_interval_s
    names = [str(name) for name in frames.channel_names]
    named = len(names) == frames.shape_cyx[0] > 1 and names[0] and "," not in names[0] and names.count(names[0]) == 1
    several = frames.shape_cyx[0] > 1
    return cells | {
        "channel": (names[0] if named else "0") if several else "",
        "pixel_size_um": "" if size is None else said(size, frames.pixel_aspect),
        "frame_interval_s": "" if interval is None else f"{interval:.6g}",
    }
