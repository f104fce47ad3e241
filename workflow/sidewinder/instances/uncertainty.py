"""A model's uncertainty on a coarse grid: a by-product of the maps, kept when they are gone."""

import numpy as np

# fine enough to place a region to annotate, coarse enough to be kept for every frame
SQUARE_PX = 32


def uncertainty_grid(maps: np.ndarray) -> np.ndarray:
    """How undecided a model is in each square of a frame.

    A pixel's uncertainty is 1 less the margin between its two likeliest classes (margin sampling; Scheffer et al. 2001,
    doi:10.1007/3-540-44816-0_31).

    Parameters
    ----------
    maps : ndarray, shape (K, Y, X), uint8
        255 times the probabilities of all classes but the background.

    Returns
    -------
    uncertainty : ndarray, shape (ceil(Y / SQUARE_PX), ceil(X / SQUARE_PX)), uint8
        255 times the mean uncertainty of each square; squares at the far edges may be cut off.
    """
    # rounding may leave a step too much
    first = (255 - np.minimum(maps.sum(axis=0, dtype=np.uint16), 255)).astype(np.uint8)
    second = np.zeros_like(first)
    # the two largest, plane by plane: a sort takes thirty times as long
    for plane in maps:
        second = np.maximum(second, np.minimum(first, plane))
        first = np.maximum(first, plane)
    uncertainty = 255 - (first - second)
    rows, columns = (np.arange(0, size, SQUARE_PX) for size in uncertainty.shape)
    sums = np.add.reduceat(np.add.reduceat(uncertainty, rows, axis=0, dtype=np.uint32), columns, axis=1)
    sides = zip((rows, columns), uncertainty.shape, strict=True)
    heights, widths = (np.diff([*starts, size]) for starts, size in sides)
    return np.rint(sums / np.outer(heights, widths)).astype(np.uint8)
