"""Nearest neighbours among centroids."""

import numpy as np
from scipy.spatial import cKDTree


def mutual_nearest(before_yx: np.ndarray, after_yx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of points that are each other's nearest.

    Parameters
    ----------
    before_yx, after_yx : ndarray, shape (N, 2) and (M, 2)
        Positions in two frames.

    Returns
    -------
    before, after : ndarray of int
        Rows of the pairs.
    """
    if not len(before_yx) or not len(after_yx):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    forward = cKDTree(after_yx).query(before_yx)[1]
    backward = cKDTree(before_yx).query(after_yx)[1]
    before = np.flatnonzero(backward[forward] == np.arange(len(before_yx)))
    return before, forward[before]


def spacing(yx: np.ndarray) -> np.ndarray:
    """The distance of each point to its nearest neighbour in the same frame; empty for fewer than two points.

    Parameters
    ----------
    yx : ndarray, shape (N, 2)
        Positions.
    """
    return cKDTree(yx).query(yx, k=2)[0][:, 1] if len(yx) > 1 else np.empty(0)


def pairs_within(before_yx: np.ndarray, after_yx: np.ndarray, distance: float) -> tuple[np.ndarray, ...]:
    """All pairs of points of two frames that are at most `distance` apart.

    Returns
    -------
    before, after : ndarray of int
        Rows of the pairs.
    distances : ndarray of float
        How far they are apart.
    """
    if not len(before_yx) or not len(after_yx):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    found = cKDTree(before_yx).sparse_distance_matrix(cKDTree(after_yx), distance, output_type="ndarray")
    return found["i"], found["j"], found["v"]
