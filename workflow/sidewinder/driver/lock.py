"""One run at a time on a results folder.

The lock is the kernel's, held by the process that runs the workflow: it is gone the moment that process is, however
it died, so that a run that was killed can be started again without cleaning up by hand.
"""

import errno
import fcntl
import math
import os
import socket
import time
from pathlib import Path

from sidewinder.driver.for_users import for_users
from sidewinder.errors import UserError

NAME = ".lock"
# file systems that were mounted without locks
WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)
# who asks for the holder has the lock for a moment, which must not keep a run off
TRIES = 5
SECONDS_BETWEEN_TRIES = 0.1


def hold(results: str | Path) -> str | None:
    """Keep other runs off a results folder until this process ends.

    Parameters
    ----------
    results : path
        The results folder; made where it is missing.

    Returns
    -------
    warning : str or None
        Said where the file system has no locks, so that nothing keeps a second run off.

    Raises
    ------
    UserError
        Where another run holds the folder, with its machine and process, or where it cannot be written to.
    """
    results = Path(results)
    try:
        results.mkdir(parents=True, exist_ok=True)
        # never closed: the lock lives as long as the process; not inherited by jobs, which may outlive it for a moment
        descriptor = os.open(results / NAME, os.O_RDWR | os.O_CREAT, 0o664)
    except OSError as error:
        said = for_users(error) or error.strerror
        raise UserError(f"the results folder {results} cannot be written to: {said}") from error
    warning = None
    try:
        _take(descriptor)
    except BlockingIOError:
        other = _name(descriptor)
        os.close(descriptor)
        raise UserError(
            f"another run is writing to {results}: {other}; wait for it, or end it, then start this one again"
        ) from None
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
        warning = f"the file system of {results} has no locks: do not start a second run on this folder"
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
    return warning


def holder(results: str | Path) -> str | None:
    """The process that holds a results folder; asked without keeping a run off, and without writing to the folder.

    Parameters
    ----------
    results : path
        The results folder.

    Returns
    -------
    name : str or None
        Such as "process 12 on node7"; None where none holds it, or where the file system has no locks that would tell.
        A process of another machine is seen as far as the file system shares its locks.

    Raises
    ------
    UserError
        Where the lock may not be read.
    """
    try:
        descriptor = os.open(Path(results) / NAME, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{Path(results) / NAME} cannot be read: {error.strerror}") from error
    try:
        # shared, so that many may ask at once; NFS gives no other one to who only reads
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _name(descriptor)
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
    finally:
        os.close(descriptor)
    return None


def held_since(results: str | Path) -> float:
    """When the run that holds a results folder began, by the clock of its file system, in seconds since 1970."""
    return (Path(results) / NAME).stat().st_mtime


def last_began(results: str | Path) -> float:
    """When the last run on a results folder began, as `held_since` says it; infinite where there was none."""
    try:
        return held_since(results)
    except OSError:
        return math.inf


def begin_now(results: str | Path) -> None:
    """Let the run that holds a results folder begin now: what an earlier one had left at work has ended."""
    os.utime(Path(results) / NAME)


def _take(descriptor: int) -> None:
    """Lock a file; BlockingIOError where a run has it."""
    for _ in range(TRIES - 1):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(SECONDS_BETWEEN_TRIES)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _name(descriptor: int) -> str:
    """What the holder of the lock says of itself."""
    return os.pread(descriptor, 1000, 0).decode(errors="replace").strip() or "a process that did not say its name"
