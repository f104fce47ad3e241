"""Truth that counts all frames of a file, for a movie of some of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np


def masks_of_taken(masks: dict[int, Path], taken: Sequence[int]) -> dict[int, Path]:
    """The masks of the frames that were taken, by their numbers among these.

    Parameters
    ----------
    masks : dict of int to Path
        By the frames of the file, some or all of them.
    taken : sequence of int
        The frames of the file that were taken, rising.
    """
    return {number: masks[frame] for number, frame in enumerate(taken) if frame in masks}


def rows_of_taken(rows: np.ndarray, taken: Sequence[int]) -> np.ndarray:
    """The tracks of the frames that were taken.

    Parameters
    ----------
    rows : ndarray of int, (n, 4)
        Label, first frame, last frame and parent of each track, by the frames of the file.
    taken : sequence of int
        The frames of the file that were taken, rising.

    Returns
    -------
    ndarray of int, (m, 4)
        Tracks that are in some of these frames, which are counted from 0; one whose parent is in none has no parent.
    """
    first = np.searchsorted(taken, rows[:, 1], side="left")
    last = np.searchsorted(taken, rows[:, 2], side="right") - 1
    seen = first <= last
    label, parent = rows[seen, 0], rows[seen, 3]
    return np.stack([label, first[seen], last[seen], np.where(np.isin(parent, label), parent, 0)], axis=1)
