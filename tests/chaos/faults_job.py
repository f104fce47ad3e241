"""A job of an experiment by itself: kept where Snakemake runs it, run again without Snakemake, with a fault or without.

    python faults_job.py KEPT SCRIPT [FAULT]

A copy of the workflow has this beside its scripts, each of which begins with `faults_job.keep(snakemake)`.
"""

import atexit
import json
import os
import pickle
import resource
import signal
import sys
from pathlib import Path
from typing import Any

# a folder: where jobs are kept, if it is set
KEPT_VARIABLE = "FAULTS_KEPT"
# JSON: which job of a run meets which fault, if it is set
FAULT_VARIABLE = "FAULTS_FAULT"
# a file: how much address space a job has taken
SPACE_VARIABLE = "FAULTS_SPACE"


def keep(snakemake: Any) -> None:
    """Keep a job as Snakemake describes it; let the fault begin that is meant for it."""
    name = "-".join([snakemake.rule, *snakemake.wildcards])
    if folder := os.environ.get(KEPT_VARIABLE):
        Path(folder, f"{name}.job").write_bytes(pickle.dumps(snakemake))
    fault = json.loads(os.environ.get(FAULT_VARIABLE, "{}"))
    if fault and name == fault["job"]:
        begin(fault["kind"], fault.get("disk"))


def begin(kind: str, disk: str | None = None) -> None:
    """Let a fault begin: of memory ("memory:BYTES"), an end from outside ("killed"), or of a small disk."""
    if kind.startswith("memory:"):
        limit = int(kind.partition(":")[2])
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    elif kind == "killed":
        sys.addaudithook(_end_before_renaming)
    elif disk:
        from faults_disk import SmallDisk

        small = SmallDisk(Path(disk))
        {"full": small.fill, "no inodes": small.use_inodes, "read-only": lambda: small.allow_writing(False)}[kind]()


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
