"""Movies that the sheet has under another name than the results: found, so that the network need not run again.

Asked by the process of a run, before the graph of jobs is built.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.fingerprint import digest_of_all, with_digests
from sidewinder.movie.listing import root_of
from sidewinder.names import BLOCKWISE, IMAGE
from sidewinder.plan import Plan
from sidewinder.provenance.changes import Changes
from sidewinder.provenance.comparison import THREADS, Comparison
from sidewinder.provenance.lookalikes import look_alike, path_of
from sidewinder.provenance.record import FOLDER, names_of, read_record
from sidewinder.provenance.sources import prints_of

# the stages whose results do not hold the movie's name, each before those that are made of it
NAMELESS = ("preprocess", "infer", "instances")
USED = {"infer": "network maps", "instances": "cells"}
MOST_LINES = 10


@dataclass(frozen=True)
class Renamed:
    """A movie that was made under another name, which the sheet no longer has.

    Parameters
    ----------
    old : str
        The name under which it was made.
    n_blocks : int
        How many blocks of frames it has.
    used : str
        What of it saves the network from running: "network maps", or of blocks whose maps are gone, "cells".
    there : list of str
        The names of its jobs that need not run, `<stage>/<movie>` or `<stage>/<movie>-<block>`.
    changes : Changes
        What has changed of the movie of the sheet, once it has what was made under the old name.
    """

    old: str
    n_blocks: int
    used: str
    there: list[str]
    changes: Changes

    @property
    def movie(self) -> str:
        """Its name in the sheet."""
        return self.changes.movie


def find_renamed(plan: Plan, results: str | Path) -> list[Renamed]:
    """Find the movies that were made under another name, of the same raw data with the same model and settings.

    Parameters
    ----------
    plan : Plan
        The experiment as the sheet says.
    results : path
        The results folder, in which nothing is changed.

    Returns
    -------
    renamed : list of Renamed
        In the order of the sheet; none where results are in a store. Label images of the user's own need no network, so
        that such a movie is not looked for.
    """
    found: dict[str, Renamed] = {}
    pairs = look_alike(plan, results) if plan.keeps_records else []
    for movie, changes in _agreeing(plan, results, pairs):
        n_blocks, old = plan.row(movie).blocks, changes.movie
        there = _there(results, changes, n_blocks)
        used = _used(there, old, n_blocks)
        if movie not in found and used and _is_same_raw(plan, results, movie, old):
            names = [renamed(name, old, movie) for name in there]
            found[movie] = Renamed(old, n_blocks, used, names, _under(changes, movie))
    return [found[movie] for movie in dict(pairs) if movie in found]


def renamed_lines(renamed: Collection[Renamed]) -> list[str]:
    """Say which movies were made under which other name: a line each of the first ten."""
    lines = [
        f"movie {one.movie}: its raw data and settings are those of {one.old}, which the sheet no longer has: "
        f"{one.old}'s {one.used} are used"
        for one in renamed
    ]
    more = len(lines) - MOST_LINES
    return lines[:MOST_LINES] + [f"... and {more:,} more movies under new names"] * (more > 0)


def renamed(name: str, old: str, new: str) -> str:
    """The name of a record under another name of the movie: `<stage>/<movie>`, or `<stage>/<movie>-<block>`."""
    stage, _, rest = name.partition("/")
    return f"{stage}/{new}{rest.removeprefix(old)}"


def _agreeing(plan: Plan, results: str | Path, pairs: list[tuple[str, str]]) -> Iterator[tuple[str, Changes]]:
    """The new movies with which all agrees that was made under an old name up to the network, and what does not."""
    while pairs:
        chosen: dict[str, str] = {}
        for movie, old in pairs:
            # each old name once in a comparison
            chosen.setdefault(old, movie)
        rows = {old: replace(plan.row(movie), movie=old) for old, movie in chosen.items()}
        for one in Comparison(replace(plan, rows=rows), results, with_settings=True).changes():
            blocks = range(rows[one.movie].blocks) if one.movie else ()
            needed = {name for stage in ("preprocess", "infer") for name in names_of(stage, one.movie, blocks)}
            if blocks and not one.kept and needed <= set(one.settled):
                yield chosen[one.movie], one
        pairs = [(movie, old) for movie, old in pairs if chosen[old] != movie]


def _there(results: str | Path, changes: Changes, n_blocks: int) -> list[str]:
    """The names of the jobs up to the cells with which everything agrees and whose files are there."""
    old = changes.movie
    made = {f"preprocess/{old}": [IMAGE]}
    for stage, names in BLOCKWISE.items():
        made |= {f"{stage}/{old}-{block}": [name.format(block=block) for name in names] for block in range(n_blocks)}
    work, settled = Path(results, "work", old), set(changes.settled)
    return [name for name, files in made.items() if name in settled and all((work / file).exists() for file in files)]


def _used(there: list[str], old: str, n_blocks: int) -> str:
    """What of the files that are there saves the network from running; empty where too much of them is gone."""
    of_blocks = [next((one for one in BLOCKWISE if f"{one}/{old}-{block}" in there), "") for block in range(n_blocks)]
    if f"preprocess/{old}" not in there or "" in of_blocks:
        return ""
    return " and ".join(word for stage, word in USED.items() if stage in of_blocks)


def _is_same_raw(plan: Plan, results: str | Path, movie: str, old: str) -> bool:
    """Whether raw data that look like those of an old name are at the same path, or else have the same contents."""
    row, record = plan.row(movie), read_record(Path(results, FOLDER, "preprocess", f"{old}.json"))
    if os.path.realpath(row.path) == path_of(results, old):
        return True
    try:
        now = with_digests(prints_of("raw", row.path, row.position), root_of(row.path), THREADS)
    except (UserError, OSError):
        return False
    return record is not None and digest_of_all(now) == digest_of_all(record.sources["raw"])


def _under(changes: Changes, movie: str) -> Changes:
    """What has changed of an old name, said of the new one as far as its files do not hold the name."""
    old = changes.movie

    def nameless(names: Iterable[str]) -> list[str]:
        return [renamed(name, old, movie) for name in names if name.partition("/")[0] in NAMELESS]

    return Changes(
        movie,
        why=[(stage, reason) for stage, reason in changes.why if stage in NAMELESS],
        again=[renamed(path, f"{old}/", f"{movie}/") for path in changes.again if path.startswith("work/")],
        gone=changes.gone,
        archived=changes.archived,
        settled=nameless(changes.settled),
        alike=nameless(changes.alike),
    )
