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
import selectors
import signal
import socket
import sys
import threading
import warnings
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]
SCRIPTS = CHECKOUT / "scripts"
LONGEST_PATH = 4096
# what a stage imports only while it runs, because reading the Snakefile imports its modules, too
IMPORTED_LATE = {
    # which describes its job to a script
    "job": ("snakemake.io",),
    "sidewinder.preprocess.convert": ("ome_zarr_models.v05.image",),
    "sidewinder.track": ("trackpy",),
    "sidewinder.export.ome_zarr": ("ome_zarr_models.v05.image_label",),
    "sidewinder.export.geff": ("geff.core_io",),
    # else Pillow imports what it knows of all formats
    "sidewinder.report.movie.page": ("PIL.WebPImagePlugin",),
    "sidewinder.report.experiment.page": ("PIL.WebPImagePlugin",),
}
# what each job looks up and is the same for all: it is asked for here, and remembered
REMEMBERED = {"sidewinder.provenance.keeping": "versions"}


def main(descriptor: int) -> None:
    """Fork a process for each request, say how it ended, and end with the process that makes the requests.

    Parameters
    ----------
    descriptor : int
        Of the socket by which requests come: the path of a job's script, with the socket of that job.
    """
    # as for a script that Snakemake starts, and as job.py does
    sys.path[:1] = [str(SCRIPTS), str(CHECKOUT / "workflow")]
    # what libraries warn of while they are imported: no job has a log for it yet
    logging.captureWarnings(True)
    # an interrupt is for jobs, and for one that has just been forked it waits until that listens
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    with socket.socket(fileno=descriptor) as requests:
        job = _serve(requests)
    if job is not None:
        _run(job)


def _serve(requests: socket.socket) -> socket.socket | None:
    """Serve until requests end; the socket of a job in a process that was forked for it, nothing in this one."""
    running: dict[int, socket.socket] = {}
    ended, noted = socket.socketpair()
    with ended, noted, selectors.DefaultSelector() as selector:
        for one in (requests, ended):
            selector.register(one, selectors.EVENT_READ)
        noted.setblocking(False)
        on_end = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(noted.fileno(), warn_on_full_buffer=False)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if ended in ready:
                ended.recv(LONGEST_PATH)
                _say_ends(running)
            if requests not in ready:
                continue
            script, sockets, _, _ = socket.recv_fds(requests, LONGEST_PATH, 1)
            if not script:
                return None
            preload(Path(os.fsdecode(script)))
            job = socket.socket(fileno=sockets[0])
            number = os.fork()
            if not number:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, on_end)
                for one in running.values():
                    one.close()
                return job
            running[number] = job
            _say(job, number)


def _say_ends(running: dict[int, socket.socket]) -> None:
    """Say of each job that has ended how it did, as `os.waitstatus_to_exitcode` does."""
    for number in [*running]:
        ended = os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
            with running.pop(number) as job:
                _say(job, code)
            # only now: should this process be killed before, the run is left the ended one, and sees how it ended
            os.waitpid(number, 0)


def _say(job: socket.socket, number: int) -> None:
    """Say a number to the run, which may be gone."""
    with suppress(OSError):
        job.sendall(b"%d\n" % number)


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
        for name in REMEMBERED.keys() & sys.modules.keys():
            getattr(sys.modules[name], REMEMBERED[name])()
        # what was imported is not taken apart at the end of a job
        for finalizer in [*weakref.finalize._registry]:  # type: ignore[attr-defined]
            finalizer.atexit = False
        gc.collect()
        # a collection in a job would write to all objects and so copy them
        gc.freeze()


def _run(job: socket.socket) -> None:
    """Run a job as if Python had been started with its script."""
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
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
    """Wait to be told what the job is; ends where the run that asked for it is gone."""
    with job, job.makefile("rb") as file:
        said = file.read()
    if not said:
        sys.exit(1)
    told: dict[str, Any] = json.loads(said)
    return told


if __name__ == "__main__":
    main(int(sys.argv[1]))
