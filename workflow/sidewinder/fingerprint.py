"""What is noticed of a change of files: names, sizes and times; their contents where only the times differ."""

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from sidewinder.errors import UserError

MOST_NAMES = 3
SNAKEMAKES = ".snakemake_timestamp"  # in each folder that it has made; no part of the result


class Print(NamedTuple):
    """A file's fingerprint.

    Parameters
    ----------
    size : int
        In bytes.
    mtime_ns : int
        When it was last changed, in nanoseconds since 1970, by what a link leads to.
    digest : str
        SHA-256 of its contents, in hexadecimal digits; empty where they were not read.
    """

    size: int
    mtime_ns: int
    digest: str = ""


Prints = dict[str, Print]


def look_at(files: Iterable[str | Path], root: str | Path) -> Prints:
    """Take sizes and times of files.

    Parameters
    ----------
    files : iterable of path
        The files; links are followed.
    root : path
        The folder that they are named from; or a file, which then has no name, and from whose folder others are named.

    Returns
    -------
    prints : dict of str to Print
        By the files' names.

    Raises
    ------
    OSError
        If a file is not there or may not be looked at.
    """
    # as the files are written, without "./" and "//"
    root = str(Path(root))
    start = os.path.join(_folder_of(root), "")
    prints = {}
    for file in map(str, files):
        status = os.stat(file)
        name = "" if file == root else file.removeprefix(start)
        prints[name] = Print(status.st_size, status.st_mtime_ns)
    return prints


def with_digests(prints: Prints, root: str | Path, threads: int = 1) -> Prints:
    """The same fingerprints, with what is in the files; OSError where one cannot be read."""
    with ThreadPoolExecutor(threads) as pool:
        digests = pool.map(digest_of, paths_of(prints, root))
        pairs = zip(prints.items(), digests, strict=True)
        return {name: Print(one.size, one.mtime_ns, digest) for (name, one), digest in pairs}


def paths_of(names: Iterable[str], root: str | Path) -> list[str]:
    """The paths of files by the names that `look_at` has given them."""
    folder = _folder_of(root)
    return [os.path.join(folder, name) if name else str(root) for name in names]


def _folder_of(root: str | Path) -> str:
    """The folder that files are named from: of a file that of what a link leads to, as readers of OME-TIFF have it."""
    return str(root) if os.path.isdir(root) else os.path.dirname(os.path.realpath(root))


def digest_of(path: str | Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_at(path: str | Path, threads: int = 1) -> str:
    """The digest of a file, or one of a folder that changes with any file's name or contents; OSError as above."""
    if not os.path.isdir(path):
        return digest_of(path)
    below = (os.path.join(top, name) for top, _, names in os.walk(path) for name in names if name != SNAKEMAKES)
    return digest_of_all(with_digests(look_at(below, path), path, threads))


def digest_of_all(prints: Prints) -> str:
    """One digest of the names and contents of several files, whatever their times."""
    lines = (f"{one.digest} {name}\n" for name, one in sorted(prints.items()))
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def difference(then: Prints, now: Prints, digest: Callable[[str], str]) -> str:
    """Say how files differ from what they were.

    Parameters
    ----------
    then, now : dict of str to Print
        What is known of them: before, with digests, and now.
    digest : callable
        Gives the digest that the file of a name has now; asked only where no other difference is found, for files whose
        time alone has changed, until one of them differs.

    Returns
    -------
    str
        Such as "2 files added: t004.tif, t005.tif"; empty where contents and names are the same.
    """
    both = sorted(then.keys() & now.keys())
    said = [
        _some("added", now.keys() - then.keys()),
        _some("removed", then.keys() - now.keys()),
        _some("changed", (name for name in both if then[name].size != now[name].size)),
    ]
    if any(said):
        return "; ".join(filter(None, said))
    touched = (name for name in both if then[name].mtime_ns != now[name].mtime_ns)
    return next((_some("changed", [name]) for name in touched if digest(name) != then[name].digest), "")


def check_unchanged(path: str, before: Prints, after: Prints) -> None:
    """Refuse what was read if its files are others than before.

    Parameters
    ----------
    path : str
        What was read, for the message.
    before, after : dict of str to Print
        Its files before and after it was read.

    Raises
    ------
    UserError
        Names the files that have come, gone or changed.
    """
    changed = difference(before, after, lambda name: "changed")
    if changed:
        raise UserError(
            f"{path} has changed while it was read: {changed}; start again once all of its files are there and nothing "
            "writes to them any more"
        )


def _some(what: str, names: Iterable[str]) -> str:
    """How many files something has happened to, and the names of the first; empty of none."""
    found = sorted(names)
    if not found:
        return ""
    if found == [""]:
        return f"the file has {what}"
    files = f"{len(found)} file{'s' * (len(found) > 1)} {what}"
    named = (name or "the file itself" for name in found[:MOST_NAMES])
    return f"{files}: {', '.join(named)}{', ...' * (len(found) > MOST_NAMES)}"
