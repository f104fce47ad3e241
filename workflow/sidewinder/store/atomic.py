"""What exists under its own name is complete: write beside it, then rename."""

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

LEFTOVER = r"(?P<pid>\d+)\.(?P<kind>tmp|old|scratch)"


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder beside `path` to fill, and move it to `path` when the block ends well.

    Whatever stood under `path`, a file or a folder with contents, is replaced. When the block raises, the temporary
    folder is removed and `path` stays as it was. A process that is killed leaves nothing new under `path`; what it left
    beside it is removed when the same target is written again on the same host.

    Parameters
    ----------
    path : str or Path
        The final name. Its parent folders are made.

    Yields
    ------
    Path
        The temporary folder, on the same file system.
    """
    with _replacing(Path(path)) as temporary:
        temporary.mkdir()
        yield temporary


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a file name beside `path` to write to, and rename it to `path` when the block ends well.

    As `atomic_folder`, for one file, which the block has to create. The temporary name ends in `.tmp`: a writer that
    guesses the format from the name must be told the format.

    Parameters
    ----------
    path : str or Path
        The final name. Its parent folders are made.

    Yields
    ------
    Path
        The temporary name, on the same file system; nothing exists there yet.
    """
    with _replacing(Path(path)) as temporary:
        yield temporary


@contextmanager
def scratch_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder beside `path` for files that are needed only while `path` is written.

    It is removed when the block ends. What a killed process left is removed when the same target is written again.

    Parameters
    ----------
    path : str or Path
        The final name of what is being written; its parent folder is there.

    Yields
    ------
    Path
        The folder.
    """
    folder = Path(path).with_name(f"{_owner(Path(path))}.scratch")
    folder.mkdir()
    try:
        yield folder
    finally:
        _remove(folder)


def restore_replaced(path: str | Path) -> None:
    """Put back what a process was about to replace when it was killed, where nothing stands under `path` now.

    Parameters
    ----------
    path : str or Path
        A final name of `atomic_folder` or `atomic_file`.
    """
    path = Path(path)
    for entry, kind in _leftovers(path):
        if kind == "old" and not os.path.lexists(path):
            os.rename(entry, path)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    restore_replaced(path)
    for entry, _ in _leftovers(path):
        _remove(entry)
    temporary, replaced = (path.with_name(f"{_owner(path)}.{kind}") for kind in ("tmp", "old"))
    try:
        yield temporary
        _flush(temporary)
        if os.path.lexists(path) and (temporary.is_dir() or path.is_dir()):
            # a rename replaces neither a folder that is not empty nor one kind by the other
            os.rename(path, replaced)
        os.replace(temporary, path)
    except OSError as error:
        # a write into an open file does not say which one that is; errors of shutil have a list of files in their place
        if error.errno is not None:
            error.filename = error.filename or str(path)
        raise
    finally:
        _remove(temporary)
        _remove(replaced)


def _owner(path: Path) -> str:
    """How names begin that this process gives beside `path`."""
    return f".{path.name}.{socket.gethostname()}-{os.getpid()}"


def _leftovers(path: Path) -> list[tuple[Path, str]]:
    """What this host's dead processes, or an earlier one with this process's id, left beside `path`, and its kind."""
    host = re.escape(socket.gethostname())
    # a folder that was being filled may hold back another one, which was to become a part of it
    ours = re.compile(rf"\.+{re.escape(path.name)}\.{host}-{LEFTOVER}(?P<part>(\.{host}-\d+\.(tmp|old))*)")
    matches = (ours.fullmatch(name) for name in (os.listdir(path.parent) if path.parent.is_dir() else ()))
    return [
        (path.with_name(match[0]), "part" if match["part"] else match["kind"])
        for match in matches
        if match and (int(match["pid"]) == os.getpid() or not _is_alive(int(match["pid"])))
    ]


def _is_alive(pid: int) -> bool:
    """Whether a process of this id works: neither a thread of another has it, nor one that has ended and waits."""
    try:
        return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _flush(path: Path) -> None:
    """Ask the disk to keep the files' data, so that a power cut cannot leave an empty file under a final name."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
