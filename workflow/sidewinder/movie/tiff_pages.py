"""The images of a TIFF one by one: whether each is there in full, and its pixels."""

import logging
import threading
from collections.abc import Callable, Sequence
from math import prod

import numpy as np
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.causes import AGAIN

log = logging.getLogger("sidewinder")

GREY_OR_RGB = {tifffile.PHOTOMETRIC.MINISWHITE, tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.RGB}
PHOTOMETRIC = 262
# 4096 x 4096: writers take tiles of up to some thousand pixels a side, however small the image is
LARGEST_TILE_PX = 2**24


def page_reader(
    path: str, series: tifffile.TiffPageSeries, wanted: np.ndarray, first_frame: int
) -> Callable[[int], np.ndarray]:
    """Check that images are there, and make a function that reads one.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    series : tifffile.TiffPageSeries
        The series that they belong to.
    wanted : ndarray of int, (T, C)
        The numbers of the images in the series.
    first_frame : int
        The number of the first frame in the movie, for messages.

    Returns
    -------
    callable
        A function from the number of an image to its pixels, of the shape that is stored. It raises whatever tifffile
        does.

    Raises
    ------
    UserError
        If an image is missing or cut off, or it is not said what its least value means.
    """
    keyframe, start = series.keyframe, series.dataoffset
    # raw bytes one after the other; ImageJ then describes the first image only, as it must above 4 GB
    file, raw_dtype = keyframe.parent.filehandle, np.dtype(series.dtype).newbyteorder(keyframe.parent.byteorder)
    pages = list(series) if start is None else ()
    for one in {id(page.keyframe): page.keyframe for page in pages if page and page.keyframe}.values():
        _check_tile(path, one)
    in_black = _least_is_black(path, keyframe)
    lock = threading.Lock()

    def is_there(index: int) -> bool:
        return _is_whole(pages[index]) if start is None else start + (index + 1) * keyframe.nbytes <= file.size

    _check_all(path, wanted, first_frame, is_there)

    def read_page(index: int) -> np.ndarray:
        with lock:
            if start is None:
                return in_black(_read(pages[index]))  # type: ignore[arg-type]  # all that are wanted are there, see above
            return in_black(file.read_array(raw_dtype, keyframe.size, start + index * keyframe.nbytes))

    return read_page


def _check_tile(path: str, keyframe: tifffile.TiffPage) -> None:
    """Refuse tiles for which a decoder would take far more memory than the image needs."""
    tile_px = keyframe.tilewidth * keyframe.tilelength if keyframe.is_tiled else 0
    image_px = keyframe.imagewidth * keyframe.imagelength
    if tile_px > image_px + LARGEST_TILE_PX:
        raise UserError(
            f"{path}: its header says that a tile has {keyframe.tilewidth} x {keyframe.tilelength} pixels, and an "
            f"image {keyframe.imagewidth} x {keyframe.imagelength}; {AGAIN}"
        )


def _check_all(path: str, wanted: np.ndarray, first_frame: int, is_there: Callable[[int], bool]) -> None:
    """Refuse a movie of which an image is missing or cut off."""
    for (frame, _), index in np.ndenumerate(wanted):
        if not is_there(index):
            raise UserError(
                f"{path}: frame {first_frame + frame} is missing or cut off (image {index} of {wanted.size}); {AGAIN}"
            )


def _read(page: tifffile.TiffPage | tifffile.TiffFrame) -> np.ndarray:
    """Decode an image; the other files of an OME-TIFF in several are opened for one image at a time."""
    file = page.parent.filehandle
    was_closed = file.closed
    if was_closed:
        file.open()
    try:
        return page.asarray()
    finally:
        if was_closed:
            file.close()


def _is_whole(page: tifffile.TiffPage | tifffile.TiffFrame | None) -> bool:
    """Whether all bytes of an image are in its file."""
    if page is None or page.keyframe is None or not page.dataoffsets or 0 in page.databytecounts:
        return False
    ends = (offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True))
    return max(ends) <= page.parent.filehandle.size and _is_covered(page.keyframe, page.databytecounts)


def _is_covered(keyframe: tifffile.TiffPage, byte_counts: Sequence[int]) -> bool:
    """Whether strips or tiles of so many bytes can hold all pixels of an image."""
    if keyframe.compression != tifffile.COMPRESSION.NONE:
        return len(byte_counts) >= prod(keyframe.chunked)
    if keyframe.photometric not in GREY_OR_RGB:
        return True
    values = keyframe.imagewidth * keyframe.imagelength * keyframe.samplesperpixel
    return sum(byte_counts) >= values * int(keyframe.bitspersample) // 8


def _least_is_black(path: str, keyframe: tifffile.TiffPage) -> Callable[[np.ndarray], np.ndarray]:
    """A function that inverts pixels of which the least value is white, as a header may say."""
    is_white = keyframe.photometric == tifffile.PHOTOMETRIC.MINISWHITE and PHOTOMETRIC in keyframe.tags
    # masks, of one bit, are written so by many programs, and mean by 1 what is marked
    if not is_white or keyframe.dtype is None or keyframe.dtype.kind == "b":
        return lambda pixels: pixels
    if keyframe.dtype.kind == "f":
        raise UserError(
            f"{path}: says that its least value is white (PhotometricInterpretation 0), which floating-point pixels do "
            "not define; save it again with black as the least value"
        )
    # -1 for signed integers, of which the least one becomes the largest
    white = keyframe.dtype.type(2**keyframe.bitspersample - 1 if keyframe.dtype.kind == "u" else -1)
    log.info("%s: its least value is white; grey values are inverted (v becomes %d - v)", path, white)
    return lambda pixels: white - pixels
