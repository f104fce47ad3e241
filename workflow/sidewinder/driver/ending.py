"""What is said at the end of a run: the table of movies, or which movie failed and why."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from sidewinder.driver.joblog import read_end
from sidewinder.names import EXPERIMENT, OVERLAY, PUBLISHED, SUMMARY, TRACKS_CSV

SHOWN_COLUMNS = ("movie", "cells", "tracks", "divisions", "SEG", "DET", "TRA")
MOST_ROWS = 30


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


def failure_lines(jobs: Sequence[tuple[str, dict[str, str], str | Path]], since: float, here: str | Path) -> list[str]:
    """Which movies a failed submission belongs to, and why it failed.

    Parameters
    ----------
    jobs : sequence of (rule, wildcards, log)
        The jobs of the submission: a single one, or a group of which some may have ended well.
    since : float
        When the run began, in seconds since 1970 by the clock of the logs' file system; older logs are of other runs.
    here : path
        The folder that the user is in.

    Returns
    -------
    lines : list of str
        The last error of each job that left one; where none did, a line for each that did not end well. Then the movies
        that are held up although nothing of theirs failed.
    """
    endings = [(rule, wildcards, log, read_end(log, since)) for rule, wildcards, log in jobs]
    failed = [ending for ending in endings if ending[3].error]
    failed = failed or [ending for ending in endings if ending[3].state != "done"] or endings
    lines = []
    for rule, wildcards, log, end in failed:
        silent = f"{job_name(rule, wildcards)}: {rule} ended without a word: killed, or out of memory or time?"
        lines.append(f"{end.error or silent} (log: {seen_from(here, log)})")
    names = {job_name(rule, wildcards) for rule, wildcards, *_ in failed}
    held_up = unique(job_name(rule, wildcards) for rule, wildcards, *_ in endings)
    lines += [
        f"{name}: held up by {min(names)}, which shared its submission; start again to go on"
        for name in held_up
        if name not in names
    ]
    return lines


def job_name(rule: str, wildcards: dict[str, str]) -> str:
    """What a job is called in messages: its movie, else its scene, else its rule."""
    for kind in ("movie", "scene"):
        if kind in wildcards:
            return f"{kind} {wildcards[kind]}"
    return rule


def unique(lines: Iterable[str]) -> list[str]:
    """Lines in order, each once: the blocks of a movie tend to fail alike."""
    return sorted(set(lines))


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
