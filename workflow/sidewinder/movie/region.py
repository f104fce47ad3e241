"""The region of a movie that a user has chosen: a rectangle, a mask image, or ROIs as Fiji saves them."""

import logging

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie
from sidewinder.movie.pictures import is_picture, open_picture
from sidewinder.movie.rois import rois_mask
from sidewinder.rectangle import is_empty, parse_rectangle

log = logging.getLogger("sidewinder")

ROIS = (".roi", ".zip")


def open_region(region: str, shape_yx: tuple[int, int]) -> np.ndarray:
    """The pixels of the region.

    Parameters
    ----------
    region : str
        A rectangle as of `parse_rectangle`; the path of ROIs as for `rois_mask`; or that of an image, TIFF or PNG,
        which is 0 outside.
    shape_yx : tuple of int
        The shape of the movie's frames.

    Returns
    -------
    ndarray of bool, shape (Y, X)
        True inside, which some pixels are.

    Raises
    ------
    UserError
        If it cannot be read, has no pixel, is of another shape, or a rectangle goes beyond the frame.
    """
    rectangle = parse_rectangle(region)
    if rectangle is not None:
        inside = _in_rectangle(region, rectangle, shape_yx)
    elif region.lower().endswith(ROIS):
        inside = rois_mask(region, shape_yx)
    else:
        inside = _mask(region, shape_yx)
    log.info("region: %s, %.0f %% of the frame; cells are looked for in it alone", region, 100 * inside.mean())
    return inside


def _in_rectangle(region: str, rectangle: tuple[slice, slice], shape_yx: tuple[int, int]) -> np.ndarray:
    inside = np.zeros(shape_yx, dtype=bool)
    if is_empty(rectangle) or any(side.stop > length for side, length in zip(rectangle, shape_yx, strict=True)):
        height, width = shape_yx
        raise UserError(
            f"region {region} does not lie in the movie's frames, which are {height} x {width} px (height x width); "
            f"the whole frame is 0:{height},0:{width}"
        )
    inside[rectangle] = True
    return inside


def _mask(path: str, shape_yx: tuple[int, int]) -> np.ndarray:
    image = open_picture(path, path).to_movie(path) if is_picture(path) else open_movie(path)
    n_images, _, height, width = image.shape
    if n_images != 1:
        raise UserError(f"{path}: has {n_images} images; expected one mask, which holds for all frames")
    if (height, width) != tuple(shape_yx):
        raise UserError(
            f"{path}: the mask is {height} x {width} px (height x width), but the movie's frames are {shape_yx[0]} x "
            f"{shape_yx[1]} px; save it in the size of the raw frames"
        )
    inside: np.ndarray = (np.nan_to_num(image.read(0)) != 0).any(axis=0)
    if not inside.any():
        raise UserError(f"{path}: all pixels of the mask are 0, which is outside of the region; expected others inside")
    return inside
