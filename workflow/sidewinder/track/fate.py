"""What becomes of a track."""

import numpy as np

from sidewinder.track.recording import Recording


def fates(
    yx_px: np.ndarray,
    frame: np.ndarray,
    touches_border: np.ndarray,
    divides: np.ndarray,
    recording: Recording,
    search_range_px: float,
) -> np.ndarray:
    """Why tracks end.

    Parameters
    ----------
    yx_px : ndarray, shape (K, 2)
        The place in the image where each track ends.
    frame : ndarray of int, shape (K,)
        The last frame of each track.
    touches_border : ndarray of bool, shape (K,)
        Whether the last cell touches the edge of what was seen.
    divides : ndarray of bool, shape (K,)
        Whether there are daughters.
    recording : Recording
        The movie's size.
    search_range_px : float
        How far a cell may move in a frame.

    Returns
    -------
    ndarray of str, shape (K,)
        `division`; `end`: seen in the movie's last frame that is an image; `left`: was at the edge of what was seen, or
        near enough to that of the image to be beyond it a frame later; `lost`: none of these.
    """
    farthest = np.array(recording.shape_yx) - 1
    to_edge = np.minimum(yx_px, farthest - yx_px).min(axis=1)
    last = np.flatnonzero(recording.seen(frame)).max(initial=0)
    return np.select(
        [divides, frame == last, touches_border | (to_edge <= search_range_px)],
        ["division", "end", "left"],
        default="lost",
    )
