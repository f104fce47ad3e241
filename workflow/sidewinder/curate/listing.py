"""The list of edits, and the note of what was taken, as `snakemake curate` writes them; never over a user's own."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from sidewinder.edits.table import COLUMNS, Edit
from sidewinder.errors import UserError
from sidewinder.store import atomic_file

# the first line of a list that was written here; what follows it has this digest as long as nobody has changed it
MARK = "# Written by snakemake curate, which adds to it as long as nobody changes it. {digest}\n"
TAKEN_COLUMNS = ("file", "digest", "when", "edits")


def is_ours(path: Path) -> bool:
    """Whether nobody but `snakemake curate` has written a list, or there is none."""
    if not path.exists():
        return True
    try:
        found = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    return found == marked(found.partition("\n")[2])


def marked(text: str) -> str:
    """The text of a list below a mark by which it is known again."""
    return MARK.format(digest=hashlib.sha256(text.encode()).hexdigest()[:16]) + text


def write_edits(path: Path, edits: Iterable[Edit]) -> None:
    """Write a list of edits with a mark."""
    lines = ["\t".join(COLUMNS), *map(_row, edits)]
    with atomic_file(path) as temporary:
        temporary.write_text(marked("\n".join(lines) + "\n"), encoding="utf-8")


def _row(edit: Edit) -> str:
    second = (edit.to_frame, *edit.to_yx_px) if edit.to_yx_px is not None else ("", "", "")
    cells = (edit.edit, edit.frame, *edit.yx_px, *second, edit.mask, edit.who, edit.when, edit.why)
    return "\t".join(f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else str(cell) for cell in cells)


def without_reversed(old: Sequence[Edit], new: Sequence[Edit]) -> list[Edit]:
    """Earlier edits of links that later ones do not contradict: a later one of the same cell goes before."""
    sources = {(edit.frame, edit.yx_px) for edit in new if edit.edit in {"link", "divide", "not_division", "unlink"}}
    targets = {(edit.to_frame, edit.to_yx_px) for edit in new if edit.edit in {"link", "divide", "unlink"}}
    of_links = {"link", "divide", "not_division", "unlink"}
    return [
        edit
        for edit in old
        if edit.edit not in of_links
        or ((edit.frame, edit.yx_px) not in sources and (edit.to_frame, edit.to_yx_px) not in targets - {(None, None)})
    ]


def taken(path: Path) -> set[str]:
    """The digests of what was taken before."""
    if not path.is_file():
        return set()
    return {line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines()[1:] if "\t" in line}


def note_taken(path: Path, *cells: object) -> None:
    """Add a row to the note of what was taken, by `TAKEN_COLUMNS`."""
    before = path.read_text(encoding="utf-8") if path.is_file() else "\t".join(TAKEN_COLUMNS) + "\n"
    with atomic_file(path) as temporary:
        temporary.write_text(before + "\t".join(map(str, cells)) + "\n", encoding="utf-8")
