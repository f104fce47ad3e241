"""Regions of interest as ImageJ and Fiji save them, read by `roifile`."""

import os
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from skimage.draw import ellipse, polygon2mask

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_ROIS_BYTES
from sidewinder.movie.causes import damaged

if TYPE_CHECKING:
    from roifile import ImagejRoi

WITH_AREA = ("POLYGON", "RECT", "OVAL", "FREEHAND", "TRACED")
# they are rectangles, too
NO_OUTLINES = ("TEXT", "IMAGE")


def rois_mask(path: str, shape_yx: tuple[int, int]) -> np.ndarray:
    """The pixels of a frame that lie in one of the ROIs of a file.

    Parameters
    ----------
    path : str
        A `.roi` file, or a `.zip` with several, as of Fiji's ROI manager. For which channel, slice and time they were
        drawn is not asked.
    shape_yx : tuple of int
        The shape of the frame; what of a ROI is drawn beyond it is left out.

    Returns
    -------
    ndarray of bool, shape (Y, X)
        True where a pixel's centre is inside.

    Raises
    ------
    UserError
        If the file cannot be read, holds no ROI, or one that has no area, or no pixel in the frame; names it.
    """
    mask = np.zeros(shape_yx, dtype=bool)
    n_rois = 0
    for name, content in _contents(path):
        inside = _mask_of(name, content, shape_yx)
        if not inside.any():
            raise UserError(
                f"{name}: covers no pixel of the movie's frames, which are {shape_yx[0]} x {shape_yx[1]} px (height x "
                "width); draw it on a frame of the raw movie"
            )
        mask |= inside
        n_rois += 1
    if not n_rois:
        raise UserError(f"{path}: holds no ROI (*.roi); save it by ROI Manager, More, Save")
    return mask


def _contents(path: str) -> Iterator[tuple[str, bytes]]:
    """What each ROI is called and what its file holds."""
    with damaged(path, "cannot be read as ROIs of ImageJ"):
        if not zipfile.is_zipfile(path):
            _check_size(path, os.path.getsize(path))
            with open(path, "rb") as file:
                found = [(path, file.read())]
        else:
            with zipfile.ZipFile(path) as archive:
                members = [member for member in archive.infolist() if member.filename.lower().endswith(".roi")]
                _check_size(path, sum(member.file_size for member in members))
                found = [(f"{path}, {member.filename}", archive.read(member)) for member in members]
    yield from found


def _check_size(path: str, n_bytes: int) -> None:
    if n_bytes > LARGEST_ROIS_BYTES:
        raise UserError(f"{path}: holds {n_bytes:,} bytes of ROIs; {LARGEST_ROIS_BYTES:,} are allowed: is it a RoiSet?")


def _mask_of(name: str, content: bytes, shape_yx: tuple[int, int]) -> np.ndarray:
    """The pixels of one ROI."""
    from roifile import ImagejRoi

    with damaged(name, "cannot be read as a ROI of ImageJ"):
        roi = ImagejRoi.frombytes(content)
        if roi.roitype.name not in WITH_AREA or roi.subtype.name in NO_OUTLINES:
            kind = roi.subtype.name if roi.subtype.name in NO_OUTLINES else roi.roitype.name
            raise UserError(
                f"{name}: is a ROI of the kind {kind.lower()}, which has no area; draw a rectangle, an oval, a polygon "
                "or a freehand outline"
            )
        return _drawn(roi, shape_yx)


def _drawn(roi: "ImagejRoi", shape_yx: tuple[int, int]) -> np.ndarray:
    """The pixels whose centres are inside; ImageJ counts from the corners of pixels."""
    mask = np.zeros(shape_yx, dtype=bool)
    if roi.roitype.name == "OVAL":
        centre = ((roi.top + roi.bottom - 1) / 2, (roi.left + roi.right - 1) / 2)
        mask[ellipse(*centre, (roi.bottom - roi.top) / 2, (roi.right - roi.left) / 2, shape=shape_yx)] = True
        return mask
    for outline in roi.coordinates(multi=True):
        # an outline inside of another is a hole
        mask ^= polygon2mask(shape_yx, np.asarray(outline, np.float64)[:, ::-1] - 0.5)
    return mask
