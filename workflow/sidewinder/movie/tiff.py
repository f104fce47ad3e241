"""A TIFF file with all frames of a movie: plain, ImageJ hyperstack, OME-TIFF, one file or several."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import tifffile

from sidewinder.movie.causes import damaged
from sidewinder.movie.movie import Frames, SeveralPositions, choose_position
from sidewinder.movie.ome_set import is_one_of_several, lost_files, metadata_elsewhere, read_companion
from sidewinder.movie.ome_xml import read_ome
from sidewinder.movie.resolution import with_size_by_resolution
from sidewinder.movie.tiff_checks import check_alike, check_described
from sidewinder.movie.tiff_frames import Reading, frames_of_series
from sidewinder.movie.tiff_header import check_header
from sidewinder.movie.tiff_positions import positions_of
from sidewinder.movie.tiff_series import main_series

# the open files of `read_once`, by path
_kept: ContextVar[dict[str, tifffile.TiffFile] | None] = ContextVar("_kept", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within, the directory of a file of several positions is read once for all; no pixels can be read afterwards."""
    kept: dict[str, tifffile.TiffFile] = {}
    before = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(before)
        for tif in kept.values():
            tif.close()


def open_tiff(path: str, position: str | None) -> Frames:
    """Open a stack; the file stays open as long as its frames are of use.

    Parameters
    ----------
    path : str
        A TIFF file.
    position : str or None
        Which series of images, where there are several.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If the file is broken or cut off, or is no flat movie.
    """
    kept = _kept.get()
    if kept is not None and path in kept:
        return with_size_by_resolution(path, kept[path], read_tiff_frames(path, kept[path], position))
    tif = open_file(path, path)
    try:
        with damaged(path, "its OME metadata cannot be understood"):
            elsewhere = metadata_elsewhere(path, tif)
        if elsewhere is not None:
            tif.close()
            tif = open_file(elsewhere[0], path, elsewhere[1])
        frames = with_size_by_resolution(path, tif, read_tiff_frames(path, tif, position))
    except SeveralPositions:
        if kept is None:
            tif.close()
        else:
            kept[path] = tif
        raise
    except BaseException:
        tif.close()
        raise
    weakref.finalize(frames.read, tif.close)
    return frames


def open_companion(path: str, position: str | None) -> Frames:
    """Open the TIFFs that a companion file describes; as `open_tiff`."""
    tiff, xml = read_companion(path)
    tif = open_file(tiff, path, xml)
    try:
        frames = read_tiff_frames(path, tif, position)
    except BaseException:
        tif.close()
        raise
    weakref.finalize(frames.read, tif.close)
    return frames


def describes_several(path: str) -> bool:
    """Whether a file is a TIFF whose metadata are those of several files; raises UserError if it cannot be read."""
    if not path.lower().endswith((".tif", ".tiff")):
        return False
    with open_file(path, f"{path} (frame 0)") as tif:
        return is_one_of_several(path, tif)


def open_file(path: str, where: str, ome_xml: str | None = None) -> tifffile.TiffFile:
    """Open a TIFF, with its own OME metadata or others; raises UserError, with `where` for its name, if it is none."""
    with damaged(where, "cannot be read as TIFF"):
        with open(path, "rb") as file:
            check_header(where, file)
        return tifffile.TiffFile(path, omexml=ome_xml)


def read_tiff_frames(
    path: str, tif: tifffile.TiffFile, position: str | None, unknown: str = "T", first_frame: int = 0
) -> Frames:
    """Find the frames of an open TIFF.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        Open, and open still when a frame is read.
    position : str or None
        Which series of images, where there are several.
    unknown : {"T", "C"}
        What an axis is of which the file says nothing.
    first_frame : int
        The number of the file's first frame in the movie, for messages.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        For the same reasons as `open_tiff`.
    """
    with damaged(path, "its TIFF structure is broken"):
        ome = read_ome(path, tif.ome_metadata or "") if tif.is_ome else None
        series_list = main_series(path, tif)
        positions = positions_of(path, tif, series_list, ome)
        check_alike(path, tif, series_list, position)
        check_described(path, tif, series_list)
        chosen = choose_position(path, positions.names, position)
        index, region = (0, chosen) if positions.are_regions else (chosen, 0)
        lost = lost_files(path, ome) if ome is not None else []
        reading = Reading(path, unknown, first_frame, may_be_stopped=not lost)
        return frames_of_series(series_list[index], region, positions.describe(chosen), reading)
