"""Axes, one letter each: T time, C channel, S sample of a pixel, Z slice, R position, Y, X, and those of no meaning."""

from collections.abc import Sequence

import numpy as np

from sidewinder.errors import UserError

# what tifffile calls an axis of which the file says nothing
UNKNOWN = "IQ"
KNOWN = "TCSRZYX"


def understand(path: str, axes: str, shape: Sequence[int], unknown: str) -> str:
    """Check the axes of a movie and give meaning to one that has none.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    axes : str
        One letter an axis; axes of length 1 may be anything.
    shape : sequence of int
        The lengths of these axes.
    unknown : {"T", "C"}
        What an axis without a meaning is.

    Returns
    -------
    str
        The same as `axes`, in which the letters of all axes longer than 1 are different and among "TCSRZYX".

    Raises
    ------
    UserError
        If there are axes that cannot be tracked along, or two axes of the same meaning.
    """
    understood = "".join(unknown if axis in UNKNOWN else axis for axis in axes)
    long = [(axis, length) for axis, length in zip(understood, shape, strict=True) if length > 1]
    for axis, length in long:
        if axis not in KNOWN:
            raise UserError(f"{path}: has an axis {axis} of length {length}; expected time, channel, Z, Y and X only")
    letters = [axis for axis, _ in long]
    if len(set(letters)) < len(letters):
        sizes = " x ".join(str(length) for _, length in long)
        raise UserError(
            f"{path}: does not say which of its axes ({sizes}) is time and which is channel; "
            "save it as OME-TIFF, as an ImageJ hyperstack or as OME-Zarr"
        )
    return understood


def arrange(array: np.ndarray, axes: str, wanted: str) -> np.ndarray:
    """Order the axes of an array.

    Parameters
    ----------
    array : ndarray
    axes : str
        The array's axes; those longer than 1 are all different and among `wanted`.
    wanted : str
        The axes of the result; those that `array` does not have get length 1.

    Returns
    -------
    ndarray
        A view where possible.
    """
    long = {axis: length for axis, length in zip(axes, array.shape, strict=True) if length > 1}
    order = [list(long).index(axis) for axis in wanted if axis in long]
    return array.reshape(tuple(long.values())).transpose(order).reshape([long.get(axis, 1) for axis in wanted])
