"""The frames as the page has them: pictures, and which pixels are which cell."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import zarr

from sidewinder.errors import UserError
from sidewinder.progress import progress
from sidewinder.report.movie.coding import coded
from sidewinder.report.movie.fitting import Fit
from sidewinder.report.movie.images import Contrast, as_webp
from sidewinder.report.movie.outlines import Runs, nearest, runs_of


def pictures_of(movie: zarr.Array, contrasts: Sequence[Contrast], fitted: Fit) -> list[bytes]:
    """WebP pictures of all channels of the first frame that is shown, then of the next."""
    return [
        as_webp(contrast.apply(movie[frame, channel]), fitted.shape, fitted.quality)
        for frame in progress(fitted.frames, len(fitted.frames), "report: pictures")
        for channel, contrast in enumerate(contrasts)
    ]


def arrays_of_outlines(path: str | Path, labels: zarr.Array, shown: pd.DataFrame, fitted: Fit) -> dict[str, np.ndarray]:
    """The pixels of the cells.

    Parameters
    ----------
    path : path
        The published movie, for messages.
    labels : zarr.Array, (T, Y, X)
        A pixel's value is its track.
    shown : DataFrame
        `track_id, frame` of the cells that are shown, sorted so.
    fitted : Fit
        Which frames, at which size.

    Returns
    -------
    dict of str to ndarray
        `runs`: how many runs of pixels each cell of `shown` has; `run_row`, `run_start` and `run_length`: the runs,
        by frame, track, row and column. All coded.

    Raises
    ------
    UserError
        If a label has no row.
    """
    rows_of = shown.groupby("frame").indices
    n_runs, found = np.zeros(len(shown), np.int64), []
    tracks = shown["track_id"].to_numpy()
    for frame in progress(fitted.frames, len(fitted.frames), "report: outlines"):
        runs = runs_of(nearest(labels[frame], fitted.shape))
        rows = rows_of.get(frame, np.empty(0, np.int64))
        _check_known(path, frame, runs, tracks[rows])
        np.add.at(n_runs, rows[np.searchsorted(tracks[rows], runs.cell)], 1)
        found.append(runs)
    return {
        "runs": coded(n_runs),
        "run_row": coded(np.concatenate([runs.row for runs in found])),
        "run_start": coded(np.concatenate([runs.start for runs in found])),
        "run_length": coded(np.concatenate([runs.length for runs in found])),
    }


def _check_known(path: str | Path, frame: int, runs: Runs, tracks: np.ndarray) -> None:
    unknown = np.setdiff1d(runs.cell, tracks)
    if unknown.size:
        raise UserError(
            f"{path}, frame {frame}: track {unknown[0]} is not in the table of tracks, so they are not of the same "
            "run; remove the movie's results and run again"
        )
