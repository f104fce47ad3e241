"""Files of microscopes' makers, and videos, each read by a library that is installed where it is needed."""

import importlib
import os
import sys
import weakref
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sidewinder.errors import UserError
from sidewinder.movie.causes import damaged
from sidewinder.movie.movie import Frames


@dataclass(frozen=True)
class Vendor:
    """How a format is read.

    Parameters
    ----------
    name : str
        What it is called.
    library : str
        The package that reads it, as pip and Python know it; pyproject.toml has an extra for it.
    module : str
        Our module that uses it, a `Reader`.
    """

    name: str
    library: str
    module: str


class Reader(Protocol):
    """What a module that reads a format has."""

    def open_file(self, path: str) -> Any:
        """Open a file by the library; what is opened has `close`."""

    def frames_of(self, path: str, file: Any, position: str | None) -> Frames:
        """A position of the file."""


READERS = {
    ".nd2": Vendor("Nikon ND2", "nd2", "sidewinder.movie.nikon"),
    ".czi": Vendor("Zeiss CZI", "pylibCZIrw", "sidewinder.movie.zeiss"),
    ".lif": Vendor("Leica LIF", "liffile", "sidewinder.movie.leica"),
    ".avi": Vendor("AVI", "av", "sidewinder.movie.video"),
    ".mp4": Vendor("MP4", "av", "sidewinder.movie.video"),
    ".mov": Vendor("MOV", "av", "sidewinder.movie.video"),
}


def vendor_of(path: str) -> Vendor | None:
    """The format of a file by its ending; None if it is none of these."""
    return READERS.get(os.path.splitext(path)[1].lower())


def open_vendor(path: str, vendor: Vendor, position: str | None) -> Frames:
    """Open such a file, which stays open as long as its frames are of use.

    Parameters
    ----------
    path : str
        The file.
    vendor : Vendor
        Its format.
    position : str or None
        Which of its positions, by name or number from 0.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If its reader is not installed, or the file is damaged or no movie.
    """
    try:
        importlib.import_module(vendor.library)
    except ModuleNotFoundError as error:
        raise UserError(
            f"{path}: {vendor.name} files are read by the package {vendor.library}, which is not installed; install it "
            f"with {sys.executable} -m pip install {vendor.library}"
        ) from error
    reader, form = cast(Reader, importlib.import_module(vendor.module)), vendor.name.split()[-1]
    with damaged(path, f"cannot be read as {form}"):
        file = reader.open_file(path)
    try:
        with damaged(path, f"its {form} metadata cannot be understood"):
            frames = reader.frames_of(path, file, position)
    except BaseException:
        file.close()
        raise
    weakref.finalize(frames.read, file.close)
    return frames
