"""The sheet of movies: a tab-separated table, one row a movie, read and checked before anything runs.

Every cluster job reads it again, so that this module imports nothing heavy.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.schema import load_schema, property_validators

MOST_PROBLEMS = 20  # reported at once; more of them scroll the first ones away
# what the tables of results call their own columns, but for those of channels
RESULT_COLUMNS = frozenset(
    "track_id frame time_s y_px x_px y_um x_um area_px area_um2 "
    "y_drift_corrected_px x_drift_corrected_px y_drift_corrected_um x_drift_corrected_um "
    "speed_um_per_s speed_px_per_frame perimeter_px perimeter_um major_axis_px major_axis_um minor_axis_px "
    "minor_axis_um orientation_rad eccentricity solidity n_neighbours nearest_neighbour_px nearest_neighbour_um "
    "touches_border repaired link_score parent_track_id lineage_id generation first_frame last_frame start_s end_s "
    "n_frames fate first_child_track_id second_child_track_id division_score min_link_score displacement_um "
    "path_length_um mean_speed_um_per_s straightness displacement_px path_length_px mean_speed_px_per_frame "
    "diffusion_um2_per_s msd_exponent diffusion_px2_per_frame "
    "frames cells tracks divisions lineages median_cells_per_frame SEG IDF1 DET TRA LNK CT TF BC_0 BC_1 BC_2 BC_3 CCA "
    "CHOTA HOTA MOTA".split()
)
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")
RUN_OF_SPACES = re.compile(r" {2,}")


@dataclass(frozen=True, slots=True)
class Row:
    """One movie of the sheet.

    Parameters
    ----------
    line : int
        Where it stands in the file, counted from 1 as editors do.
    movie, path : str
        Its name and where the raw movie is.
    position, model, truth : str or None
        None where the sheet says nothing.
    channel : str
        Name or index of the channel to segment.
    pixel_size_um, frame_interval_s : float or None
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
    pixel_size_um: float | None = None
    frame_interval_s: float | None = None
    model: str | None = None
    blocks: int = 1
    truth: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


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
    lines = _lines(Path(path))
    if not lines:
        raise UserError(f"{path} is empty: it needs a header (movie, path, ...) and a row for each movie")
    header = _header(path, *lines[0])
    rows, problems = [], []
    for number, text in lines[1:]:
        fields = [_unquoted(cell) for cell in text.split("\t")]
        while len(fields) > len(header) and not fields[-1]:  # spreadsheets pad rows with empty cells
            fields.pop()
        if len(fields) == len(header):
            rows.append((number, {name: cell for name, cell in zip(header, fields, strict=True) if cell}))
        else:
            problems.append((number, f": {_wrong_count(text, fields, header)}"))
    problems += _row_problems(rows) + _clashes(rows)
    if problems:
        raise UserError(_report([f"{path}, line {number}{problem}" for number, problem in sorted(problems)]))
    if not rows:
        raise UserError(f"{path} has a header but no movies: add a row for each movie")
    return {cells["movie"]: _row(number, cells) for number, cells in rows}


def _lines(path: Path) -> list[tuple[int, str]]:
    """Line numbers and texts of all lines but comments and empty ones."""
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise UserError(f"the sheet of movies {path} {what} (looked for in {Path.cwd()}); name it with movies=<sheet>")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"the sheet of movies {path} cannot be read: {error.strerror}") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path} is in UTF-16 (as 'Unicode text' of Excel is); save it as text in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"{path}, line {line}: byte {data[error.start]:#x} is not UTF-8; save it in UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UserError(f"{path}, line {line}: there is a zero byte; this is no text file")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip() and line.lstrip()[0] != "#"]


def _header(path: str | Path, number: int, text: str) -> list[str]:
    """The names of the columns."""
    header = [_unquoted(cell) for cell in text.split("\t")]
    while header and not header[-1]:
        header.pop()
    where = f"{path}, line {number}:"
    known = load_schema("movies")["properties"]
    missing = [name for name in ("movie", "path") if name not in header]
    if missing and "\t" not in text and {"movie", "path"} <= set(re.split(r"[ ,;]+", text.strip())):
        raise UserError(f"{where} the columns of the header are not separated by tabs (has an editor replaced them?)")
    problems = []
    for position, name in enumerate(header, 1):
        if not name:
            problems.append(f"{where} column {position} has no name")
        elif name in header[: position - 1]:
            problems.append(f"{where} the column {name!r} is there twice")
        elif name in RESULT_COLUMNS:
            problems.append(f"{where} the column {name!r} would clash with that of the results; call it something else")
        elif name not in known and (meant := _meant(name, known)):
            problems.append(f"{where} the column {name!r} is not known; did you mean {meant!r}?")
    if missing and not problems:
        problems.append(f"{where} the header lacks {' and '.join(missing)}; found: {', '.join(header)}")
    if problems:
        raise UserError(_report(problems))
    return header


def _meant(name: str, known: dict[str, Any]) -> str | None:
    """The known column that an unknown one is a way of writing, if any."""

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    spellings = {plain(column): column for column in known}
    spellings |= {plain(re.sub(r"_(um|s)$", "", column)): column for column in known}
    return spellings.get(plain(name))


def _unquoted(cell: str) -> str:
    """A cell without the blanks around it and the quotation marks of spreadsheets."""
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"').strip()
    return cell


def _wrong_count(text: str, fields: list[str], header: list[str]) -> str:
    """Why a row that has not as many fields as the header may have come about."""
    found = f"{len(fields)} fields, but the header has {len(header)} columns"
    if len(fields) < len(header) and (RUN_OF_SPACES.search(text.strip()) or len(text.split()) == len(header)):
        return f"{found}; there are spaces where tabs should be"
    return f"{found}; separate fields by one tab each, also empty ones"


def _row_problems(rows: list[tuple[int, dict[str, str]]]) -> list[tuple[int, str]]:
    """What the schema says against the rows; each text of a column is looked at once, which makes it fast."""
    schema = load_schema("movies")
    checks = property_validators("movies")
    verdicts: dict[str, dict[str, bool]] = {column: {} for column in checks}
    problems = []
    for number, cells in rows:
        where = f", movie {cells['movie']}, column" if "movie" in cells else ", column"
        for column, check in checks.items():
            text = cells.get(column)
            if text is None:
                if column in schema["required"]:
                    problems.append((number, f"{where} {column}: the cell is empty; {_allowed(column)}"))
                continue
            if text not in verdicts[column]:
                verdicts[column][text] = check.is_valid(_value(column, text))
            if not verdicts[column][text]:
                problems.append((number, f"{where} {column}: found {text!r}; {_allowed(column, text)}"))
    return problems


def _allowed(column: str, text: str = "") -> str:
    """What a cell may hold, with a word on decimal commas where one was found."""
    schema = load_schema("movies")["properties"][column]
    point = f"; write {text.replace(',', '.')}, with a point" if COMMA_NUMBER.fullmatch(text) else ""
    return f"allowed is {schema['error_message']}{point if schema['type'] == 'number' else ''}"


def _value(column: str, text: str) -> str | int | float:
    """A cell as the type that its column has, where it shows one."""
    kind = load_schema("movies")["properties"][column]["type"]
    if kind not in ("number", "integer") or not PLAIN_NUMBER.fullmatch(text):
        return text
    value = float(text)
    return int(value) if kind == "integer" and value.is_integer() else value


def _clashes(rows: list[tuple[int, dict[str, str]]]) -> list[tuple[int, str]]:
    """Movies whose names are the same, or would be the same folder on a Mac."""
    first: dict[str, tuple[int, str]] = {}
    problems = []
    for number, cells in rows:
        if "movie" not in cells:
            continue
        name = cells["movie"]
        line, other = first.setdefault(name.casefold(), (number, name))
        if line != number:
            same = f"{other!r} stands in line {line} already"
            case = "" if other == name else " (on some systems upper and lower case are one folder)"
            problems.append((number, f", movie {name}, column movie: {same}{case}; each name only once"))
    return problems


def _row(number: int, cells: dict[str, str]) -> Row:
    known = load_schema("movies")["properties"]
    given: dict[str, Any] = {name: _value(name, text) for name, text in cells.items() if name in known}
    return Row(line=number, extra={name: text for name, text in cells.items() if name not in known}, **given)


def _report(problems: list[str]) -> str:
    rest = len(problems) - MOST_PROBLEMS
    more = [f"... and {rest} more problems"] if rest > 0 else []
    return "\n".join(problems[:MOST_PROBLEMS] + more)
