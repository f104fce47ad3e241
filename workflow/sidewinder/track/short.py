"""Tracks that are too short for the user to want them."""

import logging

import numpy as np

from sidewinder.link.graph import NONE
from sidewinder.link.tracked import Tracked

log = logging.getLogger("sidewinder")


def keep_long(tracked: Tracked, min_frames: int) -> np.ndarray:
    """Say which cells are in tracks that stay; how many tracks do not is in the log.

    A track that comes from a division or ends in one stays however short it is: a daughter that is born in the movie's
    last frame is no debris, and without her the division would be gone.

    Parameters
    ----------
    tracked : Tracked
        The cells.
    min_frames : int
        In how many frames the cell of any other track has been seen, or repaired, if it stays.

    Returns
    -------
    ndarray of bool, shape (N,)
    """
    alone = (tracked.parent == NONE) & ~tracked.is_mother
    short = alone & (tracked.length < min_frames)
    keep: np.ndarray = ~short[tracked.track]
    n_short = np.count_nonzero(short & (tracked.length > 0))
    if n_short:
        log.info(
            "%d tracks of fewer than %d frames left out, with %d cells (track.min_frames)",
            n_short, min_frames, np.count_nonzero(~keep),
        )  # fmt: skip
    return keep
