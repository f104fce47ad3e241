"""Tab-separated sheets of users, read and checked: each problem is named with its line, its column and what is allowed.

Every cluster job reads the sheet of movies again, so that this module imports nothing heavy.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_SHEET_BYTES, MOST_ROWS
from sidewinder.schema import load_schema, property_validators

MOST_PROBLEMS = 20  # reported at once; more of them scroll the first ones away
LONGEST_CELL = 4096  # characters of a known column, as of a path
LONGEST_SHOWN = 200  # of them in a message
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# what is copied from web pages and chats has some that have no width
BLANKS = "".join(map(chr, (*range(9, 14), 0x20, 0xA0, 0x200B, 0x200E, 0x200F, 0x202F, 0x2060, 0x3000, 0xFEFF)))
# the first bytes of workbooks: .xlsx and .ods are zip archives, .xls has a format of its own
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")
RUN_OF_SPACES = re.compile(r" {2,}")

# a row's line in the file, counted from 1 as editors do, and its cells but for empty ones, by their columns
Cells = tuple[int, dict[str, str]]
# what is wrong, and in which line
Problem = tuple[int, str]


@dataclass(frozen=True)
class Form:
    """What a sheet is to be like.

    Parameters
    ----------
    schema : str
        The schema of a row, in workflow/schemas; columns that it does not name are free where it has
        `additionalProperties`.
    title : str
        What the sheet is called.
    setting : str
        The key of the config that names it.
    row : str
        What a row stands for.
    name : str
        The column that holds a row's name, by which problems are reported; empty where rows have none.
    taken : frozenset of str
        What columns that are free may not be called.
    taken_starts : tuple of str
        What the names of columns that are free may not begin with.
    """

    schema: str
    title: str
    setting: str
    row: str
    name: str = ""
    taken: frozenset[str] = frozenset()
    taken_starts: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, dict[str, Any]]:
        """The schema of each known column."""
        return load_schema(self.schema)["properties"]

    @property
    def required(self) -> list[str]:
        """The columns that may not be missing."""
        return load_schema(self.schema)["required"]

    def value(self, column: str, text: str) -> str | int | float:
        """A cell as the type that its column has, where it shows one; ~ in a path is the home folder."""
        kind: str | list[str] = self.columns[column]["type"]
        if self.columns[column].get("format") == "path":
            return os.path.expanduser(text)
        if not ("number" in kind or kind == "integer") or not PLAIN_NUMBER.fullmatch(text):
            return text
        value = float(text)
        return int(value) if kind == "integer" and value.is_integer() else value


def read_rows(path: str | Path, form: Form) -> tuple[list[Cells], list[Problem]]:
    """Read the rows of a sheet and check each.

    Parameters
    ----------
    path : str or Path
        A tab-separated file in UTF-8, with a header, `#` comments and empty lines.
    form : Form
        What it is to be like.

    Returns
    -------
    rows : list of (int, dict of str to str)
        Line and cells of each row.
    problems : list of (int, str)
        What is wrong with them, for `refuse`.

    Raises
    ------
    UserError
        Where the file cannot be read, or its header is wrong.
    """
    lines = _lines(Path(path), form)
    if not lines:
        names = ", ".join(form.required)
        raise UserError(f"{path} is empty: it needs a header ({names}, ...) and a row for each {form.row}")
    header = _header(path, *lines[0], form)
    rows: list[Cells] = []
    problems: list[Problem] = []
    for number, text in lines[1:]:
        fields = [_unquoted(cell) for cell in text.split("\t")]
        while len(fields) > len(header) and not fields[-1]:  # spreadsheets pad rows with empty cells
            fields.pop()
        if len(fields) == len(header):
            rows.append((number, {name: cell for name, cell in zip(header, fields, strict=True) if cell}))
        else:
            problems.append((number, f": {_wrong_count(text, fields, header)}"))
    return rows, problems + _row_problems(rows, form)


def refuse(path: str | Path, form: Form, rows: list[Cells], problems: list[Problem]) -> None:
    """Raise a UserError with one line for each problem, if there are any, or where there are no rows, or too many."""
    refuse_all([f"{path}, line {number}{problem}" for number, problem in sorted(problems)])
    if len(rows) > MOST_ROWS:
        raise UserError(
            f"{path} has {len(rows):,} {form.row}s; {MOST_ROWS:,} are allowed: split the sheet, and give each part a "
            "results folder of its own"
        )
    if not rows:
        raise UserError(f"{path} has a header but no {form.row}s: add a row for each {form.row}")


def refuse_all(problems: Sequence[str]) -> None:
    """Raise a UserError with one line for each problem, if there are any; the first twenty of more."""
    rest = len(problems) - MOST_PROBLEMS
    more = [f"... and {rest} more problems"] if rest > 0 else []
    if problems:
        raise UserError("\n".join([*problems[:MOST_PROBLEMS], *more]))


def _lines(path: Path, form: Form) -> list[tuple[int, str]]:
    """Line numbers and texts of all lines but comments and empty ones."""
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise UserError(f"{form.title} {path} {what} (looked for in {Path.cwd()}); name it with {form.setting}=<sheet>")
    size = path.stat().st_size
    if size > LARGEST_SHEET_BYTES:
        raise UserError(f"{path} has {size:,} bytes; a sheet has at most {LARGEST_SHEET_BYTES:,}: is it one?")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{form.title} {path} cannot be read: {error.strerror}") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path} is in UTF-16 (as 'Unicode text' of Excel is); save it as text in UTF-8")
    if data.startswith(WORKBOOKS):
        raise UserError(f"{path} is a workbook of a spreadsheet; save the sheet as tab-separated text in UTF-8")
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


def _header(path: str | Path, number: int, text: str, form: Form) -> list[str]:
    """The names of the columns."""
    header = [_unquoted(cell) for cell in text.split("\t")]
    while header and not header[-1]:
        header.pop()
    where = f"{path}, line {number}:"
    missing = [name for name in form.required if name not in header]
    if missing and "\t" not in text and set(form.required) <= set(re.split(r"[ ,;]+", text.strip())):
        raise UserError(f"{where} the columns of the header are not separated by tabs (has an editor replaced them?)")
    problems = [
        f"{where} {problem}"
        for position, name in enumerate(header)
        if (problem := _column_problem(position, name, header, form))
    ]
    if missing and not problems:
        problems.append(f"{where} the header lacks {' and '.join(missing)}; found: {short(', '.join(header))}")
    refuse_all(problems)
    return header


def _column_problem(position: int, name: str, header: list[str], form: Form) -> str:
    """What is wrong with one of the header's names; nothing where it is right."""
    if not name:
        return f"column {position + 1} has no name"
    if name in header[:position]:
        return f"the column {name!r} is there twice"
    if name in form.columns:
        return ""
    if name in form.taken:
        return f"the column {name!r} would clash with that of the results; call it something else"
    if name.startswith(form.taken_starts):
        start = next(start for start in form.taken_starts if name.startswith(start))
        return f"the column {name!r} would clash with {start}... of a channel in the results; call it something else"
    meant = _meant(name, form.columns)
    if meant:
        return f"the column {name!r} is not known; did you mean {meant!r}?"
    if "additionalProperties" not in load_schema(form.schema):
        return f"the column {name!r} is not known; known are {', '.join(form.columns)}"
    return ""


def _meant(name: str, known: dict[str, Any]) -> str | None:
    """The known column that an unknown one is a way of writing, if any."""

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    spellings = {plain(column): column for column in known}
    spellings |= {plain(re.sub(r"_(um|s)$", "", column)): column for column in known}
    return spellings.get(plain(name))


def _unquoted(cell: str) -> str:
    """A cell without the blanks around it, seen or not, and the quotation marks of spreadsheets."""
    cell = cell.strip(BLANKS)
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"').strip(BLANKS)
    return cell


def _wrong_count(text: str, fields: list[str], header: list[str]) -> str:
    """Why a row that has not as many fields as the header may have come about."""
    found = f"{len(fields)} fields, but the header has {len(header)} columns"
    if text.count('"') % 2:
        return f"{found}; a cell in quotation marks goes on in another line: take the line break out of it"
    if len(fields) < len(header) and (RUN_OF_SPACES.search(text.strip()) or len(text.split()) == len(header)):
        return f"{found}; there are spaces where tabs should be"
    return f"{found}; separate fields by one tab each, also empty ones"


def _row_problems(rows: list[Cells], form: Form) -> list[Problem]:
    """What the schema says against the rows; each text of a column is looked at once, which makes it fast."""
    checks = property_validators(form.schema)
    verdicts: dict[str, dict[str, bool]] = {column: {} for column in checks}
    problems = []
    for number, cells in rows:
        where = f", {form.name} {short(cells[form.name])}, column" if form.name in cells else ", column"
        for column, check in checks.items():
            text = cells.get(column)
            if text is None:
                if column in form.required:
                    problems.append((number, f"{where} {column}: the cell is empty; {_allowed(form, column)}"))
                continue
            if text not in verdicts[column]:
                fits = len(text) <= LONGEST_CELL
                verdicts[column][text] = fits and check.is_valid(form.value(column, text))
            if not verdicts[column][text]:
                problems.append((number, f"{where} {column}: found {short(text)!r}; {_allowed(form, column, text)}"))
    return problems


def short(text: str) -> str:
    """A cell as a message can hold it."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _allowed(form: Form, column: str, text: str = "") -> str:
    """What a cell may hold, with a word on decimal commas where one was found."""
    schema = form.columns[column]
    point = f"; write {text.replace(',', '.')}, with a point" if COMMA_NUMBER.fullmatch(text) else ""
    if THOUSANDS.fullmatch(text):
        point = f"; write {text.replace(',', '')}" + f" or {text.replace(',', '.')}" * (text.count(",") == 1)
    return f"allowed is {schema['error_message']}{point if 'number' in schema['type'] else ''}"
