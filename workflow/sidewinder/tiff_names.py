"""Which files of a folder are TIFF images, by their names alone, and which are copies that are still under way."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sidewinder.errors import UserError

SUFFIXES = (".tif", ".tiff")
# what browsers, WinSCP, OneDrive and others add to the name of a file until it is complete; iCloud leaves a hidden file
# in the place of one that is not on the disk; rsync writes to a hidden one with six characters behind the name
UNFINISHED = re.compile(
    r"(?P<a>.+\.tiff?)\.(?:part|partial|filepart|crdownload|opdownload|download|tmp|temp)"
    r"|\.(?P<b>.+\.tiff?)\.(?:icloud|[a-z0-9]{6})",
    re.IGNORECASE,
)


def is_tiff(name: str) -> bool:
    """Whether a name is that of a TIFF image; hidden files are none, such as the `._t001.tif` of a Mac."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def unfinished(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Copies of TIFF files that are not complete: their names, and what each will be called."""
    there = set(names)
    for name in sorted(there):
        match = None if name.lower().endswith(SUFFIXES) else UNFINISHED.fullmatch(name)
        whole = (match["a"] or match["b"]) if match else ""
        if whole and whole not in there:
            yield name, whole


def tiffs_in(folder: str) -> list[str]:
    """List the TIFF files of a folder.

    Parameters
    ----------
    folder : str
        The folder.

    Returns
    -------
    names : list of str
        In the order of their characters; links that lead nowhere are among them.

    Raises
    ------
    UserError
        If a copy is still under way, or what is called like a TIFF file is something else.
    OSError
        If the folder may not be listed.
    """
    return list(filter(is_tiff, scan(folder)[0]))


def scan(folder: str) -> tuple[list[str], list[str]]:
    """The names of files, links that lead nowhere among them, and of folders in a folder, sorted, but for hidden ones.

    Raises as `tiffs_in`.
    """
    with os.scandir(folder) as entries:
        there = {entry.name: (entry.is_dir(), entry.is_file() or entry.is_symlink()) for entry in entries}
    refuse_unfinished(folder, unfinished(there))
    seen = sorted(name for name in there if not name.startswith("."))
    # a link that leads nowhere is a frame that is missed when it is read
    files = [name for name in seen if there[name] == (False, True)]
    for name in seen:
        if is_tiff(name) and there[name] != (False, True):
            raise UserError(f"{folder}: {name} is no file; expected TIFF files, and nothing else that is called so")
    return files, [name for name in seen if there[name][0]]


def refuse_unfinished(where: str | Path, copies: Iterable[tuple[str, str]]) -> None:
    """Raise a UserError where there is a copy that is still under way, as of `unfinished`."""
    for name, whole in copies:
        raise UserError(
            f"{where}: {name} is a copy of {whole} that is not complete; start again when it is, or remove it"
        )
