"""A job of an experiment by itself: kept where Snakemake runs it, run again without Snakemake, with a fault or without.

    python faults_job.py KEPT SCRIPT [FAULT]

A copy of the workflow has this beside its scripts, each of which begins with `faults_job.keep(snakemake)`.
"""

import atexit
import os
import pickle
import resource
import signal
import sys
from pathlib import Path
from typing import Any

# a folder: where jobs are kept, if it is set
KEPT_VARIABLE = "FAULTS_KEPT"
# a file: how much address space a job has taken
SPACE_VARIABLE = "FAULTS_SPACE"


def keep(snakemake: Any) -> None:
    """Keep a job as Snakemake describes it, where that is asked for."""
    name = "-".join([snakemake.rule, *snakemake.wildcards])
    if folder := os.environ.get(KEPT_VARIABLE):
        Path(folder, f"{name}.job").write_bytes(pickle.dumps(snakemake))


def begin(kind: str) -> None:
    """Let a fault begin: a limit of address space ("memory:BYTES"), or an end from outside ("killed")."""
    if kind.startswith("memory:"):
        limit = int(kind.partition(":")[2])
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    elif kind == "killed":
        sys.addaudithook(_end_before_renaming)


def _end_before_renaming(event: str, arguments: tuple[Any, ...]) -> None:
    """Kill this process where what it has written is about to get its own name."""
    if event == "os.rename":
        os.kill(os.getpid(), signal.SIGKILL)


def _note_space(path: str) -> None:
    with open("/proc/self/status") as status:
        (kilobytes,) = (line.split()[1] for line in status if line.startswith("VmPeak:"))
    Path(path).write_text(str(int(kilobytes) * 1024))


def _run(kept: str, script: str, *fault: str) -> None:
    """Run a job that was kept."""
    sys.path.insert(0, str(Path(script).parent))
    if path := os.environ.get(SPACE_VARIABLE):
        atexit.register(_note_space, path)
    main = sys.modules["__main__"]
    main.snakemake = pickle.loads(Path(kept).read_bytes())
    for each in fault:
        begin(each)
    exec(compile(Path(script).read_text(), script, "exec"), main.__dict__)


if __name__ == "__main__":
    _run(*sys.argv[1:])
