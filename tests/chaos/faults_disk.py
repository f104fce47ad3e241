"""A small disk of a test's own, which gets full, runs out of inodes, or may not be written to any more."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLERS = ".fillers"
BLOCK = 4096
# what makes files' rights count for root, too
WITHOUT_RIGHTS = ["setpriv", *(f"--{kind}=-dac_override,-dac_read_search" for kind in ("bounding-set", "inh-caps"))]


class SmallDisk:
    """A tmpfs.

    Parameters
    ----------
    folder : path
        Where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, leave_blocks: int = 0) -> None:
        """Fill it but for some blocks of 4 kB."""
        (self.folder / FILLERS).mkdir(exist_ok=True)
        free = os.statvfs(self.folder).f_bavail - leave_blocks
        with open(self.folder / FILLERS / "blocks", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(free, 1) * BLOCK)

    def use_inodes(self, leave: int = 0) -> None:
        """Use its inodes up but for some."""
        (self.folder / FILLERS).mkdir(exist_ok=True)
        for number in range(os.statvfs(self.folder).f_favail - leave):
            (self.folder / FILLERS / str(number)).touch()

    def allow_writing(self, allowed: bool) -> None:
        """Mount it anew, to be read only or not."""
        _call("mount", "-o", f"remount,{'rw' if allowed else 'ro'}", self.folder)

    def free(self) -> None:
        """Free what `fill` and `use_inodes` have taken, and let it be written to."""
        self.allow_writing(True)
        shutil.rmtree(self.folder / FILLERS, ignore_errors=True)


@contextmanager
def small_disk(folder: Path, size_mb: int = 64, inodes: int = 3000) -> Iterator[SmallDisk]:
    """Mount a small disk; the test is skipped where this user may not."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size_mb}m,nr_inodes={inodes}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("SKIPPED LOUDLY: only root may mount a small disk; what a full one does is not shown here")
    try:
        yield SmallDisk(folder)
    finally:
        _call("umount", "--lazy", folder)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let one folder be read only, by a mount over it."""
    _call("mount", "--bind", folder, folder)
    try:
        _call("mount", "-o", "remount,bind,ro", folder)
        yield
    finally:
        _call("umount", "--lazy", folder)


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Take the right to write to a folder, which root needs not heed: see `WITHOUT_RIGHTS`."""
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(mode)


def _call(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
