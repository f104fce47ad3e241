"""One of several things for each process: locks in a folder of the user's own."""

import fcntl
import logging
import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger("sidewinder")

SECONDS_BETWEEN_LOOKS = 1.0
# of another user's making at the worst, all of them; then jobs are not kept apart
MOST_FOLDERS = 100


def own_folder(parent: Path) -> Path | None:
    """A folder that is this user's alone, the same in all processes of the user.

    Names in the temporary folder can be guessed and taken by other users, who must not keep this one from working: the
    first name is used that nobody has taken before this user.

    Parameters
    ----------
    parent : path
        Where all users of the machine may write.

    Returns
    -------
    folder : path or None
        With access for its owner only; None where no name is left.
    """
    for number in range(MOST_FOLDERS):
        folder = parent / f"sidewinder-gpu-{os.getuid()}-{number}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            pass
        except OSError:
            return None
        # of a link itself, not of where it leads
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
            return folder
    return None


def claim_first(names: Sequence[str], folder: Path) -> int:
    """Claim the first of some things that no other process has claimed; wait while there is none.

    Parameters
    ----------
    names : sequence of str
        The same in every process.
    folder : path
        The folder of the locks, on this machine, to which only this user has access.

    Returns
    -------
    index : int
        Into `names`; claimed until this process ends, however it ends.
    """
    told = False
    while True:
        for index, name in enumerate(names):
            if _locked(folder / name.replace("/", "_")):
                return index
        if not told:
            log.info("infer: waiting for a GPU: other jobs use all %d", len(names))
            told = True
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _locked(path: Path) -> bool:
    """Lock a file for the life of this process; False where another process holds it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    return True
