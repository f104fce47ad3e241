"""How tracks begin, and what becomes of them."""

import numpy as np
from scipy import ndimage as ndi

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
        near enough to that of the image, or of the region, to be beyond it a frame later; `lost`: none of these.
    """
    at_edge = touches_border | (_to_edge_px(yx_px, recording) <= search_range_px)
    last = np.flatnonzero(recording.seen(frame)).max(initial=0)
    return np.select([divides, frame == last, at_edge], ["division", "end", "left"], default="lost")


def origins(
    yx_px: np.ndarray,
    frame: np.ndarray,
    touches_border: np.ndarray,
    has_mother: np.ndarray,
    recording: Recording,
    search_range_px: float,
) -> np.ndarray:
    """How tracks begin.

    Parameters
    ----------
    yx_px, frame, touches_border, recording, search_range_px
        As for `fates`, where and when each track begins.
    has_mother : ndarray of bool, shape (K,)
        Whether there is a mother.

    Returns
    -------
    ndarray of str, shape (K,)
        `division`; `start`: seen in the movie's first frame that is an image; `entered`: was at the edge of what was
        seen, or near enough to that of the image, or of the region, to have been beyond it a frame before; `appeared`:
        none of these.
    """
    at_edge = touches_border | (_to_edge_px(yx_px, recording) <= search_range_px)
    first = np.flatnonzero(recording.seen(frame)).min(initial=recording.n_frames)
    return np.select([has_mother, frame == first, at_edge], ["division", "start", "entered"], default="appeared")


def _to_edge_px(yx_px: np.ndarray, recording: Recording) -> np.ndarray:
    """How far places are from the nearest of the outermost pixels, of the frame or of the region."""
    if recording.outside is not None:
        # beyond the frame is outside, too
        inside_px = ndi.distance_transform_edt(np.pad(~recording.outside, 1), sampling=recording.sides)
        of_region: np.ndarray = ndi.map_coordinates(inside_px, (yx_px / np.array(recording.sides) + 1).T, order=1)
        return of_region - min(recording.sides)
    farthest = (np.array(recording.shape_yx) - 1) * recording.sides
    to_edge: np.ndarray = np.minimum(yx_px, farthest - yx_px).min(axis=1)
    return to_edge
