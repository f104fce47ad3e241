"""Where an OME-Zarr lies: in a folder, or in one zip file (.ozx, .zip)."""

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sidewinder.errors import UserError
from sidewinder.movie.causes import AGAIN
from sidewinder.movie.listing import ZARR_MARKS

if TYPE_CHECKING:
    import zarr

ZIPPED = (".ozx", ".zip")
# of a file of metadata, which is read as a whole
MOST_METADATA_BYTES = 2**25


@dataclass(frozen=True)
class ZarrStore:
    """An opened store.

    Parameters
    ----------
    group : zarr.Group
        The group with the OME metadata.
    exists : callable
        Whether there is a file in the store, by its path in it.
    """

    group: "zarr.Group"
    exists: Callable[[str], bool]


def open_store(path: str) -> ZarrStore:
    """Open a store to read it; raises whatever zarr does.

    Parameters
    ----------
    path : str
        A folder or a zip file.

    Raises
    ------
    UserError
        If a zip file holds no Zarr, or metadata that are too large to be any.
    """
    # takes a sixth of a second to import, which movies of other formats need not wait for
    import zarr

    if os.path.isdir(path):
        return ZarrStore(zarr.open_group(path, mode="r"), lambda name: os.path.exists(os.path.join(path, name)))
    names = _names_in_zip(path)
    roots = [name.rpartition("/")[0] for name in names if name.rpartition("/")[2] in ZARR_MARKS]
    if not roots:
        raise UserError(f"{path}: holds no OME-Zarr; unpack it, and give what is in it")
    root = min(roots, key=lambda name: (name.count("/") + bool(name), name))
    store = zarr.storage.ZipStore(path, mode="r")
    return ZarrStore(zarr.open_group(store, path=root, mode="r"), names.__contains__)


def _names_in_zip(path: str) -> set[str]:
    with zipfile.ZipFile(path) as file:
        for member in file.infolist():
            if member.filename.rpartition("/")[2] in ZARR_MARKS and member.file_size > MOST_METADATA_BYTES:
                raise UserError(
                    f"{path}: {member.filename} has {member.file_size} bytes; expected metadata of at most "
                    f"{MOST_METADATA_BYTES}; {AGAIN}"
                )
        return {member.filename.rstrip("/") for member in file.infolist()}
