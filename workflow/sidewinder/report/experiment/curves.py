"""What is drawn of each movie: cells over time, mean squared displacement over lags."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sidewinder.track.diffusion import MOST_LAGS, mean_squared_displacements

# as many as are seen in a sparkline
MOST_POINTS = 80


@dataclass(frozen=True)
class Curves:
    """Curves of a movie.

    Parameters
    ----------
    cells : ndarray, float64 (n,)
        Number of cells, of long movies means over neighbouring frames.
    msd_um2 : ndarray, float64 (n,)
        Mean squared displacement of the movie's cells over 1, 2, ... frame intervals; none where pixel size or frame
        interval are not known.
    frame_interval_s : float or None
        None where it is not known.
    """

    cells: np.ndarray
    msd_um2: np.ndarray
    frame_interval_s: float | None

    @property
    def lag_s(self) -> np.ndarray:
        """The lags of `msd_um2`."""
        return np.arange(1, len(self.msd_um2) + 1) * (self.frame_interval_s or np.nan)


def curves_of(cells: pd.DataFrame, n_frames: int, frame_interval_s: float | None) -> Curves:
    """The curves of a movie.

    Parameters
    ----------
    cells : DataFrame
        `track_id, frame, time_s, y_drift_corrected_um, x_drift_corrected_um`, sorted by track and frame.
    n_frames : int
        Of the movie.
    frame_interval_s : float or None
        None where it is not known.
    """
    counts = np.bincount(cells["frame"].to_numpy(np.int64), minlength=n_frames)
    return Curves(_thinned(counts), _msd_um2(cells, frame_interval_s), frame_interval_s)


def _thinned(counts: np.ndarray) -> np.ndarray:
    """Means over neighbours, at most `MOST_POINTS`."""
    every = -(-len(counts) // MOST_POINTS)
    starts = np.arange(0, len(counts), max(every, 1))
    sums = np.add.reduceat(counts, starts) if len(counts) else np.zeros(0)
    return sums / np.diff([*starts, len(counts)])


def _msd_um2(cells: pd.DataFrame, frame_interval_s: float | None) -> np.ndarray:
    """The mean over the cells of each cell's mean, so that cells count alike, by lag; ends at the last lag that any
    cell has."""
    places = cells[["y_drift_corrected_um", "x_drift_corrected_um"]].to_numpy(np.float64)
    if not frame_interval_s or not len(cells) or not np.isfinite(places).any():
        return np.zeros(0)
    track, _ = pd.factorize(cells["track_id"])
    moment = cells["time_s"].to_numpy(np.float64) / frame_interval_s
    msd, _ = mean_squared_displacements(track, moment, places, MOST_LAGS)
    n_lags = int(np.flatnonzero(np.isfinite(msd).any(axis=0)).max(initial=-1)) + 1
    return np.array([np.nanmean(of_lag) if np.isfinite(of_lag).any() else np.nan for of_lag in msd[:, :n_lags].T])
