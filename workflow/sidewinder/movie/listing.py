"""The files that a movie is made of, found without opening one.

Cheap to import: the process of a run asks for the files of all movies, the jobs for those of one.
"""

import fnmatch
import glob
import os
import stat
from collections.abc import Callable
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.fingerprint import SNAKEMAKES, Prints, look_at
from sidewinder.movie.causes import unreachable
from sidewinder.movie.naming import in_natural_order
from sidewinder.movie.ome_files import other_files
from sidewinder.movie.url import refuse_url
from sidewinder.tiff_names import SUFFIXES, is_tiff, refuse_unfinished, scan, unfinished

# a folder that holds images of several kinds is one of the first kind
KINDS = (SUFFIXES, (".png",), (".jpg", ".jpeg"))
ZARR_MARKS = ("zarr.json", ".zgroup", ".zattrs", ".zarray")
# the label images that Cellpose leaves beside the frames that it has segmented, and all that it leaves there
CELLPOSE = "_cp_masks"
OF_CELLPOSE = (CELLPOSE, "_flows")
GLOB_CHARACTERS = "*?["
# between the paths of a movie that was recorded in several stacks
SEPARATOR = ";"


def raw_files(path: str) -> list[str]:
    """List all files that the path of a movie stands for.

    Parameters
    ----------
    path : str
        A file, a folder of TIFF, PNG or JPEG frames or of folders of them, a glob that matches them, or an OME-Zarr; or
        several of these but the last, as of `parts_of`.

    Returns
    -------
    list of str
        The file itself; the images of a folder or glob in natural order; all files below an OME-Zarr in the order
        of their names. Links that lead nowhere are among them.

    Raises
    ------
    UserError
        If nothing is there, a folder may not be listed, or the path is a URL.
    """
    refuse_url(path)
    if len(parts := parts_of(path)) > 1:
        return [file for part in parts for file in raw_files(part)]
    try:
        # without "./" and "//"
        return list(_lister(path)(str(Path(path))))
    except (OSError, ValueError) as error:
        raise unreachable(path, error) from error


def parts_of(path: str) -> list[str]:
    """The paths of a movie in several stacks, in order, where there is `;` between them; of others the path itself."""
    parts = [os.path.expanduser(part.strip()) for part in path.split(SEPARATOR)]
    return [path] if len(parts) == 1 or os.path.lexists(path) else parts


def root_of(path: str) -> str:
    """What the files of a movie are named from: the path itself, or the folder in which a glob looks, or in which all
    of several paths are."""
    if len(parts := parts_of(path)) > 1:
        try:
            return os.path.commonpath([os.path.normpath(root_of(part)) for part in parts]) or "."
        except ValueError:
            # one is absolute, another is not
            return "."
    start = min((path.find(character) for character in GLOB_CHARACTERS if character in path), default=-1)
    return path if start < 0 or os.path.exists(path) else os.path.dirname(path[:start]) or "."


def raw_prints(path: str, position: str | None) -> Prints:
    """Take the fingerprints of all files that a movie is made of, without digests.

    Parameters
    ----------
    path : str
        As for `raw_files`.
    position : str or None
        The position of an OME-TIFF in several files; see `other_files`.

    Returns
    -------
    prints : dict of str to Print
        As of `look_at`.

    Raises
    ------
    UserError
        For the reasons of `raw_files`, or if a file is not there, such as one that a link leads to, or may not be
        looked at.
    """
    files = raw_files(path)
    in_folder = os.path.isdir(path) and not is_zarr(path)
    others = other_files(path, position) if in_folder or files == [str(Path(path))] else []
    try:
        return look_at([*files, *others], root_of(path))
    except OSError as error:
        raise unreachable(path, error) from error


def is_zarr(path: str) -> bool:
    """Whether a folder is, or calls itself, a Zarr store."""
    return path.rstrip("/").lower().endswith(".zarr") or any(os.path.exists(f"{path}/{mark}") for mark in ZARR_MARKS)


def files_in_folder(path: str) -> list[str]:
    """The images in a folder, or in the folders in it, in natural order.

    Raises UserError if there is none, or one is not complete.
    """
    names, folders = scan(path)
    images = _images(names) or _images(
        [f"{folder}/{name}" for folder in folders for name in scan(os.path.join(path, folder))[0]]
    )
    if not images:
        found = ", ".join(sorted({Path(name).suffix or name for name in [*names, *folders]})[:5]) or "nothing"
        raise UserError(f"{path}: no images in this folder (it holds {found}); expected one .tif, .png or .jpg a frame")
    return [os.path.join(path, name) for name in in_natural_order(images)]


def _images(names: list[str]) -> list[str]:
    """Those of the first kind of image that is there, without what programs put beside them, unless that is all."""
    for suffixes in KINDS:
        images = [name for name in names if name.lower().endswith(suffixes)]
        if images:
            return [name for name in images if not _is_beside(name)] or images
    return []


def _is_beside(name: str) -> bool:
    """Whether a name is that of a microscope's thumbnail, or of what Cellpose leaves beside the frames."""
    return "_thumb" in name.lower() or os.path.splitext(name)[0].endswith(OF_CELLPOSE)


def files_of_glob(pattern: str) -> list[str]:
    """The files that a glob matches, in natural order; raises UserError as above."""
    found = glob.glob(pattern)
    files = [name for name in found if os.path.isfile(name) or os.path.islink(name) and not os.path.isdir(name)]
    if not files:
        raise UserError(f"{pattern}: matches no file; expected one .tif a frame")
    copies = (
        (os.path.join(folder, name), os.path.join(folder, whole))
        for folder in {os.path.dirname(name) for name in files}
        for name, whole in unfinished(os.listdir(folder or "."))
    )
    refuse_unfinished(
        pattern, ((name, os.path.basename(whole)) for name, whole in copies if fnmatch.fnmatch(whole, pattern))
    )
    odd = sorted(name for name in set(found) - set(files) if is_tiff(os.path.basename(name)))
    if odd:
        raise UserError(f"{pattern}: matches {odd[0]}, which is no file; expected one .tif a frame")
    return in_natural_order(files)


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
            hint = "; write / in place of \\" if "\\" in path else ""
            raise UserError(
                f"{path}: no such file or folder; expected a TIFF stack, a folder of TIFF frames or an OME-Zarr{hint}"
            ) from None
    if not os.path.isdir(path):
        return lambda name: [name]
    return _files_below if is_zarr(path) else files_in_folder


def _files_below(path: str) -> list[str]:
    def refuse(error: OSError) -> None:
        raise error

    walk = os.walk(path, onerror=refuse)
    return sorted(os.path.join(top, name) for top, _, names in walk for name in names if name != SNAKEMAKES)
