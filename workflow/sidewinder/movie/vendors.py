"""Files of microscopes' makers, each read by a library that is installed where it is needed."""

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from sidewinder.errors import UserError
from sidewinder.movie.movie import Frames


@dataclass(frozen=True)
class Vendor:
    """How a format is read.

    Parameters
    ----------
    name : str
        What it is called.
    library : str
        The package that reads it, as pip and Python know it; pyproject.toml has an extra of its name.
    module : str
        Our module with a function `open_file(path, position)`.
    """

    name: str
    library: str
    module: str


READERS = {
    ".nd2": Vendor("Nikon ND2", "nd2", "sidewinder.movie.nikon"),
    ".czi": Vendor("Zeiss CZI", "pylibCZIrw", "sidewinder.movie.zeiss"),
    ".lif": Vendor("Leica LIF", "liffile", "sidewinder.movie.leica"),
}


def vendor_of(path: str) -> Vendor | None:
    """The format of a file by its ending; None if it is none of these."""
    return READERS.get(os.path.splitext(path)[1].lower())


def open_vendor(path: str, vendor: Vendor, position: str | None) -> Frames:
    """Open a file of a microscope's maker.

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
    opener: Callable[[str, str | None], Frames] = importlib.import_module(vendor.module).open_file
    return opener(path, position)
