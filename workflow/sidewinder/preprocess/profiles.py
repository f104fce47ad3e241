"""Images of the light that a user gives: a flat field and a dark field, such as BaSiC makes."""

from pathlib import Path

import numpy as np
import tifffile

from sidewinder.errors import UserError


def read_flat_field(path: str | Path, shape_cyx: tuple[int, int, int]) -> np.ndarray:
    """Read the light at each pixel.

    Parameters
    ----------
    path : path
        A TIFF, of one image for all channels or of one a channel.
    shape_cyx : tuple of int
        Of the movie's frames.

    Returns
    -------
    ndarray of float32, shape (C, Y, X)
        With a mean of 1 in each channel.

    Raises
    ------
    UserError
        If it cannot be read, has another size, or numbers that are not above 0.
    """
    light = _read("flat_field", path, shape_cyx)
    if not light.min() > 0:
        raise UserError(
            f"preprocess.flat_field: {path} has values down to {light.min():g}; expected light, above 0 everywhere: "
            "give an image of an even specimen, without the camera's own values"
        )
    return light / light.mean(axis=(1, 2), keepdims=True)


def read_dark_field(dark: float | str, shape_cyx: tuple[int, int, int]) -> np.ndarray:
    """The grey value without light, a number or the path of a TIFF as of `read_flat_field`; float32 (C, Y, X)."""
    if isinstance(dark, str):
        return _read("dark_field", dark, shape_cyx)
    return np.full(shape_cyx, dark, np.float32)


def _read(setting: str, path: str | Path, shape_cyx: tuple[int, int, int]) -> np.ndarray:
    try:
        found = tifffile.imread(path)
    except Exception as error:  # what a damaged file makes of the library is of any class
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(
            f"preprocess.{setting}: {path}: not a readable TIFF file ({reason}); give the path of one"
        ) from error
    n_channels, height, width = shape_cyx
    planes = found.squeeze()
    planes = planes[None] if planes.ndim == 2 else planes
    if planes.shape not in ((1, height, width), shape_cyx) or planes.dtype.kind not in "uif":
        raise UserError(
            f"preprocess.{setting}: {path} holds {planes.dtype} of shape {found.shape}; expected numbers of shape "
            f"({height}, {width}), as the movie's frames are, or of {n_channels} such images, one a channel"
        )
    if not np.isfinite(planes).all():
        raise UserError(f"preprocess.{setting}: {path} has pixels that are no finite numbers; export it again")
    return np.broadcast_to(planes.astype(np.float32), shape_cyx)
