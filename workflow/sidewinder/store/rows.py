"""Comma-separated tables that hold text of users or of files, of which no spreadsheet makes a formula."""

import csv
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sidewinder.store.atomic import atomic_file

# what spreadsheets take for the beginning of a formula, also in the wide letters of East Asia, or skip before one
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def write_rows(
    path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]], written_s: float | None = None
) -> None:
    """Write a CSV atomically.

    Parameters
    ----------
    path : path
        Written.
    columns : sequence of str
        Its columns, in order.
    rows : iterable of dict
        Its rows; what is missing or None is left empty, and text goes through `no_formula`.
    written_s : float, optional
        When the file is to say that it was written, in seconds since 1970; now if not given.
    """
    with atomic_file(path) as temporary:
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(map(no_formula, columns))
            writer.writerows([no_formula(row.get(column)) for column in columns] for row in rows)
        date_back(temporary, written_s)


def date_back(path: str | Path, written_s: float | None) -> None:
    """Let a file say that it was written at another time, if one is given."""
    if written_s is not None:
        os.utime(path, (time.time(), written_s))


def no_formula(cell: object) -> object:
    """A cell as it is; text that a spreadsheet would take for a formula, and that is no number, behind a `'`."""
    if isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
