"""What to tell a user of an error that the operating system or a library has raised over a raw movie."""

from collections.abc import Iterator
from contextlib import contextmanager

from sidewinder.errors import UserError

AGAIN = "copy or export it again"


@contextmanager
def damaged(path: str, what: str) -> Iterator[None]:
    """Turn whatever is raised inside into a UserError: damaged data can make a library raise anything.

    Parameters
    ----------
    path : str
        The movie's path, or a frame's.
    what : str
        What is wrong with it, such as "frame 3 cannot be decoded".

    Raises
    ------
    UserError
        For all errors but a lack of memory, which may be the machine's.
    """
    try:
        yield
    except (UserError, MemoryError):
        raise
    except Exception as error:
        # libraries raise their own kinds of these, without a number
        if isinstance(error, FileNotFoundError | PermissionError) and error.errno:
            raise unreachable(path, error) from error
        said = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
        raise UserError(f"{path}: {what} ({said}); {AGAIN}") from error


def unreachable(path: str, error: Exception) -> UserError:
    """The error to raise where the operating system refuses a file or folder of a movie.

    Parameters
    ----------
    path : str
        The movie's path, or a frame's.
    error : Exception
        An OSError, or the ValueError of a path that can be none.

    Returns
    -------
    UserError
    """
    named = getattr(error, "filename", None)
    where = f" ({named})" if named and str(named) not in path else ""
    if isinstance(error, PermissionError):
        return UserError(f"{path}: may not be read: permission denied{where}; ask for the right to read it")
    return UserError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}{where}")
