"""Whether the files of a raw movie change while it is read, as those of a copy that is under way do."""

import os
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.movie.causes import unreachable
from sidewinder.movie.listing import raw_files

MEANWHILE = "while it was read; start again once all of its files are there"


def file_states(path: str) -> dict[Path, tuple[int, int]]:
    """What can be seen of a movie's files from outside.

    Parameters
    ----------
    path : str
        What the movie's path stands for, as of `raw_files`.

    Returns
    -------
    dict of Path to tuple of int
        Of each file its size in bytes, and when it was changed, in ns.

    Raises
    ------
    UserError
        If a file is not there, such as one that a link leads to, or may not be looked at.
    """
    states = {}
    for file in raw_files(path):
        try:
            found = os.stat(file)
        except OSError as error:
            raise unreachable(path, error) from error
        states[file] = (found.st_size, found.st_mtime_ns)
    return states


def check_unchanged(path: str, before: dict[Path, tuple[int, int]]) -> None:
    """Refuse a movie whose files are others than before it was read.

    Parameters
    ----------
    path : str
        What the movie's path stands for.
    before : dict of Path to tuple of int
        Its `file_states` then.

    Raises
    ------
    UserError
        Names the first file that has come, gone or changed.
    """
    after = file_states(path)
    for file in [*before, *after]:
        if before.get(file) != after.get(file):
            what = "has gone" if file not in after else "was changed" if file in before else "has arrived"
            raise UserError(
                f"{path}: {file.name} {what} {MEANWHILE} ({len(before)} files before its frames were read, "
                f"{len(after)} afterwards)"
            )
