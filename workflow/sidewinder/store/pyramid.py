"""The levels of an image: each half as wide as the one before."""

import numpy as np

# a viewer draws a frame of this size at once
LARGEST_TOP_PX = 1024


def level_shapes(shape_yx: tuple[int, int]) -> list[tuple[int, int]]:
    """The sizes of all levels, full size first; the last is the first whose shorter side is at most 1024 pixels.

    Parameters
    ----------
    shape_yx : tuple of int
        Full size.

    Returns
    -------
    list of tuple of int
        At least the full size. Odd sizes are rounded up.
    """
    y, x = shape_yx
    shapes = [(y, x)]
    while min(y, x) > LARGEST_TOP_PX:
        y, x = (y + 1) // 2, (x + 1) // 2
        shapes.append((y, x))
    return shapes


def downsample_mean(frame: np.ndarray) -> np.ndarray:
    """Halve an image by the mean of 2 x 2 pixels; at odd edges the last row or column counts twice.

    Parameters
    ----------
    frame : ndarray, (..., Y, X)
        Integers are rounded half up.

    Returns
    -------
    ndarray, (..., ceil(Y / 2), ceil(X / 2))
        In the dtype of `frame`.
    """
    y, x = frame.shape[-2:]
    if y % 2 or x % 2:
        frame = np.pad(frame, [(0, 0)] * (frame.ndim - 2) + [(0, y % 2), (0, x % 2)], mode="edge")
    if np.issubdtype(frame.dtype, np.floating):
        corners = [frame[..., i::2, j::2] for i in (0, 1) for j in (0, 1)]
        return (np.sum(corners, axis=0, dtype=np.float64) / 4).astype(frame.dtype)
    wide = {1: np.int16, 2: np.int32}.get(frame.dtype.itemsize, np.int64)
    # whole rows first, whose pixels lie one behind the other
    rows = np.add(frame[..., 0::2, :], frame[..., 1::2, :], dtype=wide)
    total: np.ndarray = rows[..., 0::2] + rows[..., 1::2]
    total += 2
    # a quarter, rounded down, also of negative numbers
    total >>= 2
    return total.astype(frame.dtype)


def downsample_nearest(labels: np.ndarray) -> np.ndarray:
    """Halve a label image by taking every second pixel, for a mean of two labels would be a third cell.

    Parameters
    ----------
    labels : ndarray, (..., Y, X)

    Returns
    -------
    ndarray, (..., ceil(Y / 2), ceil(X / 2))
        In the dtype of `labels`.
    """
    return labels[..., ::2, ::2]
