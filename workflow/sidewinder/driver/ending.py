"""What is said at the end of a run: the table of movies, or which movie failed and why."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sidewinder.driver.failures import Failure
from sidewinder.errors import UserError
from sidewinder.names import EXPERIMENT, PUBLISHED, REPORT, SUMMARY, TRACKS, TRACKS_CSV, WARNINGS

SHOWN_COLUMNS = ("movie", "state", "warnings", "cells", "tracks", "divisions", "SEG", "DET", "TRA")
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
        Columns are aligned; a cell without a value shows a dash. The state is shown where a movie is not done, the
        number of kinds of warnings where there are any.

    Raises
    ------
    UserError
        Where the summary is no table any more.
    """
    rows = _rows(Path(results, SUMMARY), "movie")
    unfinished = any(row.get("state", "done") != "done" for row in rows)
    for row in rows:
        row["warnings"] = str(len(row["warnings"].split("; "))) if row.get("warnings") else ""
        row["state"] = row.get("state", "") if unfinished else ""
    columns = [name for name in SHOWN_COLUMNS if any(row.get(name) for row in rows) or name == "movie"]
    folder, results = Path(results), seen_from(here, results)
    lines = ["", *_aligned([columns, *([row.get(name, "") for name in columns] for row in rows[:MOST_ROWS])])]
    if len(rows) > MOST_ROWS:
        lines.append(f"... and {len(rows) - MOST_ROWS} more movies in {results / SUMMARY}")
    done = [results / row["movie"] for row in rows if row["state"] in ("", "done")]
    if done:
        first = folder / done[0].name
        # unlike pathlib's, these do not mind names that no file can have
        cells = TRACKS if os.path.isfile(first / TRACKS) and not os.path.isfile(first / TRACKS_CSV) else TRACKS_CSV
        of_first = f"{done[0] / REPORT}, in a browser: its warnings, cells, tracks and lineages."
        of_all = f"Look first at {results / REPORT}, in a browser: all movies, and what differs by condition."
        looks = [of_all, f"Then {of_first}"] if (folder / REPORT).is_file() else [f"Look first at {of_first}"]
        lines += [
            "",
            *looks,
            f"Then {done[0] / PUBLISHED} (napari opens it), {done[0] / cells} and, for all movies together,",
            f"{results / EXPERIMENT} and {results / SUMMARY}.",
        ]
    return lines


def warning_lines(results: str | Path, here: str | Path) -> list[str]:
    """What is warned of, the first ten warnings of all movies in a line each.

    Parameters
    ----------
    results : path
        The results folder, with the summary.
    here : path
        The folder that the user is in.

    Raises
    ------
    UserError
        Where the summary is no table any more.
    """
    lines: list[str] = []
    for row in _rows(Path(results, SUMMARY), "movie"):
        path = Path(results, row["movie"], WARNINGS)
        # of a path that can be none, Path.is_file raises an error
        if row.get("warnings") and os.path.isfile(path):
            lines += _warnings_of(row["movie"], path)
    more = len(lines) - MOST_NAMES
    return lines[:MOST_NAMES] + [f"and {more:,} more in {seen_from(here, results) / SUMMARY}"] * (more > 0)


def failure_lines(failures: Iterable[Failure], here: str | Path) -> list[str]:
    """Which movies failed and why, in alphabetical order, a line for each reason: a batch system refuses all alike.

    Parameters
    ----------
    failures : iterable of Failure
        Of all submissions.
    here : path
        The folder that the user is in.
    """
    names: dict[str, set[str]] = {}
    for failure in failures:
        # what was never run has no log, or an empty one
        named = failure.log and os.path.isfile(failure.log) and os.path.getsize(failure.log)
        where = f" (log: {seen_from(here, failure.log)})" if failure.log and named else ""
        names.setdefault(f"{failure.reason}{where}", set()).add(failure.name)
    return sorted(f"{listed(sorted(these))}: {why}" for why, these in names.items())


def listed(names: Sequence[str]) -> str:
    """Names as a line can hold them: at most ten."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def seen_from(here: str | Path, path: str | Path) -> Path:
    """A path as a user in the folder `here` would write it."""
    path, here = Path(path).absolute(), Path(here).absolute()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _warnings_of(movie: str, path: Path) -> list[str]:
    """A movie's warnings, a line each; a table that somebody has altered is no reason to end a run."""
    try:
        rows = _rows(path, "first_frame", "last_frame", "message")
    except UserError as error:
        return [f"WARNING: movie {movie}: {error}"]
    return [f"WARNING: movie {movie}{_frames(row)}: {row['message']}" for row in rows]


def _rows(path: Path, *columns: str) -> list[dict[str, str]]:
    """The rows of a table that was written here; raises UserError where it has not these columns, or is no table."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, restval="")
            found, rows = reader.fieldnames or (), list(reader)
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read ({error}); it was altered: remove it and run again") from error
    missing = [name for name in columns if name not in found]
    if missing:
        raise UserError(f"{path}: has no column {missing[0]}; it was altered: remove it and run again")
    return rows


def _aligned(table: list[list[str]]) -> list[str]:
    """The lines of a table whose first column stands to the left, and the others to the right."""
    cells = [[_short(cell or "-") for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        first, *rest = zip(row, widths, strict=True)
        lines.append("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]))
    return lines


def _frames(warning: dict[str, str]) -> str:
    """The frames of a warning, in words; nothing where it is of the whole movie, or says them itself."""
    first, last = warning["first_frame"], warning["last_frame"]
    frames = f"frame {first}" if first == last else f"frames {first} to {last}"
    said = warning["message"].partition(":")[0].lower()
    return f", {frames}" if first and not said.endswith(frames) else ""


def _short(cell: str) -> str:
    """A cell of the table: whole numbers and names as they are, fractions with three digits."""
    try:
        return f"{float(cell):.3f}" if not cell.isdigit() else cell
    except ValueError:
        return cell
