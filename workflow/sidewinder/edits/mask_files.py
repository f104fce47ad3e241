"""Masks of single cells that users have drawn: small label images that say where in the frame they lie."""

import re
from pathlib import Path

import numpy as np

from sidewinder.errors import UserError
from sidewinder.store import read_tiff_labels

# row and column of the first pixel; without them the image is as large as the frame
CORNER = re.compile(r"_y(\d{1,6})_x(\d{1,6})\.tiff?\Z")


def mask_name(frame: int, top: int, left: int, number: int) -> str:
    """What the mask is called of an edit, of which a frame may have several."""
    return f"{frame:04d}-{number}_y{top}_x{left}.tif"


def read_mask(path: Path, shape_yx: tuple[int, int]) -> np.ndarray:
    """Read a mask.

    Parameters
    ----------
    path : Path
        A label image: of the frame's size, or a part of it whose corner the name says, such as `0012-1_y34_x120.tif`.
    shape_yx : tuple of int
        The frame's size.

    Returns
    -------
    ndarray of int32, shape shape_yx
        1, 2, ... for each cell; 0 elsewhere.

    Raises
    ------
    UserError
        If there is no such file, it holds no cells, or does not lie within the frame.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no such mask, which edits.tsv names; put it there, or remove the row")
    part, corner = read_tiff_labels(path), CORNER.search(path.name)
    top, left = (int(corner[1]), int(corner[2])) if corner else (0, 0)
    height, width = part.shape
    if top + height > shape_yx[0] or left + width > shape_yx[1] or (corner is None and part.shape != shape_yx):
        raise UserError(
            f"{path}: {height} x {width} px from row {top} and column {left} on; frames have {shape_yx[0]} x "
            f"{shape_yx[1]} px: save the mask in the frame's size, or say its corner in its name, such as _y34_x120.tif"
        )
    if not part.any():
        raise UserError(f"{path}: holds no cell; paint one, or remove its row from edits.tsv")
    mask = np.zeros(shape_yx, np.int32)
    numbers = np.unique(part[part > 0])
    mask[top : top + height, left : left + width] = np.where(part > 0, np.searchsorted(numbers, part) + 1, 0)
    return mask
