"""How evenly the field was lit: a smooth profile of each channel, by the background of all frames."""

import logging

import numpy as np
from scipy.optimize import least_squares

from sidewinder.errors import UserError

log = logging.getLogger("sidewinder")

# along a side; of smaller tiles too many hold no background
MOST_TILES, SMALLEST_TILE_PX = 16, 32
# that the terms of the profile are well determined
FEWEST_TILES = 4
# pixels whose mean is taken along a side, so that a low quantile is that of the background and not of its noise
MEAN_OF_PX = 4
# of the means of a tile; cells are brighter, or as bright on average
BACKGROUND_PERCENT = 10
# of the logarithm of light as a polynomial of y and x
DEGREE = 2
# tiles that differ more from the profile count less, such as those that cells cover always
USUAL_RESIDUAL = 0.01
# of half of the tiles at most, or else what differs is the specimen; crowded fluorescent nuclei have 0.17, sparse 0.01
MOST_RESIDUAL = 0.04


def tile_levels(plane: np.ndarray) -> np.ndarray:
    """The background of tiles of a frame.

    Parameters
    ----------
    plane : ndarray of float32, shape (Y, X)
        Grey values above those without light; NaN where there is no data.

    Returns
    -------
    ndarray of float64, shape (n, m)
        Up to `MOST_TILES` along a side; NaN where a tile has no data.
    """
    rows, columns = (_starts(side) for side in plane.shape)
    levels = np.full((len(rows) - 1, len(columns) - 1), np.nan)
    for y, x in np.ndindex(*levels.shape):
        means = _means(plane[rows[y] : rows[y + 1], columns[x] : columns[x + 1]])
        if means.size:
            levels[y, x] = np.percentile(means, BACKGROUND_PERCENT)
    return levels


def profile_of(name: str, levels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The profile of a channel; warns, and is 1 everywhere, where the background differs too much to tell it.

    Parameters
    ----------
    name : str
        The channel's name.
    levels : ndarray, shape (n_frames, n, m)
        As of `tile_levels`, of frames that are images.
    shape : tuple of int
        Of the frames.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Light at each pixel, with a mean of 1.

    Raises
    ------
    UserError
        If frames are too small, or the background is as dark as without light.
    """
    if min(levels.shape[1:]) < FEWEST_TILES:
        smallest = FEWEST_TILES * SMALLEST_TILE_PX
        raise UserError(
            f"preprocess.flat_field: frames of {shape[0]} x {shape[1]} px are too small to estimate it; expected "
            f"{smallest} px a side or more: give a flat-field image, or leave it out"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = np.nanmedian(levels / np.nanmedian(levels, axis=(1, 2), keepdims=True), axis=0)
    if not np.nanmin(typical) > 0 or not np.nanmedian(levels) > 0:
        raise UserError(
            "preprocess.dark_field: the background is not brighter than that in a part of the field; expected the grey "
            "value of the camera without light, which is below the background: give a smaller one"
        )
    y, x = (_centres(side) for side in shape)
    known = np.isfinite(typical)
    weights, residual = _fitted(_terms(y, x)[known], np.log(typical[known]))
    if residual > MOST_RESIDUAL:
        log.warning(
            "preprocess: WARNING: flat field, channel %s: the background differs by %.0f %% from place to place beyond "
            "any smooth light, as where cells cover most of it, so that nothing is corrected: give a flat-field image",
            name, 100 * residual,
        )  # fmt: skip
        return np.ones(shape, np.float32)
    light = np.exp(_terms(*(np.linspace(-1, 1, side) for side in shape)) @ weights)
    return (light / light.mean()).astype(np.float32)


def _fitted(terms: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, float]:
    """The weights of the terms, (n,), and by how much half of what is wanted differs from their sum at most."""
    start = np.linalg.lstsq(terms, wanted, rcond=None)[0]
    found = least_squares(lambda weights: terms @ weights - wanted, start, loss="cauchy", f_scale=USUAL_RESIDUAL).x
    return found, float(np.median(np.abs(terms @ found - wanted)))


def _starts(side: int) -> np.ndarray:
    n_tiles = max(min(MOST_TILES, side // SMALLEST_TILE_PX), 1)
    return np.linspace(0, side, n_tiles + 1).astype(int)


def _centres(side: int) -> np.ndarray:
    """Where the tiles' centres lie, from -1 (the first pixel) to 1 (the last)."""
    starts = _starts(side)
    return (starts[:-1] + starts[1:] - 1) / (side - 1) - 1


def _means(tile: np.ndarray) -> np.ndarray:
    """Means of `MEAN_OF_PX` x `MEAN_OF_PX` pixels that all hold data, (N,)."""
    height, width = (side // MEAN_OF_PX for side in tile.shape)
    squares = tile[: height * MEAN_OF_PX, : width * MEAN_OF_PX].reshape(height, MEAN_OF_PX, width, MEAN_OF_PX)
    means = squares.mean(axis=(1, 3)).ravel()
    return means[np.isfinite(means)]


def _terms(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The terms of the polynomial on a grid, (len(y), len(x), n)."""
    powers = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    return np.stack([np.outer(y**i, x**j) for i, j in powers], axis=-1)
