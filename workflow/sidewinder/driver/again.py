"""What a run has to make again, although all of it is there: said at its start."""

import sys
from pathlib import Path

from sidewinder.driver import lock
from sidewinder.plan import Plan
from sidewinder.provenance.changes import Comparison, lines_of, note_times


def judged(plan: Plan, results: str | Path, *, with_settings: bool, noted: bool) -> tuple[list[str], list[str]]:
    """Say which movies are computed again and why, and return what Snakemake is to be told.

    Parameters
    ----------
    plan : Plan
        The experiment as it is now.
    results : path
        The results folder.
    with_settings : bool
        Whether rules have the settings that the plan says.
    noted : bool
        Whether new times of unchanged files are noted; not beside another run, whose jobs keep records.

    Returns
    -------
    again, settled : list of str
        The files to make again, and the logs of jobs whose inputs have not changed, both as the rules name them.
    """
    if not plan.keeps_records:
        return [], []
    changes = Comparison(plan, results, with_settings=with_settings).changes()
    for line in lines_of(changes):
        print(line, file=sys.stderr)
    if noted and lock.holder(results) is None:
        note_times(changes)
    again = [f"{results}/{file}" for one in changes for file in one.again]
    return again, [f"{results}/logs/{name}.log" for one in changes for name in one.settled]
