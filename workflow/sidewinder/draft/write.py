"""Write a sheet of the movies in a folder or file, and say what is to be looked over."""

import os
from collections.abc import Sequence

from sidewinder.draft.found import Found, movies_at
from sidewinder.draft.row import conditions_of, has_times, names_of, row_of
from sidewinder.errors import UserError

NAME = "movies.tsv"
REQUIRED = ("movie", "path")
COLUMNS = (*REQUIRED, "position", "z", "channel", "pixel_size_um", "frame_interval_s", "well", "condition")
MOST_LISTED = 5


def write_draft(source: str, sheet: str | None) -> list[str]:
    """Write a sheet with a row for each movie, which overwrites nothing.

    Parameters
    ----------
    source : str
        A folder, a file or a glob. The paths in the sheet are relative to the sheet's folder where they lie in it, else
        absolute: they are right for a run with that folder as its working directory.
    sheet : str or None
        The file to write; without it, movies.tsv beside the source.

    Returns
    -------
    lines : list of str
        What was written, and what was not understood.

    Raises
    ------
    UserError
        If there is a file of that name, or no movie.
    """
    target = sheet or os.path.join(os.path.dirname(os.path.normpath(source)), NAME)
    if os.path.lexists(target):
        raise UserError(f"{target} is there already and is not overwritten; name another file: sheet=<file>")
    found = movies_at(source)
    readable = [movie for movie in found if movie.frames is not None]
    unread = [movie for movie in found if movie.frames is None]
    if not readable:
        raise UserError(unread[0].problem if len(unread) == 1 else f"{source}: no movie can be read: {_first(unread)}")
    remarks = [*_remarks(readable), *([f"not read, and not in the sheet: {_first(unread)}"] if unread else [])]
    folder, name = os.path.split(os.path.abspath(target))
    _write(target, [row | {"path": _seen_from(folder, row["path"])} for row in _rows(readable)], remarks)
    run = f"snakemake --profile profiles/local --directory {os.path.relpath(folder)} --config movies={name}"
    return [f"{target}: {len(readable)} movies; look it over, then, in the checkout: {run}", *remarks]


def _seen_from(folder: str, path: str) -> str:
    """The path of a movie as it is from a folder, if it lies in it; else absolute."""
    absolute = os.path.abspath(path)
    return os.path.relpath(absolute, folder) if absolute.startswith(os.path.join(folder, "")) else absolute


def _rows(readable: Sequence[Found]) -> list[dict[str, str]]:
    names = names_of(readable)
    return [
        {"movie": name, **row_of(movie), "condition": condition}
        for movie, name, condition in zip(readable, names, conditions_of(readable), strict=True)
    ]


def _remarks(readable: Sequence[Found]) -> list[str]:
    """What the user has to fill in or look at."""
    frames = [(movie, movie.frames) for movie in readable if movie.frames is not None]
    kinds = {
        "have z-slices: say in column z what becomes of them (max, mean, sharpest, a slice's number or time)": [
            movie for movie, about in frames if about.slices is not None
        ],
        "say no pixel size: fill in pixel_size_um": [m for m, about in frames if about.pixel_size_um is None],
        "say no time: fill in frame_interval_s": [
            m for m, about in frames if about.frame_interval_s is None and not has_times(about) and about.n_frames > 1
        ],
        "have several channels: column channel names the first": [m for m, a in frames if a.shape_cyx[0] > 1],
        "say when each frame was taken, which is used where frame_interval_s is empty": [
            m for m, about in frames if has_times(about)
        ],
        "have a single frame: are they movies?": [movie for movie, about in frames if about.n_frames == 1],
    }
    return [f"{len(movies)} of {len(readable)} movies {what}" for what, movies in kinds.items() if movies]


def _first(unread: Sequence[Found]) -> str:
    """The first problems of several."""
    more = f"; and {len(unread) - MOST_LISTED} more" if len(unread) > MOST_LISTED else ""
    return "; ".join(movie.problem for movie in unread[:MOST_LISTED]) + more


def _write(target: str, rows: Sequence[dict[str, str]], remarks: Sequence[str]) -> None:
    columns = [name for name in COLUMNS if name in (*REQUIRED, "z") or any(row.get(name) for row in rows)]
    if not any("z-slices" in remark for remark in remarks):
        columns.remove("z")
    lines = [*(f"# {remark}" for remark in remarks), "\t".join(columns)]
    lines += ["\t".join(row.get(name, "") for name in columns) for row in rows]
    try:
        with open(target, "x", encoding="utf-8", newline="") as file:
            file.write("\n".join(lines) + "\n")
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror}; name another file: sheet=<file>") from error
