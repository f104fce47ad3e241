"""What is said at the end of a run: the table of movies, or which movie failed and why."""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

SHOWN_COLUMNS = ("movie", "cells", "tracks", "divisions", "SEG", "DET", "TRA")
MOST_ROWS = 30
TAIL_BYTES = 10_000
ERROR = "ERROR: "


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
    with open(Path(results, "summary.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in SHOWN_COLUMNS if any(row.get(name) for row in rows) or name == "movie"]
    table = [columns] + [[_short(row.get(name) or "-") for name in columns] for row in rows[:MOST_ROWS]]
    widths = [max(len(row[index]) for row in table) for index in range(len(columns))]
    results = _seen_from(here, results)
    lines = []
    for row in table:
        first, *rest = zip(row, widths, strict=True)
        lines.append("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]))
    if len(rows) > MOST_ROWS:
        lines.append(f"... and {len(rows) - MOST_ROWS} more movies in {results / 'summary.csv'}")
    example = results / rows[0]["movie"]
    return [
        "",
        *lines,
        "",
        f"Look first at {example / 'overlay.png'}: outlines and track ids on six frames.",
        f"Then {example / 'movie.ome.zarr'} (napari opens it), {example / 'tracks.csv'} and, for all movies together,",
        f"{results / 'experiment.parquet'} and {results / 'summary.csv'}.",
    ]


def failure_line(rule: str, wildcards: dict[str, str], log: str | Path, since: float, here: str | Path) -> str:
    """Which movie a failed job belongs to, and why it failed.

    Parameters
    ----------
    rule : str
        The job's rule.
    wildcards : dict of str to str
        The job's wildcards.
    log : path
        The job's log.
    since : float
        When the run began, in seconds since 1970 by the clock of the log's file system; older logs are of other runs.
    here : path
        The folder that the user is in.

    Returns
    -------
    line : str
        The job's own last error where it left one.
    """
    log = Path(log)
    said = []
    if log.is_file() and log.stat().st_mtime >= since:
        with open(log, "rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            said = [line for line in file.read().decode(errors="replace").splitlines() if line.startswith(ERROR)]
    log = _seen_from(here, log)
    if said:
        return f"{said[-1].removeprefix(ERROR)} (log: {log})"
    return f"{job_name(rule, wildcards)}: {rule} ended without a word: killed, or out of memory or time? (log: {log})"


def job_name(rule: str, wildcards: dict[str, str]) -> str:
    """What a job is called in messages: its movie, else its scene, else its rule."""
    for kind in ("movie", "scene"):
        if kind in wildcards:
            return f"{kind} {wildcards[kind]}"
    return rule


def unique(lines: Iterable[str]) -> list[str]:
    """Lines in order, each once: the blocks of a movie tend to fail alike."""
    return sorted(set(lines))


def _seen_from(here: str | Path, path: str | Path) -> Path:
    """A path as a user in the folder `here` would write it."""
    path, here = Path(path).absolute(), Path(here).absolute()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _short(cell: str) -> str:
    """A cell of the table: whole numbers and names as they are, fractions with three digits."""
    try:
        return f"{float(cell):.3f}" if not cell.isdigit() else cell
    except ValueError:
        return cell


if __name__ == "__main__":
    print("\n".join(summary_lines(sys.argv[1], Path.cwd())))
