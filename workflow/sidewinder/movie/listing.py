"""The files that a movie is made of, found without opening one.

Cheap to import: the process of a run asks for the files of all movies, the jobs for those of one.
"""

import glob
import os
import stat
from collections.abc import Callable
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.movie.causes import unreachable
from sidewinder.movie.naming import in_natural_order
from sidewinder.movie.url import refuse_url

SUFFIXES = (".tif", ".tiff")
ZARR_MARKS = ("zarr.json", ".zgroup", ".zattrs", ".zarray")
# what Cellpose leaves beside the frames that it has segmented
OF_CELLPOSE = ("_cp_masks", "_flows")
GLOB_CHARACTERS = "*?["


def raw_files(path: str) -> list[Path]:
    """List all files that the path of a movie stands for.

    Parameters
    ----------
    path : str
        A file, a folder of TIFF frames, a glob that matches them, or an OME-Zarr.

    Returns
    -------
    list of Path
        The file itself; the frames of a folder or glob in the order of frames; all files below an OME-Zarr in the order
        of their names. Links that lead nowhere are among them. Other files that an OME-TIFF names are not.

    Raises
    ------
    UserError
        If nothing is there, a folder may not be listed, the path is a URL, or the names cannot be those of one movie's
        frames.
    """
    refuse_url(path)
    try:
        return [Path(name) for name in _lister(path)(path)]
    except (OSError, ValueError) as error:
        raise unreachable(path, error) from error


def is_zarr(path: str) -> bool:
    """Whether a folder is, or calls itself, a Zarr store."""
    return path.rstrip("/").lower().endswith(".zarr") or any(os.path.exists(f"{path}/{mark}") for mark in ZARR_MARKS)


def files_in_folder(path: str) -> list[str]:
    """The TIFF files in a folder but Cellpose's beside them, in the order of frames; UserError if there is none."""
    with os.scandir(path) as entries:
        # a link that leads nowhere is a frame that is missed when it is read
        files = (entry for entry in entries if entry.is_file() or (entry.is_symlink() and not entry.is_dir()))
        names = sorted(entry.name for entry in files if not entry.name.startswith("."))
    tiffs = [name for name in names if name.lower().endswith(SUFFIXES)]
    # masks alone are what is asked for
    tiffs = [name for name in tiffs if not Path(name).stem.endswith(OF_CELLPOSE)] or tiffs
    if not tiffs:
        found = ", ".join(sorted({Path(name).suffix or name for name in names})[:5]) or "nothing"
        raise UserError(f"{path}: no TIFF frames in this folder (it holds {found}); expected one .tif a frame")
    return [os.path.join(path, name) for name in in_natural_order(path, tiffs)]


def files_of_glob(pattern: str) -> list[str]:
    """The files that a glob matches, in the order of frames; raises UserError if there is none."""
    files = [name for name in glob.glob(pattern) if not os.path.isdir(name)]
    if not files:
        raise UserError(f"{pattern}: matches no file; expected one .tif a frame")
    return in_natural_order(pattern, files)


def _lister(path: str) -> Callable[[str], list[str]]:
    """The function that lists what is at a path."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise UserError(
                f"{path}: is neither a file nor a folder; expected a TIFF stack, TIFF frames or an OME-Zarr"
            )
    except FileNotFoundError:
        if any(character in path for character in GLOB_CHARACTERS):
            return files_of_glob
        if not os.path.islink(path):
            raise UserError(
                f"{path}: no such file or folder; expected a TIFF stack, a folder of TIFF frames or an OME-Zarr"
            ) from None
    if not os.path.isdir(path):
        return lambda name: [name]
    return _files_below if is_zarr(path) else files_in_folder


def _files_below(path: str) -> list[str]:
    def refuse(error: OSError) -> None:
        raise error

    return sorted(os.path.join(top, name) for top, _, names in os.walk(path, onerror=refuse) for name in names)
