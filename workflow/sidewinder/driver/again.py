"""What a run has to make again, although all of it is there: said at its start."""

import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from sidewinder.driver import lock
from sidewinder.driver.for_users import for_users
from sidewinder.driver.subset import movies_beyond
from sidewinder.plan import Plan
from sidewinder.provenance.changes import Changes, lines_of, note_times
from sidewinder.provenance.comparison import Comparison
from sidewinder.provenance.renaming import Renamed
from sidewinder.provenance.taking_over import take_over


def said_changes(
    plan: Plan, results: str | Path, renamed: Collection[Renamed] = (), *, with_settings: bool
) -> list[Changes]:
    """Compare the movies with what their results were made of, and say which are computed again and why.

    Parameters
    ----------
    plan : Plan
        The experiment as it is now.
    results : path
        The results folder.
    renamed : collection of Renamed
        The movies that are going to have what was made of them under another name.
    with_settings : bool
        Whether rules have the settings that the plan says.

    Returns
    -------
    changes : list of Changes
        Of each movie; none where results are in a store.
    """
    if not plan.keeps_records:
        return []
    changes = Comparison(plan, results, with_settings=with_settings).changes()
    of_renamed = {one.movie: one.changes for one in renamed}
    changes = [of_renamed.get(one.movie, one) for one in changes]
    if movies_beyond(plan, results, [one.old for one in renamed]):
        # the tables are of more movies, and stay
        changes = [one for one in changes if one.movie]
    for line in lines_of(changes):
        print(line, file=sys.stderr)
    return changes


def files_to_make(changes: Iterable[Changes], results: str | Path) -> list[str]:
    """The files that are to be made again, as the rules name them."""
    return [f"{results}/{file}" for one in changes for file in one.again]


def settled_logs(changes: Iterable[Changes], results: str | Path) -> list[str]:
    """The logs of jobs that have been done, whatever the times of their files say, as the rules name them."""
    return [f"{results}/logs/{name}.log" for one in changes for name in one.settled]


def kept_logs(changes: Iterable[Changes], results: str | Path) -> list[str]:
    """The logs of jobs that have read raw data which are not there any more, or whose settings have changed in nothing
    that makes a difference, as the rules name them."""
    names = [name for one in changes for name in [*[f"preprocess/{one.movie}"] * bool(one.gone), *one.alike]]
    return [f"{results}/logs/{name}.log" for name in names]


def taken_logs(renamed: Iterable[Renamed], results: str | Path) -> list[str]:
    """The logs of jobs whose files a run has of other names before its first job, as the rules name them."""
    return [f"{results}/logs/{name}.log" for one in renamed for name in one.there]


def make_ready(changes: Iterable[Changes], renamed: Iterable[Renamed], results: str | Path) -> None:
    """Note new times of files that are the same, and give movies what was made of them under another name; but nothing
    beside another run, whose jobs write their records."""
    if lock.holder(results) is not None:
        return
    note_times(changes)
    for one in renamed:
        try:
            take_over(Path(results), one)
        except OSError as error:
            # of many files Python's own words are a list
            said = for_users(error) or "its files cannot be linked or copied"
            line = f"movie {one.movie}: what was made of it as {one.old} cannot be used ({said}): it is computed anew"
            print(line, file=sys.stderr)
