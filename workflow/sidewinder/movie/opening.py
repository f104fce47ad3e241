"""Opens the movie at a path, whatever is there."""

import os
from pathlib import Path

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.causes import damaged
from sidewinder.movie.folder import open_files
from sidewinder.movie.listing import is_zarr, raw_files
from sidewinder.movie.movie import Frames, Movie, choose_position
from sidewinder.movie.naming import warn_of_order
from sidewinder.movie.omezarr import open_omezarr
from sidewinder.movie.tiff import open_tiff

# classic and Big TIFF, in both byte orders
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
VENDORS = {
    ".nd2": "Nikon ND2",
    ".czi": "Zeiss CZI",
    ".lsm": "Zeiss LSM",
    ".lif": "Leica LIF",
    ".lof": "Leica LOF",
    ".oib": "Olympus OIB",
    ".oif": "Olympus OIF",
    ".oir": "Olympus OIR",
    ".vsi": "Olympus VSI",
    ".ims": "Imaris",
    ".dv": "DeltaVision",
    ".stk": "MetaMorph STK",
    ".nd": "MetaMorph ND",
    ".sld": "SlideBook",
    ".h5": "HDF5",
    ".hdf5": "HDF5",
    ".ozx": "zipped OME-Zarr",
    ".zip": "zip",
    ".avi": "video",
    ".mp4": "video",
    ".mov": "video",
}


def open_movie(path: str | Path, position: str | None = None) -> Movie:
    """Open a movie without reading its pixels.

    Parameters
    ----------
    path : str or Path
        A TIFF stack (plain, ImageJ hyperstack, OME-TIFF), a folder of TIFF frames, a glob (`*`, `?`, `[]`) of them, or
        an OME-Zarr 0.4 or 0.5.
    position : str, optional
        Which position of a file with several: its name, or its number from 0.

    Returns
    -------
    Movie

    Raises
    ------
    UserError
        If it cannot be a movie in 2-D; names the file, and the frame where it is a frame's fault.
    """
    path = str(path)
    return _frames_at(path, position).to_movie(path)


def movie_shape(path: str | Path, position: str | None = None) -> tuple[tuple[int, int, int, int], np.dtype]:
    """The shape and the dtype of a movie, from its header.

    Parameters
    ----------
    path, position
        As for `open_movie`.

    Returns
    -------
    shape : tuple of int
        (T, C, Y, X).
    dtype : dtype

    Raises
    ------
    UserError
        For the same reasons as `open_movie`.
    """
    frames = _frames_at(str(path), position)
    return (frames.n_frames, *frames.shape_cyx), np.dtype(frames.dtype)


def _frames_at(path: str, position: str | None) -> Frames:
    with damaged(path, "its header cannot be understood"):
        if os.path.isdir(path) and is_zarr(path):
            return open_omezarr(path, position)
        files = [str(file) for file in raw_files(path)]
        if files == [path]:
            _refuse_other_formats(path)
            return open_tiff(path, position)
        choose_position(path, ["0"], position)
        warn_of_order(path, [os.path.relpath(file, path) for file in files] if os.path.isdir(path) else files)
        return open_files(files)


def _refuse_other_formats(path: str) -> None:
    vendor = VENDORS.get(Path(path).suffix.lower())
    if vendor:
        raise UserError(
            f"{path}: {vendor} files are not read; export the movie as OME-TIFF or OME-Zarr, "
            "with the microscope's software, Fiji (Bio-Formats) or bioformats2raw"
        )
    with open(path, "rb") as file:
        start = file.read(4)
    if start not in TIFF_STARTS:
        what = "is empty" if not start else "is not a TIFF"
        raise UserError(f"{path}: {what}; expected a TIFF stack, a folder of TIFF frames or an OME-Zarr")
