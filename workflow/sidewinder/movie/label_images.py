"""Label images of the user's own, which stand beside a movie: as Cellpose, StarDist, ilastik and others leave them."""

import glob
import os
from typing import TYPE_CHECKING

from sidewinder.errors import UserError
from sidewinder.movie.listing import CELLPOSE, is_zarr

if TYPE_CHECKING:
    # loads NumPy, which the process of a run does not need
    from sidewinder.movie.movie import Movie

CELLPOSE_SESSION = "_seg.npy"


def open_label_images(path: str, frames: str | None = None) -> "Movie":
    """Open label images without reading them.

    Parameters
    ----------
    path : str
        A TIFF stack, a folder or glob of TIFF files with one label image a frame, or an OME-Zarr: a label image, or an
        image that has labels. In a folder that holds files `*_cp_masks.*` these are the label images.
    frames : str, optional
        Which to take, such as "0-119,130".

    Returns
    -------
    Movie
        Its values are the labels.

    Raises
    ------
    UserError
        As of `open_movie`; if labels are to be chosen from several; or where there is but a session of Cellpose.
    """
    # what reads movies takes long to import, and the files alone are asked for by the process of a run
    from sidewinder.movie.opening import open_movie

    return open_movie(label_path(path), frames=frames)


def label_path(path: str) -> str:
    """Where in what a user names the label images are, as a path of a movie.

    Parameters
    ----------
    path : str
        As for `open_label_images`.

    Raises
    ------
    UserError
        If labels are to be chosen from several, or where there is but a session of Cellpose.
    """
    if path.endswith(".npy"):
        raise _of_session(path)
    if not os.path.isdir(path):
        return path
    if is_zarr(path):
        return _in_zarr(path)
    names = os.listdir(path)
    if any(CELLPOSE in name for name in names):
        return os.path.join(glob.escape(path), f"*{CELLPOSE}.*")
    if any(name.endswith(CELLPOSE_SESSION) for name in names):
        raise _of_session(path)
    return path


def _in_zarr(path: str) -> str:
    folder = os.path.join(path, "labels")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = [name for name in names if is_zarr(os.path.join(folder, name))]
    if len(found) > 1:
        raise UserError(
            f"{path}: has {len(found)} label images ({', '.join(found[:20])}); name one, such as {folder}/{found[0]}"
        )
    return os.path.join(folder, found[0]) if found else path


def _of_session(path: str) -> UserError:
    return UserError(
        f"{path}: is a session of Cellpose (*{CELLPOSE_SESSION}), which may run code when it is opened: it is not "
        "read; save the masks as TIFF (in Cellpose: File, Save masks as PNG/tif; on the command line: --save_tif)"
    )
