"""Cells of a frame that lie beside each other."""

import numpy as np
from scipy.spatial import Delaunay

# neighbours are at most so many times as far apart as cells of their size that touch: what is between them is then no
# wider than they are
FARTHEST_OF_CONTACT = 2.0
# how far outside the corners of the triangulation are, in times the extent of the cells
CORNERS_OF_EXTENT = 10.0


def measure_neighbours(y_px: np.ndarray, x_px: np.ndarray, area_px: np.ndarray) -> dict[str, np.ndarray]:
    """Count neighbours, and measure how far the nearest is.

    Two cells are neighbours if the Delaunay triangulation of the centroids joins them and their centroids are at most
    twice as far apart as those of two discs of their areas that touch.

    Parameters
    ----------
    y_px, x_px : ndarray, shape (N,)
        Centroid of each cell.
    area_px : ndarray, shape (N,)
        Area of each cell.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        `n_neighbours`, int64; `nearest_neighbour_px`, float64: to the nearest other centroid, neighbour or not, NaN
        where there is no other cell.
    """
    yx_px = np.column_stack([y_px, x_px])
    one, other = _joined(yx_px)
    distance = np.linalg.norm(yx_px[one] - yx_px[other], axis=1)
    radius = np.sqrt(area_px / np.pi)
    close = distance <= FARTHEST_OF_CONTACT * (radius[one] + radius[other])
    nearest = np.full(len(yx_px), np.inf)
    for end in (one, other):
        np.minimum.at(nearest, end, distance)
    return {
        "n_neighbours": np.bincount(np.concatenate([one[close], other[close]]), minlength=len(yx_px)),
        # the triangulation joins every point with its nearest
        "nearest_neighbour_px": np.where(np.isfinite(nearest), nearest, np.nan),
    }


def _joined(yx_px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of points that the Delaunay triangulation joins, each once; points in one place are a pair."""
    n_points = len(yx_px)
    centre, extent = yx_px.mean(axis=0), max(1.0, np.ptp(yx_px, axis=0).max())
    corners = centre + CORNERS_OF_EXTENT * extent * np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
    # with corners, few points, or points in a line, are no special case
    made = Delaunay(np.concatenate([yx_px, corners]))
    sides = made.simplices[:, [(0, 1), (1, 2), (2, 0)]].reshape(-1, 2)
    # points that coincide with another are not in the triangulation
    pairs = np.sort(np.concatenate([sides, made.coplanar[:, [0, 2]]]).astype(np.int64), axis=1)
    return np.divmod(np.unique(pairs[pairs[:, 1] < n_points] @ (n_points, 1)), n_points)
