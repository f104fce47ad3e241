"""What is said at the end of a run: the table of movies, or which movie failed and why."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from sidewinder.driver.failures import Failure
from sidewinder.names import EXPERIMENT, OVERLAY, PUBLISHED, SUMMARY, TRACKS_CSV

SHOWN_COLUMNS = ("movie", "cells", "tracks", "divisions", "SEG", "DET", "TRA")
MOST_ROWS, MOST_NAMES = 30, 10


def summary_lines(results: str | Path, here: str | Path) -> list[str]:
    """The table of movies from summary.csv, and where to look.

    Parameters
    ----------
    results : path
        The results folder.
    here : path
        The folder that the user is in.

    Returns
    -------
    lines : list of str
        Columns are aligned; a cell without a value shows a dash.
    """
    with open(Path(results, SUMMARY), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in SHOWN_COLUMNS if any(row.get(name) for row in rows) or name == "movie"]
    table = [columns] + [[_short(row.get(name) or "-") for name in columns] for row in rows[:MOST_ROWS]]
    widths = [max(len(row[index]) for row in table) for index in range(len(columns))]
    results = seen_from(here, results)
    lines = []
    for row in table:
        first, *rest = zip(row, widths, strict=True)
        lines.append("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]))
    if len(rows) > MOST_ROWS:
        lines.append(f"... and {len(rows) - MOST_ROWS} more movies in {results / SUMMARY}")
    example = results / rows[0]["movie"]
    return [
        "",
        *lines,
        "",
        f"Look first at {example / OVERLAY}: outlines and track ids on six frames.",
        f"Then {example / PUBLISHED} (napari opens it), {example / TRACKS_CSV} and, for all movies together,",
        f"{results / EXPERIMENT} and {results / SUMMARY}.",
    ]


def failure_lines(failures: Iterable[Failure], here: str | Path) -> list[str]:
    """Which movies failed and why, in alphabetical order, each line once: the blocks of a movie tend to fail alike.

    Parameters
    ----------
    failures : iterable of Failure
        Of all submissions.
    here : path
        The folder that the user is in.
    """
    said = set()
    for failure in failures:
        where = f" (log: {seen_from(here, failure.log)})" if failure.log else ""
        said.add(f"{failure.name}: {failure.reason}{where}")
    return sorted(said)


def listed(names: Sequence[str]) -> str:
    """Names as a line can hold them: at most ten."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def seen_from(here: str | Path, path: str | Path) -> Path:
    """A path as a user in the folder `here` would write it."""
    path, here = Path(path).absolute(), Path(here).absolute()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _short(cell: str) -> str:
    """A cell of the table: whole numbers and names as they are, fractions with three digits."""
    try:
        return f"{float(cell):.3f}" if not cell.isdigit() else cell
    except ValueError:
        return cell
