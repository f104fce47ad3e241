"""The list of a movie's corrections, `edits.tsv`, read and checked before it is applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sidewinder.tsv import Form, Problem, read_rows, refuse

EDITS = Form("edits", "the list of edits", "curated/<movie>/edits.tsv", "edit")
COLUMNS = ("edit", "frame", "y_px", "x_px", "to_frame", "to_y_px", "to_x_px", "mask", "who", "when", "why")
OF_LINKS = frozenset({"link", "unlink", "divide", "not_division"})
# they name a second cell, which is in the next frame if the row does not say which
TO_LATER = frozenset({"link", "unlink", "divide"})


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction.

    Parameters
    ----------
    edit : str
        What is corrected: `link`, `unlink`, `divide`, `not_division`, `merge`, `split`, `delete` or `add`.
    frame : int
        The frame of the first cell.
    yx_px : tuple of float
        Its place in the image.
    to_frame : int or None
        The frame of the second cell; None where there is none.
    to_yx_px : tuple of float or None
        Its place in the image.
    mask : str
        The name of a TIFF in the folder of masks, or empty.
    line : int
        Where it stands in the list, counted from 1.
    who, when, why : str
        What the user wants to remember.
    """

    edit: str
    frame: int
    yx_px: tuple[float, float]
    to_frame: int | None = None
    to_yx_px: tuple[float, float] | None = None
    mask: str = ""
    line: int = 0
    who: str = ""
    when: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """An edit that does not hold: its line, its frame, and what was expected there."""

    line: int
    frame: int
    problem: str


def read_edits(path: str | Path) -> list[Edit]:
    """Read and check a list of corrections.

    Parameters
    ----------
    path : str or Path
        A tab-separated file in UTF-8, with a header, `#` comments and empty lines.

    Returns
    -------
    list of Edit
        In the order of the file; there may be none.

    Raises
    ------
    UserError
        With one line for each problem: file, line, column, what was found and what is allowed.
    """
    rows, problems = read_rows(path, EDITS)
    wrong = {line for line, _ in problems}
    edits = [_edit(line, cells) for line, cells in rows if line not in wrong]
    problems += [problem for edit in edits for problem in _incomplete(edit)]
    if rows or problems:
        refuse(path, EDITS, rows, problems)
    return edits


def _edit(line: int, cells: dict[str, str]) -> Edit:
    def number(name: str) -> float:
        return float(EDITS.value(name, cells[name]))

    edit, frame = cells["edit"], int(number("frame"))
    second = (number("to_y_px"), number("to_x_px")) if {"to_y_px", "to_x_px"} <= cells.keys() else None
    usual = frame + 1 if edit in TO_LATER else frame
    to_frame = int(number("to_frame")) if "to_frame" in cells else usual
    notes = {name: cells.get(name, "") for name in ("mask", "who", "when", "why")}
    first = (number("y_px"), number("x_px"))
    return Edit(edit, frame, first, None if second is None else to_frame, second, line=line, **notes)


def _incomplete(edit: Edit) -> Sequence[Problem]:
    """What a row lacks that its kind of edit needs."""
    if edit.to_yx_px is None and edit.edit in {*TO_LATER, "merge"}:
        return [(edit.line, f": {edit.edit} needs a second cell; fill in to_y_px and to_x_px")]
    if edit.edit == "add" and not edit.mask:
        return [(edit.line, ": add needs the cell's mask; save it in the folder masks, and fill in mask")]
    if edit.edit == "split" and not edit.mask and edit.to_yx_px is None:
        return [(edit.line, ": split needs a place in each part, to_y_px and to_x_px of the second, or a mask")]
    if edit.to_frame is None:
        return []
    if edit.edit in TO_LATER and edit.to_frame <= edit.frame:
        return [(edit.line, f", column to_frame: found {edit.to_frame}; the second cell is in a later frame")]
    if edit.edit in {"merge", "split"} and edit.to_frame != edit.frame:
        return [(edit.line, f", column to_frame: found {edit.to_frame}; both places are in frame {edit.frame}")]
    return []
