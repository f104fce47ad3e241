"""Results with a date in the future, made while a clock was wrong: Snakemake takes what follows them for outdated."""

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sidewinder.fingerprint import SNAKEMAKES

if TYPE_CHECKING:
    from sidewinder.driver.snakemake_inside import Job

# clocks of machines that work together differ by less
SKEW_S = 60


def future_lines(results: str, jobs: "Iterable[Job]") -> list[str]:
    """Give results the present date where theirs is in the future.

    What they are of stands in their records; Snakemake goes by dates, and ends a job whose results are older than what
    they were made of.

    Parameters
    ----------
    results : str
        The results folder.
    jobs : iterable of Job
        All jobs behind the targets, whether they are to be run or not.

    Returns
    -------
    lines : list of str
        One that says so, if there are any.
    """
    latest = time.time() + SKEW_S
    outputs = (path for job in jobs for path in job.outputs if path.startswith(f"{results}/"))
    ahead = [path for path in outputs if _newest(path) > latest]
    for path in ahead:
        for file in (path, os.path.join(path, SNAKEMAKES)):
            if os.path.exists(file):
                os.utime(file)
    if not ahead:
        return []
    return [
        f"WARNING: {len(ahead)} results, such as {min(ahead)}, had a date in the future, as of a clock that was wrong: "
        "they have the present date now"
    ]


def _newest(path: str) -> float:
    """When a file or folder was changed, or Snakemake says that a folder was, in seconds since 1970; 0 of none."""
    times_s = [0.0]
    for file in (path, os.path.join(path, SNAKEMAKES)):
        try:
            times_s.append(os.stat(file).st_mtime)
        except OSError:
            continue
    return max(times_s)
