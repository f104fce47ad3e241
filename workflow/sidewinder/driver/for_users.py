"""What to tell a user of an error that ended a job."""

import errno
import os
import re
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor

from sidewinder.errors import UserError

NO_SPACE = frozenset((errno.ENOSPC, errno.EDQUOT))
# what a file system says that is not as it should be, and no fault of the program
OF_FILE_SYSTEM = frozenset(
    (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN)
)
# libraries that are not written in Python, and `shutil`, hand the system's errors on as text
NUMBERED = re.compile(r"\((?:os error|error code:?) (\d+)\)|\[[Ee]rrno (\d+)\]")
IN_WORDS = {os.strerror(number): number for number in (*NO_SPACE, *OF_FILE_SYSTEM, errno.ENOMEM)}
# PyTorch, C++, the loader of libraries, and Python where a thread gets no stack
OF_MEMORY = (
    "can't allocate memory",
    "std::bad_alloc",
    "failed to map segment",
    "can't start new thread",
    "worker thread",
)
# the temporary name under which a result is written
UNFINISHED = re.compile(rf"(^|/)\.([^/]+?)\.(?:{re.escape(socket.gethostname())}-)?\d+\.(?:tmp|old)(?:/.*)?$")

MEMORY = "the memory did not suffice; run fewer jobs at a time, or give this rule more mem_mb in the profile"


def for_users(error: BaseException) -> str | None:
    """Say an error in one line.

    Parameters
    ----------
    error : BaseException
        The error, with those that it came from.

    Returns
    -------
    str or None
        None where it is the program's fault.
    """
    of_machine = next(filter(None, map(_of_machine, _with_causes(error))), None)
    if not isinstance(error, UserError):
        return of_machine
    # what cannot be read for lack of memory or space is not damaged, whatever was made of the error
    return of_machine if error.__cause__ and of_machine and _is_scarce(error.__cause__) else str(error)


def _of_machine(error: BaseException) -> str | None:
    """What the machine lacks or refuses, by one error; None where it says nothing of the machine."""
    if _is_of_memory(error):
        return MEMORY
    number = _number_of(error)
    if number in NO_SPACE:
        where = _file_of(error) or "the results"
        return f"no space is left (disk, quota, or number of files) for {where}; free some space and start again"
    if number in OF_FILE_SYSTEM and number is not None:
        where = _file_of(error) or "a file"
        return f"{where} cannot be read or written: {os.strerror(number)}; see to that and start again"
    return None


def _is_scarce(error: BaseException) -> bool:
    """Whether an error, or one that it came from, is of a lack of memory or of space."""
    return any(_is_of_memory(one) or _number_of(one) in NO_SPACE for one in _with_causes(error))


def _is_of_memory(error: BaseException) -> bool:
    # a worker of a pool ends without a word where the system kills it
    if isinstance(error, MemoryError | BrokenExecutor) or _number_of(error) == errno.ENOMEM:
        return True
    return any(words in str(error) for words in OF_MEMORY)


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those while whose handling it was raised."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _number_of(error: BaseException) -> int | None:
    """The system's number of an error, as far as it or its text says; None where neither does."""
    if isinstance(error, UserError):
        return None
    if isinstance(error, OSError) and error.errno:
        return error.errno
    text = str(error)
    if match := NUMBERED.search(text):
        return int(match[1] or match[2])
    return next((number for words, number in IN_WORDS.items() if words in text), None)


def _file_of(error: BaseException) -> str | None:
    """The file that an error is about, as far as it says, by its final name."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        name = str(error.args[0][0][1])
    else:
        found = error.filename2 or error.filename if isinstance(error, OSError) else None
        name = "" if found is None else str(found)
    return UNFINISHED.sub(r"\1\2", name) or None
