"""Jobs on this machine that are forked from a process which has imported what they need.

A Python that is started for a job spends one to three seconds on imports, more than most stages of a small movie. Here
one process a run imports, forks a child for each job, and says how it ended. A fork server that is killed takes no job
along: the run adopts its jobs, waits for them itself, and starts another one for the next. A fork server ends with the
run, by the end of the socket between them, which has no name.
"""

import atexit
import ctypes
import json
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sidewinder.driver import fork_server
from sidewinder.driver.threads import thread_variables

# switches all of this off
VARIABLE = "SIDEWINDER_FORK"
PR_SET_CHILD_SUBREAPER = 36
TRIES = 2
TEMPORARY = ("TMPDIR", "TMP", "TEMPDIR", "TEMP")


@dataclass(frozen=True)
class Script:
    """A rule's script, as Snakemake has made it ready for a job.

    Parameters
    ----------
    path : str
        The script of the rule, with the job's description at its head.
    threads : int
        Of the job.
    temporary : str
        The folder for temporary files; empty for that of the system.
    """

    path: str
    threads: int
    temporary: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the job."""
        folders = dict.fromkeys(TEMPORARY, self.temporary) if self.temporary else {}
        return {**os.environ, **folders, **thread_variables(self.threads)}


def can_fork(folder: Path) -> bool:
    """Whether jobs can be forked whose script is in this folder: that of this checkout, where a run can adopt them.

    Parameters
    ----------
    folder : path
        Of scripts.
    """
    return os.environ.get(VARIABLE) != "0" and folder.resolve() == fork_server.SCRIPTS and _adopts()


def run(script: Script, measured: Callable[[int], AbstractContextManager[object]]) -> int | None:
    """Run a job in a process that is forked, and wait for its end.

    Parameters
    ----------
    script : Script
        Of the job.
    measured : callable
        Is given the process id, and measures what is done in its block.

    Returns
    -------
    code : int or None
        The exit code, or less the number of the signal that killed it; None where no process could be forked.
    """
    for _ in range(TRIES):
        begun = _begin(script)
        if begun is not None:
            break
    else:
        return None
    told = {"script": script.path, "folder": os.getcwd(), "environment": script.environment}
    with measured(begun.number):
        return _code(begun, json.dumps(told).encode())


@cache
def _adopts() -> bool:
    """Let this process be the parent of its children's children whose parent ends; whether the system can do that.

    Where the address space is limited, each job looks by itself whether its libraries can be loaded.
    """
    if sys.platform != "linux" or resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        return False
    try:
        return ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


class Server:
    """A fork server, of which there is one at a time."""

    def __init__(self) -> None:
        self.requests, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        command = [sys.executable, fork_server.__file__, str(theirs.fileno())]
        # no threads are there when it forks
        environment = {**os.environ, **thread_variables(1)}
        with theirs:
            self.process = subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()])
        atexit.register(self.end)

    def end(self) -> None:
        """End it, and wait until it has."""
        self.requests.close()
        self.process.kill()
        self.process.wait()


_servers: list[Server] = []
_lock = threading.Lock()


@dataclass(frozen=True)
class Begun:
    """A process that waits for what it is to do, by its id and socket."""

    number: int
    job: socket.socket
    server: Server


def _begin(script: Script) -> Begun | None:
    """A process for a job; None where its fork server is gone."""
    with _lock:
        if not _servers:
            _servers.append(Server())
        server = _servers[0]
    job, theirs = socket.socketpair()
    with theirs, suppress(OSError):
        socket.send_fds(server.requests, [os.fsencode(os.path.abspath(script.path))], [theirs.fileno()])
    with suppress(OSError), job.makefile("rb") as file:
        number = file.readline()
        if number.endswith(b"\n"):
            return Begun(int(number), job, server)
    job.close()
    _give_up(server)
    return None


def _code(begun: Begun, told: bytes) -> int:
    """Tell a process what it is to do, and wait for its end; the exit code."""
    code = b""
    with begun.job, begun.job.makefile("rb") as file, suppress(OSError):
        # it may have been killed: its exit code says so
        with suppress(OSError):
            begun.job.sendall(told)
            begun.job.shutdown(socket.SHUT_WR)
        code = file.readline()
    if code.endswith(b"\n"):
        return int(code)
    # what a process leaves behind is adopted before it can be waited for
    _give_up(begun.server)
    _, status = os.waitpid(begun.number, 0)
    return os.waitstatus_to_exitcode(status)


def _give_up(server: Server) -> None:
    """End a fork server that does not answer, if it has not been yet, and wait until it has ended."""
    with _lock:
        if server in _servers:
            _servers.remove(server)
            server.end()
