"""How far and how straight cells go."""

import numpy as np
import pandas as pd

from sidewinder.track.recording import Recording


def speeds(track: np.ndarray, moment: np.ndarray, yx_px: np.ndarray) -> np.ndarray:
    """How fast each cell came from where its track was seen before.

    Parameters
    ----------
    track : ndarray of int, shape (N,)
        Which track each cell belongs to, sorted, and by frame within a track.
    moment : ndarray, shape (N,)
        When each cell was seen, in frames or in seconds.
    yx_px : ndarray, shape (N, 2)
        The place of each cell.

    Returns
    -------
    ndarray of float64, shape (N,)
        In pixels per frame or per second, over a gap the mean; NaN for the first cell of a track.
    """
    continues = np.flatnonzero(track[1:] == track[:-1]) + 1
    speed = np.full(len(track), np.nan)
    step = np.linalg.norm(yx_px[continues] - yx_px[continues - 1], axis=1)
    speed[continues] = step / (moment[continues] - moment[continues - 1])
    return speed


def measure_motion(track: np.ndarray, frame: np.ndarray, yx_px: np.ndarray, recording: Recording) -> pd.DataFrame:
    """Measure the motion of each track.

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
        `displacement`: from the first place to the last; `path_length`: along all places; `mean_speed`: path length
        over time; `straightness`: displacement over path length, from 0 to 1. Empty is what cannot be known: lengths in
        um without a pixel size, speeds of a single moment, the straightness of what has not moved.
    """
    first = np.flatnonzero(np.diff(track, prepend=-1))
    last = np.append(first[1:], len(track))[: len(first)] - 1
    steps = np.linalg.norm(np.diff(yx_px, axis=0, prepend=yx_px[:1]), axis=1)
    steps[first] = 0
    path = np.bincount(track, weights=steps, minlength=len(first))
    displacement = np.linalg.norm(yx_px[last] - yx_px[first], axis=1)
    duration_s = recording.times_s[frame[last]] - recording.times_s[frame[first]]
    um = recording.um_per_px
    return pd.DataFrame(
        {
            "displacement_um": displacement * um,
            "path_length_um": path * um,
            "mean_speed_um_per_s": _quotient(path, duration_s) * um,
            # sums of roundings must not make a straight line straighter than straight
            "straightness": _quotient(displacement, path).clip(max=1),
            "displacement_px": displacement,
            "path_length_px": path,
            "mean_speed_px_per_frame": _quotient(path, frame[last] - frame[first]),
        }
    )


def _quotient(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Above over below, NaN where there is nothing below."""
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
