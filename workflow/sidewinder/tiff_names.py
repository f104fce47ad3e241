"""Which files of a folder are TIFF images, by their names alone, and which are copies that are still under way."""

import os
import re
from collections.abc import Iterable, Iterator

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
    with os.scandir(folder) as entries:
        kinds = {entry.name: entry for entry in entries}
    refuse_unfinished(folder, kinds)
    names = sorted(filter(is_tiff, kinds))
    refuse_odd(
        folder,
        [
            name
            for name in names
            if not kinds[name].is_file() and (kinds[name].is_dir() or not kinds[name].is_symlink())
        ],
    )
    return names


def refuse_unfinished(folder: str, names: Iterable[str]) -> None:
    """Raise a UserError where one of the files in a folder is a copy that is still under way."""
    for name, whole in unfinished(names):
        raise UserError(
            f"{folder}: {name} is a copy of {whole} that is not complete; start again when it is, or remove it"
        )


def refuse_odd(folder: str, names: Iterable[str]) -> None:
    """Raise a UserError where something that is no file is called like a TIFF image."""
    for name in filter(is_tiff, names):
        raise UserError(f"{folder}: {name} is no file; expected TIFF files, and nothing else that is called so")
