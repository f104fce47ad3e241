"""The process that jobs are forked from, so that what they need is imported once and not by each.

`forked.py` starts it and says how it is used. It imports nothing of Sidewinder itself.
"""

import ast
import atexit
import gc
import importlib
import json
import logging
import os
import runpy
import signal
import socket
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]
SCRIPTS = CHECKOUT / "scripts"
LONGEST_PATH = 4096
# what a stage imports only while it runs, because reading the Snakefile imports its modules, too
IMPORTED_LATE = {
    "sidewinder.preprocess.convert": ("ome_zarr_models.v05.image",),
    "sidewinder.track": ("trackpy",),
    "sidewinder.export.ome_zarr": ("ome_zarr_models.v05.image_label",),
    "sidewinder.export.geff": ("geff.core_io",),
}


def main(descriptor: int) -> None:
    """Fork a process for each request, and end with the process that makes them.

    Parameters
    ----------
    descriptor : int
        Of the socket by which requests come: the path of a job's script, with the socket of that job.
    """
    # as for a script that Snakemake starts, and as job.py does
    sys.path[:1] = [str(SCRIPTS), str(CHECKOUT / "workflow")]
    # what libraries warn of while they are imported: no job has a log for it yet
    logging.captureWarnings(True)
    on_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, job = socket.socket(fileno=descriptor), None
    while job is None:
        script, sockets, _, _ = socket.recv_fds(requests, LONGEST_PATH, 1)
        if not script:
            return
        preload(Path(os.fsdecode(script)))
        job = _fork(socket.socket(fileno=sockets[0]))
    requests.close()
    signal.signal(signal.SIGINT, on_interrupt)
    _run(job)


def preload(script: Path) -> None:
    """Import what a script is going to import; its job says why something cannot be imported.

    Parameters
    ----------
    script : path
        The script of a job.
    """
    n_before = len(sys.modules)
    nodes = ast.walk(ast.parse(script.read_bytes()))
    named = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    for name in [one for first in named for one in (first, *IMPORTED_LATE.get(first, ()))]:
        with suppress(Exception):
            importlib.import_module(name)
    if len(sys.modules) > n_before:
        gc.collect()
        # a collection in a job would write to all objects and so copy them
        gc.freeze()


def _fork(job: socket.socket) -> socket.socket | None:
    """Fork a process whose parent is the run, which adopts it; the socket of its job there, nothing here."""
    between = os.fork()
    if between:
        job.close()
        os.waitpid(between, 0)
        return None
    between = os.getpid()
    if os.fork():
        os._exit(0)
    while os.getppid() == between:
        time.sleep(0.001)
    return job


def _run(job: socket.socket) -> None:
    """Run a job as if Python had been started with its script."""
    try:
        told = _told(job)
    except KeyboardInterrupt:
        sys.exit(130)
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    sys.argv = [told["script"]]
    runpy.run_path(told["script"], run_name="__main__")
    _end()


def _end() -> None:
    """End a job that has gone well as Python does, but for taking apart all that was imported.

    That writes to most of the memory shared with the fork server, of which each job would get a copy, only to free it.
    """
    # waits for threads, as multiprocessing does before its forks end in the same way
    threading._shutdown()  # type: ignore[attr-defined]
    # Python shows nobody what is warned of then
    with warnings.catch_warnings(action="ignore"):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def _told(job: socket.socket) -> dict[str, Any]:
    """Say which process has the job, and wait to be told what it is; ends where the run that asked for it is gone."""
    with job, job.makefile("rb") as file:
        job.sendall(b"%d\n" % os.getpid())
        said = file.read()
    if not said:
        sys.exit(1)
    told: dict[str, Any] = json.loads(said)
    return told


if __name__ == "__main__":
    main(int(sys.argv[1]))
