"""Closes gaps: cells that were missed for some frames."""

import numpy as np

from sidewinder.link.assignment import assign
from sidewinder.link.constraints import Constraints
from sidewinder.link.graph import NONE, predecessors
from sidewinder.link.linking import NO_LINK
from sidewinder.link.neighbours import pairs_within
from sidewinder.link.points import Points

# as in links, but over a gap size is the better witness
SIZE_OF_SEARCH_RANGE = 1.2


def close_gaps(
    points: Points,
    successor: np.ndarray,
    search_range_px: float,
    max_gap_frames: int,
    known: Constraints | None = None,
) -> np.ndarray:
    """Link ends of tracks to beginnings of others some frames later.

    All gaps of the movie are closed at once, by the same costs as frames are linked: the squared distance, with the
    size as a third coordinate, and twice the squared search range where a track stays ended.

    Parameters
    ----------
    points : Points
        The cells, with the drift of the stage taken out.
    successor : ndarray of int64, shape (N,)
        Links between neighbouring frames, -1 for none.
    search_range_px : float
        How far a cell may have moved meanwhile.
    max_gap_frames : int
        How many frames it may have been missing.
    known : Constraints, optional
        Links that are known, which are left to the caller, and pairs that are none.

    Returns
    -------
    ndarray of int64, shape (N,)
        The links, with those over gaps.
    """
    ends = np.flatnonzero(successor == NONE)
    begins = np.flatnonzero(predecessors(successor) == NONE)
    place = points.place_and_size(SIZE_OF_SEARCH_RANGE * search_range_px)
    end_frame, begin_frame = points.frame[ends], points.frame[begins]
    found = []
    for frame in np.unique(begin_frame):
        here = np.flatnonzero(begin_frame == frame)
        missing = frame - end_frame - 1
        earlier = np.flatnonzero((missing >= 1) & (missing <= max_gap_frames))
        end, begin, distance = pairs_within(place[ends[earlier]], place[begins[here]], search_range_px)
        found.append((earlier[end], here[begin], distance))
    if not found:
        return successor
    end, begin, distance = (np.concatenate(column) for column in zip(*found, strict=True))
    if known:
        allowed = known.allows(ends[end], begins[begin])
        end, begin, distance = end[allowed], begin[allowed], distance[allowed]
    chosen = assign(end, begin, distance**2, len(ends), len(begins), NO_LINK * search_range_px**2)
    closed = successor.copy()
    linked = chosen != NONE
    closed[ends[linked]] = begins[chosen[linked]]
    return closed
