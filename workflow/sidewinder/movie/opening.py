"""Opens the movie at a path, whatever is there."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.causes import damaged
from sidewinder.movie.chosen import taken
from sidewinder.movie.colours import only_colour
from sidewinder.movie.file_grid import arrange_files
from sidewinder.movie.folder import open_files
from sidewinder.movie.listing import is_zarr, parts_of, raw_files
from sidewinder.movie.micromanager_folder import folders_of_positions, open_micromanager
from sidewinder.movie.movie import RGB, Frames, Movie
from sidewinder.movie.ome_files import COMPANION, INDEX
from sidewinder.movie.omezarr import open_omezarr
from sidewinder.movie.pieces import are_pieces, open_pieces
from sidewinder.movie.slices import flattened
from sidewinder.movie.tiff import describes_several, open_companion, open_tiff
from sidewinder.movie.vendors import open_vendor, vendor_of
from sidewinder.movie.zarr_store import ZIPPED

# classic and Big TIFF, in both byte orders
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
VENDORS = {
    ".lof": "Leica LOF",
    ".oib": "Olympus OIB",
    ".oif": "Olympus OIF",
    ".oir": "Olympus OIR",
    ".vsi": "Olympus VSI",
    ".ims": "Imaris",
    ".dv": "DeltaVision",
    ".nd": "MetaMorph ND",
    ".sld": "SlideBook",
    ".h5": "HDF5",
    ".hdf5": "HDF5",
}


def open_movie(
    path: str | Path, position: str | None = None, *, frames: str | None = None, z: str | None = None
) -> Movie:
    """Open a movie without reading its pixels, but for up to three frames of one in colour.

    Parameters
    ----------
    path : str or Path
        A file, a folder or a glob (`*`, `?`, `[]`), or several with `;` between them: docs/formats.md has the formats.
    position : str, optional
        Which position of several: its name, or its number from 0.
    frames : str, optional
        Which frames to take, such as "0-119,130", by their numbers in the file; all without.
    z : str, optional
        What becomes of z-slices: "max", "mean", "sharpest", a slice's number from 0, or "time".

    Returns
    -------
    Movie

    Raises
    ------
    UserError
        If it cannot be a movie in 2-D; names the file, and the frame where it is a frame's fault.
    """
    path = str(path)
    return _frames_at(path, position, frames, z).to_movie(path)


def movie_shape(
    path: str | Path, position: str | None = None, *, frames: str | None = None, z: str | None = None
) -> tuple[tuple[int, int, int, int], np.dtype]:
    """The shape and the dtype of a movie, from its header.

    Parameters
    ----------
    path, position, frames, z
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
    found = _frames_at(str(path), position, frames, z)
    return (found.n_frames, *found.shape_cyx), np.dtype(found.dtype)


def open_frames(path: str, position: str | None = None) -> Frames:
    """What a reader finds at a path, with z-slices, without reading pixels; as `open_movie`."""
    with damaged(path, "its header cannot be understood"):
        return _opened_at(path, position)


def _frames_at(path: str, position: str | None, chosen: str | None, z: str | None) -> Frames:
    with damaged(path, "its header cannot be understood"):
        frames = taken(path, flattened(path, _opened_at(path, position), z), chosen)
        return only_colour(path, frames) if tuple(frames.channel_names) == RGB else frames


def _opened_at(path: str, position: str | None) -> Frames:
    """Open what is at a path."""
    if os.path.isdir(path) and is_zarr(path):
        return open_omezarr(path, position)
    if len(parts := parts_of(path)) > 1:
        return _open_parts(path, parts)
    files = raw_files(path)
    is_alone = files == [str(Path(path))]
    if path.lower().endswith(COMPANION):
        return open_companion(path, position)
    if is_alone and path.lower().endswith(ZIPPED):
        return open_omezarr(path, position)
    if is_alone and (vendor := vendor_of(path)):
        return open_vendor(path, vendor, position)
    if is_alone:
        _refuse_other_formats(path)
        return open_tiff(path, position)
    if os.path.isdir(path) and (described := described_in(path, files)):
        return described(position)
    return _open_many(path, files, position)


def _open_parts(path: str, parts: list[str]) -> Frames:
    """Open stacks that are named one after the other as one movie."""
    for part in parts:
        if is_zarr(part):
            raise UserError(f"{path}: {part} is an OME-Zarr; expected TIFF stacks, which are read one after the other")
    return open_pieces(path, raw_files(path))


def described_in(folder: str, files: list[str]) -> Callable[[str | None], Frames] | None:
    """What opens the files of a folder in which one file says what all are; None if none does."""
    if folders := folders_of_positions(folder):
        return lambda position: open_micromanager(folder, folders, position)
    companions = sorted(name for name in os.listdir(folder) if name.lower().endswith(COMPANION))
    if len(companions) == 1:
        return lambda position: open_companion(os.path.join(folder, companions[0]), position)
    if os.path.isfile(os.path.join(folder, INDEX)) or describes_several(files[0]):
        return lambda position: open_tiff(files[0], position)
    return None


def _open_many(path: str, files: list[str], position: str | None) -> Frames:
    """Open the files of a folder or glob."""
    # folders are few where files are many
    parents = [os.path.dirname(file) for file in files]
    folder = os.path.commonpath([os.path.abspath(parent) for parent in set(parents)])
    below = {parent: os.path.relpath(parent or ".", folder) for parent in set(parents)}
    names = [
        os.path.join(below[parent], os.path.basename(file)).removeprefix("./")
        for parent, file in zip(parents, files, strict=True)
    ]
    grid = arrange_files(path, files, names, position)
    if len(grid.files[0]) == 1:
        stacks = [file for (file,) in grid.files]
        if are_pieces(stacks):
            return open_pieces(path, stacks)
    return open_files(path, grid)


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
