"""What to tell a user of an error that ended a job."""

import errno
import shutil
from collections.abc import Iterator

from sidewinder.errors import UserError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
# libraries that are not written in Python, and `shutil`, hand the system's words on as text
WORDS_OF_NO_SPACE = ("No space left on device", "Disk quota exceeded", "os error 28", "os error 122")
# what a file system says that is not as it should be, and no fault of the program
OF_FILE_SYSTEM = frozenset(
    (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN)
)


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
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError):
        return "the memory did not suffice; run fewer jobs at a time, or give this rule more mem_mb in the profile"
    for one in _with_causes(error):
        if _is_no_space(one):
            where = _file_of(one) or "the results"
            return f"no space is left (disk, quota, or number of files) for {where}; make room and start again"
        if isinstance(one, OSError) and one.errno in OF_FILE_SYSTEM:
            where = _file_of(one) or "a file"
            return f"{where} cannot be read or written: {one.strerror}; see to that and start again"
    return None


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those while whose handling it was raised."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_no_space(error: BaseException) -> bool:
    return (
        isinstance(error, OSError) and error.errno in NO_SPACE or any(word in str(error) for word in WORDS_OF_NO_SPACE)
    )


def _file_of(error: BaseException) -> str | None:
    """The file that an error is about, as far as it says."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        return str(error.args[0][0][1])
    name = error.filename2 or error.filename if isinstance(error, OSError) else None
    return None if name is None else str(name)
