"""The sheet of movies: a tab-separated table, one row a movie, read and checked before anything runs.

Every cluster job reads it again, so that this module imports nothing heavy.
"""

import glob
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sidewinder.frame_ranges import are_rising, parse_frames
from sidewinder.names import (
    COUNTS,
    LINEAGE_COLUMNS,
    OUTCOME,
    RING_STATISTICS,
    SCORES,
    STATISTICS,
    TEXTURES,
    TRACK_COLUMNS,
)
from sidewinder.pixel_size import given, is_likely
from sidewinder.rectangle import is_empty, parse_rectangle
from sidewinder.tsv import Cells, Form, Problem, read_rows, refuse, short

# what the tables of results call their own columns, and how those of channels, whose names are not known yet, begin
RESULT_COLUMNS = frozenset((*TRACK_COLUMNS, *LINEAGE_COLUMNS, *OUTCOME, *COUNTS, *SCORES))
OF_CHANNELS = tuple(
    f"{statistic}_" for statistic in (*STATISTICS, *RING_STATISTICS, *(f"texture_{name}" for name in TEXTURES))
)
MOVIES = Form(
    "movies", "the sheet of movies", "movies", "movie", name="movie", taken=RESULT_COLUMNS, taken_starts=OF_CHANNELS
)


# columns whose paths are relative to the sheet's folder or, where nothing is there, to the working directory, in which
# the workflow makes simulated movies
FILES = ("path", "labels", "truth", "region")
SIMULATED = "simulated/"
# columns in which a movie is like the one that it lies within
SAME_WITHIN = ("path", "position", "frames", "z")


@dataclass(frozen=True, slots=True)
class Row:
    """One movie of the sheet.

    Parameters
    ----------
    line : int
        Where it stands in the file, counted from 1 as editors do.
    movie, path : str
        Its name and where the raw movie is.
    position, model, labels, truth, exports, archived : str or None
        None where the sheet says nothing; only one of model and labels is there. `exports` are separated by commas, or
        `none`; `archived` is where raw data are that may be missing at `path`.
    frames : str or None
        Which frames to take, such as "0-119,130"; None for all.
    z : str or None
        What becomes of z-slices: "max", "mean", "sharpest", a number, or "time" where they are time points.
    region : str or None
        The part of the frames in which cells are looked for: `y0:y1,x0:x1`, or the path of a mask or of ROIs.
    within : str or None
        The movie, of the same raw movie, in whose cells those of this one lie.
    channel : str
        Name or index of the channel to segment.
    pixel_size_um : float or str or None
        What overrides the file's own; height x width, such as `0.5x0.25`, of pixels that are not square.
    frame_interval_s : float or None
        What overrides the file's own.
    blocks : int
        How many blocks of frames.
    extra : dict of str to str
        The columns that only the experiment's table knows, as they stand in the sheet.
    """

    line: int
    movie: str
    path: str
    position: str | None = None
    channel: str = "0"
    pixel_size_um: float | str | None = None
    frame_interval_s: float | None = None
    model: str | None = None
    labels: str | None = None
    blocks: int = 1
    truth: str | None = None
    archived: str | None = None
    frames: str | None = None
    z: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    exports: str | None = None
    region: str | None = None
    within: str | None = None


def read_sheet(path: str | Path) -> dict[str, Row]:
    """Read and check the sheet of movies.

    Parameters
    ----------
    path : str or Path
        A tab-separated file in UTF-8, with a header, `#` comments and empty lines.

    Returns
    -------
    rows : dict of str to Row
        Each movie's row by its name, in the order of the sheet.

    Raises
    ------
    UserError
        With one line for each problem: file, line, movie, column, what was found and what is allowed.
    """
    rows, problems = read_rows(path, MOVIES)
    refuse(path, MOVIES, rows, problems + [found for check in CHECKS for found in check(rows)])
    folder = os.path.dirname(path)
    return {cells["movie"]: _row(number, cells, folder) for number, cells in rows}


def beside_working_directory(path: str | Path, rows: dict[str, Row]) -> list[str]:
    """Say which files are there only from the working directory, not from the sheet; nothing where there are none.

    Parameters
    ----------
    path : str or Path
        The sheet.
    rows : dict of str to Row
        What `read_sheet` made of it.
    """
    folder = os.path.dirname(path)
    cells = (getattr(row, column) or "" for row in rows.values() for column in FILES)
    found = [
        cell
        for cell in dict.fromkeys(cells)
        if _is_relative(cell) and not cell.startswith((f"{folder}/", SIMULATED)) and _is_there(cell)
    ]
    if not folder or not found:
        return []
    seen = os.path.join(os.path.relpath(".", folder), found[0])
    are = f"{len(found):,} paths of {path} are" if len(found) > 1 else f"a path of {path} is"
    return [
        f"{are} relative to the working directory, {os.getcwd()}, and not to the sheet, and taken so: write {seen} in "
        f"place of {found[0]}, so that the sheet is right wherever a run is started"
    ]


def _clashes(rows: list[Cells]) -> list[Problem]:
    """Movies whose names are the same, or would be the same folder on a Mac."""
    first: dict[str, tuple[int, str]] = {}
    problems = []
    for number, cells in rows:
        if "movie" not in cells:
            continue
        name = cells["movie"]
        line, other = first.setdefault(name.casefold(), (number, name))
        if line != number:
            same = f"{short(other)!r} stands in line {line} already"
            case = "" if other == name else " (on some systems upper and lower case are one folder)"
            problems.append((number, f", movie {short(name)}, column movie: {same}{case}; each name only once"))
    return problems


def _twice_segmented(rows: list[Cells]) -> list[Problem]:
    """Movies with a model and with label images of the user's own."""
    return [
        (number, f", movie {cells.get('movie', '?')}: has a model and labels, with which no model is run; leave one")
        for number, cells in rows
        if "model" in cells and "labels" in cells
    ]


def _unfit_frames(rows: list[Cells]) -> list[Problem]:
    """Movies whose chosen frames do not rise."""
    problems = []
    for number, cells in rows:
        where, text = f", movie {cells.get('movie', '?')}, column frames: ", cells.get("frames", "")
        if not re.fullmatch(MOVIES.columns["frames"]["pattern"], text):
            continue
        if not are_rising(parse_frames(text)):
            problems.append((number, f"{where}found {short(text)!r}; each frame once, in the order of time"))
    return problems


def _unfit_regions(rows: list[Cells]) -> list[Problem]:
    """Movies whose region is empty, or which are scored in whole frames."""
    problems = []
    for number, cells in rows:
        where, text = f", movie {cells.get('movie', '?')}", cells.get("region", "")
        rectangle = parse_rectangle(text)
        if rectangle is not None and is_empty(rectangle):
            said = f"found {short(text)!r}, which is empty; y0:y1,x0:x1 goes from the smaller to the larger number"
            problems.append((number, f"{where}, column region: {said}"))
        if text and "truth" in cells:
            problems.append((number, f"{where}: has a region and truth, which is that of whole frames; leave one"))
    return problems


def _unlikely_pixels(rows: list[Cells]) -> list[Problem]:
    """Movies whose pixels are so long that one of their sides must be wrong."""
    problems = []
    for number, cells in rows:
        text = cells.get("pixel_size_um", "")
        if re.fullmatch(MOVIES.columns["pixel_size_um"]["pattern"], text) and not is_likely(given(text)[1]):
            where = f", movie {cells.get('movie', '?')}, column pixel_size_um: found {short(text)!r}"
            problems.append(
                (number, f"{where}; allowed is a height of a tenth to ten times the width, such as 0.5x0.25")
            )
    return problems


def _unfit_within(rows: list[Cells]) -> list[Problem]:
    """Movies that lie within what is no other movie of the sheet, or of other raw data."""
    nothing: Cells = (0, {})
    by_name = {cells["movie"]: (line, cells) for line, cells in rows if "movie" in cells}
    problems = []
    for number, cells in rows:
        name, where = cells.get("within"), f", movie {cells.get('movie', '?')}, column within: "
        if name is None:
            continue
        line, other = by_name.get(name, nothing)
        if not other or other is cells:
            said = "which is this movie itself" if other else "which is no movie of this sheet"
            problems.append((number, f"{where}found {short(name)!r}, {said}; name another row of the same raw movie"))
            continue
        differing = [column for column in SAME_WITHIN if _compared(cells, column) != _compared(other, column)]
        if differing:
            listed = ", ".join(f"{column} {_said(cells, column)} and {_said(other, column)}" for column in differing)
            said = f"differs from {short(name)} (line {line}) in {listed}; both must be frames of one raw movie"
            problems.append((number, f"{where}{said}, with the same path, position, frames and z"))
    return problems


def _compared(cells: dict[str, str], column: str) -> str:
    text = "".join(cells.get(column, "").split()) if column == "frames" else cells.get(column, "")
    return os.path.normpath(text) if column == "path" else text


def _said(cells: dict[str, str], column: str) -> str:
    return repr(short(cells[column])) if column in cells else "none"


CHECKS = (_clashes, _twice_segmented, _unfit_frames, _unfit_regions, _unlikely_pixels, _unfit_within)


def _row(number: int, cells: dict[str, str], folder: str) -> Row:
    known = MOVIES.columns
    values: dict[str, Any] = {name: MOVIES.value(name, text) for name, text in cells.items() if name in known}
    values |= {name: _placed(folder, values[name]) for name in FILES if name in values}
    return Row(line=number, extra={name: text for name, text in cells.items() if name not in known}, **values)


def _placed(folder: str, cell: str) -> str:
    """The path of files, or several with `;` between them, as the working directory sees them."""
    if not folder or not _is_relative(cell):
        return cell
    whole = os.path.join(folder, cell)
    parts = [os.path.join(folder, os.path.expanduser(part.strip())) for part in cell.split(";")]
    # a name may have the sign that separates names
    from_sheet = whole if os.path.lexists(whole) else ";".join(parts)
    return from_sheet if _is_there(from_sheet) else cell


def _is_relative(cell: str) -> bool:
    return bool(cell) and not os.path.isabs(cell) and "://" not in cell


def _is_there(cell: str) -> bool:
    """Whether there is a file or folder of this name, or of the first of several, which may be a pattern."""
    first = cell.split(";")[0].strip()
    return os.path.lexists(cell) or os.path.lexists(first) or next(glob.iglob(first), None) is not None
