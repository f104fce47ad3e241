"""Goes before a script's `job`, whose file becomes unnoted_job.py: notes when each job begins, and when it ended well.

A line of `jobs.jsonl` in the working directory each.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unnoted_job import job as unnoted_job


@contextmanager
def job() -> Iterator:
    """A stage as a job, between two notes."""
    snakemake = sys.modules["__main__"].snakemake
    name = "/".join([snakemake.rule, *snakemake.wildcards])
    with unnoted_job():
        _note("begun", name)
        yield snakemake
    _note("ended", name)


def _note(what: str, name: str) -> None:
    note = {"what": what, "name": name, "process": os.getpid(), "time_s": time.time()}
    line = json.dumps(note | {"cluster_job": os.environ.get("SLURM_JOB_ID")}) + "\n"
    # in one write, so that no two lines mingle
    descriptor = os.open(Path("jobs.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)
