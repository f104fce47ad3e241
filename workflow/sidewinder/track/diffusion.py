"""How tracks spread: mean squared displacements, and what lines through them say."""

import numpy as np
import pandas as pd

from sidewinder.track.recording import Recording

# longer lags are means of too few displacements that have too much in common: of a track at most a quarter of its
# length says something (Saxton 1997, Biophys. J. 72:1744), and more lags than ten say little more
MOST_LAGS = 10
FRAMES_OF_LAG = 4
# a line goes through any two points
FEWEST_LAGS = 3


def measure_diffusion(track: np.ndarray, frame: np.ndarray, yx_px: np.ndarray, recording: Recording) -> pd.DataFrame:
    """Measure how the tracks spread.

    Parameters
    ----------
    track : ndarray of int, shape (N,)
        Which track each cell belongs to: 0 to K - 1, sorted, and by frame within a track.
    frame : ndarray of int, shape (N,)
        The frame of each cell.
    yx_px : ndarray, shape (N, 2)
        The place of each cell, without the drift of the stage.
    recording : Recording
        The movie's scales.

    Returns
    -------
    DataFrame of float64, K rows
        From the mean squared displacement over lags of 1, 2, ... frames, at most 10 and a quarter of the frames in
        which the cell was seen. `diffusion_um2_per_s` and `diffusion_px2_per_frame`: a quarter of the slope of the
        line through it, which of Brownian motion in two dimensions is the diffusion coefficient, whatever the error of
        the places; `msd_exponent`: the slope in logarithms, about 1 of Brownian motion, 2 of a straight line. Empty
        for tracks with fewer than three such lags.
    """
    seen = np.bincount(track)
    msd = mean_squared_displacements(track, frame, yx_px, MOST_LAGS)
    lag = np.arange(1, MOST_LAGS + 1)
    usable = (FRAMES_OF_LAG * lag <= seen[:, None]) & np.isfinite(msd)
    diffusion = _slopes(lag, msd, usable) / 4
    # what does not move has no logarithm
    moves = usable & (msd > 0)
    exponent = _slopes(np.log(lag), np.log(msd, where=moves, out=np.zeros_like(msd)), moves)
    return pd.DataFrame(
        {
            "diffusion_um2_per_s": diffusion * recording.um_per_px**2 / recording.s_per_frame,
            "msd_exponent": exponent,
            "diffusion_px2_per_frame": diffusion,
        }
    )


def mean_squared_displacements(track: np.ndarray, frame: np.ndarray, yx_px: np.ndarray, n_lags: int) -> np.ndarray:
    """The squared displacement over each lag, averaged along each track over all pairs of frames in which it was seen.

    Parameters
    ----------
    track, frame, yx_px : ndarray
        The same as for `measure_diffusion`.
    n_lags : int
        Up to which lag, in frames.

    Returns
    -------
    ndarray of float64, shape (K, n_lags)
        In square pixels; column i is lag i + 1. NaN where there is no such pair.
    """
    n_tracks = int(track.max(initial=-1)) + 1
    total, pairs = np.zeros(n_tracks * n_lags), np.zeros(n_tracks * n_lags)
    # frames so far apart are at most as many rows apart
    for rows in range(1, n_lags + 1):
        lag = frame[rows:] - frame[:-rows]
        before = np.flatnonzero((track[rows:] == track[:-rows]) & (lag <= n_lags))
        squared = sum((yx_px[before + rows, axis] - yx_px[before, axis]) ** 2 for axis in range(2))
        of = track[before] * n_lags + lag[before] - 1
        total += np.bincount(of, weights=squared, minlength=len(total))
        pairs += np.bincount(of, minlength=len(total))
    return np.divide(total, pairs, out=np.full(len(total), np.nan), where=pairs > 0).reshape(n_tracks, n_lags)


def _slopes(x: np.ndarray, y: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Slopes of the lines through usable points; x of shape (L,), y and usable (K, L). NaN for too few points."""
    n_points = usable.sum(axis=1)
    off_x = np.where(usable, x - _means(np.broadcast_to(x, y.shape), usable, n_points), 0)
    off_y = np.where(usable, y - _means(y, usable, n_points), 0)
    slopes = np.full(len(y), np.nan)
    enough = n_points >= FEWEST_LAGS
    slopes[enough] = (off_x * off_y).sum(axis=1)[enough] / (off_x**2).sum(axis=1)[enough]
    return slopes


def _means(values: np.ndarray, usable: np.ndarray, n_points: np.ndarray) -> np.ndarray:
    """Means over usable points of each row, shape (K, 1); 0 for none."""
    return (np.where(usable, values, 0).sum(axis=1) / np.maximum(n_points, 1))[:, None]
