"""Rings around cells: what shines just outside of them, such as the cytoplasm around nuclei."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage as ndi


def rings(
    labels: np.ndarray,
    ring_px: Sequence[float],
    missing: np.ndarray | None = None,
    sides: tuple[float, float] = (1.0, 1.0),
) -> np.ndarray:
    """The pixels of the ring around each cell.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        Instances, of which there is one at least; 0 is background.
    ring_px : sequence of two float
        From which distance from the cell on, and up to which.
    missing : ndarray of bool, optional, shape (Y, X)
        Pixels that hold no data, which are in no ring.
    sides : tuple of float
        Height and width of a pixel, in the unit of `ring_px`.

    Returns
    -------
    ndarray, shape (Y, X), int
        The label of the cell in whose ring each pixel is, 0 in none. A pixel of the background belongs to the cell that
        has the nearest pixel; it is in the ring if the distance of their centres is more than the first and at most the
        second. So no two rings share a pixel, and none comes nearer to another cell than to its own.
    """
    distance_px, nearest = ndi.distance_transform_edt(labels == 0, sampling=sides, return_indices=True)
    inner_px, outer_px = ring_px
    in_ring = (distance_px > inner_px) & (distance_px <= outer_px)
    if missing is not None:
        in_ring &= ~missing
    return np.where(in_ring, labels[tuple(nearest)], 0)


def measure_rings(values: np.ndarray, ring_of: np.ndarray, present: np.ndarray) -> np.ndarray:
    """The mean grey value of the ring around each cell.

    Parameters
    ----------
    values : ndarray, shape (Y, X)
        Grey values of one channel.
    ring_of : ndarray, shape (Y, X), int
        As of `rings`.
    present : ndarray of int64, shape (N,)
        The labels of the cells.

    Returns
    -------
    ndarray of float64, shape (N,)
        NaN for a cell whose neighbours leave it no ring.
    """
    inside = ring_of > 0
    label, n = ring_of[inside], int(present[-1]) + 1
    n_px = np.bincount(label, minlength=n)[present]
    total = np.bincount(label, weights=values[inside].astype(np.float64), minlength=n)[present]
    return np.divide(total, n_px, out=np.full(len(present), np.nan), where=n_px > 0)
