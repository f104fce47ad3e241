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
        for tracks with fewer than three such lags. Where frames were taken at times of their own, lags are times, in
        frame intervals, to the nearest of which pairs are put together, but for `diffusion_px2_per_frame`.
    """
    in_frames, exponent = _spread(track, frame, yx_px)
    in_intervals = in_frames
    if not recording.is_even:
        in_intervals, exponent = _spread(track, recording.times_s[frame] / recording.s_per_frame, yx_px)
    return pd.DataFrame(
        {
            "diffusion_um2_per_s": in_intervals * recording.um_per_px**2 / recording.s_per_frame,
            "msd_exponent": exponent,
            "diffusion_px2_per_frame": in_frames,
        }
    )


def _spread(track: np.ndarray, moment: np.ndarray, yx_px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Diffusion coefficient, in square pixels per unit of `moment`, and exponent of each track, (K,) each."""
    seen = np.bincount(track)
    msd, lag = mean_squared_displacements(track, moment, yx_px, MOST_LAGS)
    usable = (FRAMES_OF_LAG * np.arange(1, MOST_LAGS + 1) <= seen[:, None]) & np.isfinite(msd)
    diffusion = _slopes(lag, msd, usable) / 4
    # what does not move has no logarithm
    moves = usable & (msd > 0)
    exponent = _slopes(_log(lag, moves), _log(msd, moves), moves)
    return diffusion, exponent


def mean_squared_displacements(
    track: np.ndarray, moment: np.ndarray, yx_px: np.ndarray, n_lags: int
) -> tuple[np.ndarray, np.ndarray]:
    """The squared displacement over each lag, averaged along each track over all pairs of frames in which it was seen.

    Parameters
    ----------
    track, yx_px : ndarray
        The same as for `measure_diffusion`.
    moment : ndarray, shape (N,)
        When each cell was seen, in frames, or in frame intervals, of which there may be fractions.
    n_lags : int
        Up to which lag, in units of `moment`.

    Returns
    -------
    msd : ndarray of float64, shape (K, n_lags)
        In square pixels; column i is of lags that are i + 1, to the nearest. NaN where there is no such pair.
    lag : ndarray of float64, shape (K, n_lags)
        The mean of these lags.
    """
    n_tracks = int(track.max(initial=-1)) + 1
    squares, lags, pairs = np.zeros((3, n_tracks * n_lags))
    # of whole frames, those so far apart are at most as many rows apart
    for rows in range(1, n_lags + 1):
        lag = moment[rows:] - moment[:-rows]
        nearest = np.rint(lag).astype(np.int64)
        before = np.flatnonzero((track[rows:] == track[:-rows]) & (nearest >= 1) & (nearest <= n_lags))
        squared = sum((yx_px[before + rows, axis] - yx_px[before, axis]) ** 2 for axis in range(2))
        of = track[before] * n_lags + nearest[before] - 1
        for total, weights in ((squares, squared), (lags, lag[before]), (pairs, None)):
            total += np.bincount(of, weights=weights, minlength=len(total))
    means = [np.divide(t, pairs, out=np.full(len(t), np.nan), where=pairs > 0) for t in (squares, lags)]
    return means[0].reshape(n_tracks, n_lags), means[1].reshape(n_tracks, n_lags)


def _slopes(x: np.ndarray, y: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Slopes of the lines through usable points, all (K, L). NaN for too few points."""
    n_points = usable.sum(axis=1)
    off_x = np.where(usable, x - _means(x, usable, n_points), 0)
    off_y = np.where(usable, y - _means(y, usable, n_points), 0)
    slopes = np.full(len(y), np.nan)
    enough = n_points >= FEWEST_LAGS
    slopes[enough] = (off_x * off_y).sum(axis=1)[enough] / (off_x**2).sum(axis=1)[enough]
    return slopes


def _means(values: np.ndarray, usable: np.ndarray, n_points: np.ndarray) -> np.ndarray:
    """Means over usable points of each row, shape (K, 1); 0 for none."""
    return (np.where(usable, values, 0).sum(axis=1) / np.maximum(n_points, 1))[:, None]


def _log(values: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Natural logarithms where usable, 0 elsewhere."""
    return np.log(values, where=usable, out=np.zeros_like(values))
