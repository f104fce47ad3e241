"""What a run would write over, and whether Sidewinder has made it.

Snakemake removes what a job is to make before the job begins, whoever has made it. Each job of ours leaves a log and a
benchmark beside its results, which are moved and copied with them.
"""

import os
from collections.abc import Collection
from typing import TYPE_CHECKING

from sidewinder.errors import UserError

if TYPE_CHECKING:
    from sidewinder.driver.snakemake_inside import Job

MOST_NAMED = 3


def check_outputs(results: str, jobs: "Collection[Job]") -> None:
    """Refuse a run that would remove or write over what it has not made.

    Parameters
    ----------
    results : str
        The results folder; what lies elsewhere is looked at by those who write there.
    jobs : collection of Job
        The jobs that are to be run.

    Raises
    ------
    UserError
        Names what is there already without a log or a benchmark of the job that would make it.
    """
    found = [
        (path, job.log)
        for job in jobs
        if not any(map(os.path.lexists, (job.log, job.benchmark)))
        for path in job.outputs
        if path.startswith(f"{results}/") and os.path.lexists(path)
    ]
    if found:
        named = ", ".join(path for path, _ in found[:MOST_NAMED]) + ", ..." * (len(found) > MOST_NAMED)
        raise UserError(
            f"{named}: there already, and not made by Sidewinder, for there is no {found[0][1]}; the run would write "
            f"over it: move it out of {results}, or name another results folder"
        )
