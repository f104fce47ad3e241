"""Whether the sheet has fewer movies than the results: their tables of all movies are then not written over."""

import csv
import os
from collections.abc import Collection
from functools import cache
from pathlib import Path

from sidewinder.driver.ending import listed, seen_from
from sidewinder.names import EXPERIMENT, SUMMARY, TRACKS
from sidewinder.plan import Plan
from sidewinder.provenance.taking_over import last_names


def movies_beyond(plan: Plan, results: str | Path, renamed: Collection[str] = ()) -> list[str]:
    """The movies that are in the tables of all movies, and have results of their own, but are not in the sheet, nor
    under another name.

    Parameters
    ----------
    plan : Plan
        The experiment as the sheet says.
    results : path
        The results folder; none of one in a store.
    renamed : collection of str
        Movies that are about to have another name.
    """
    if not plan.keeps_records:
        return []
    summary = os.path.abspath(os.path.join(results, SUMMARY))
    try:
        status = os.stat(summary)
        movies = _movies_in(summary, status.st_mtime_ns, status.st_size)
    except (OSError, ValueError, csv.Error):
        # no table that could be written over
        return []
    beyond = [movie for movie in movies if movie and movie not in plan.rows]
    beyond = [movie for movie in beyond if os.path.isfile(os.path.join(results, movie, TRACKS))]
    names = last_names(results) if beyond else {}
    here = {names.get(movie, movie) for movie in plan.rows}
    return [movie for movie in beyond if movie not in renamed and names.get(movie, movie) not in here]


@cache
def _movies_in(summary: str, mtime_ns: int, size: int) -> list[str]:
    """The movies of a table, which is read once as long as it is the same; raises what reading it raises."""
    with open(summary, newline="", encoding="utf-8") as file:
        return [row.get("movie") or "" for row in csv.DictReader(file)]


def subset_lines(plan: Plan, results: str | Path, here: str | Path, renamed: Collection[str] = ()) -> list[str]:
    """Say that the tables of all movies stay as they are, and how to take a movie out of them; nothing where they are
    those of the sheet."""
    beyond = movies_beyond(plan, results, renamed)
    if not beyond:
        return []
    folder = seen_from(here, results)
    are = "movies are" if len(beyond) > 1 else "movie is"
    return [
        f"{len(beyond):,} {are} in {folder / EXPERIMENT} and not in the sheet ({listed(beyond)}): this sheet is taken "
        f"for a part of it, and {EXPERIMENT} and {SUMMARY} stay as they are. To take a movie out of them, delete its "
        f"folder {folder / beyond[0]}; for an experiment of its own name another results folder"
    ]
