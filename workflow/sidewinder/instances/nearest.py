"""Pixels to the nearest seed of their piece.

Most are a few pixels from it: those look around, ring by ring. For the others there is a distance transform of their
surroundings.
"""

import numpy as np
from scipy import ndimage as ndi

from sidewinder.measure.runs import Runs

# how far pixels look around; the border class is up to 4 px wide
REACH_PX = 8
# of pixels that look around at a time: what is known of them stays in the processor's cache
BATCH = 2**15


def share_out(labels: np.ndarray, cells: np.ndarray, piece_of_cell: np.ndarray) -> None:
    """Give each pixel of some pieces to the nearest of the piece's seeds, as `scipy.ndimage.distance_transform_edt`.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int32, contiguous
        What is to be shared has its piece's number, negative; changed in place. Nothing is within `REACH_PX` of the
        edge.
    cells : ndarray, shape (Y, X), int32, contiguous
        Seeds, with the numbers of their cells; 0 elsewhere. Each piece to be shared has one at least.
    piece_of_cell : ndarray of int, shape (N,)
        The piece of each cell; that of 0 is 0.
    """
    places, rings = np.flatnonzero(labels < 0), _rings(labels.shape[1])
    for begin in range(0, len(places), BATCH):
        _look_around(labels.ravel(), cells.ravel(), places[begin : begin + BATCH], rings, piece_of_cell)
    left = Runs.of(labels < 0).connected()
    for cluster in range(1, left.n_labels):
        _look_farther(labels, cells, left.of_one(cluster), piece_of_cell)


def _rings(width: int) -> list[np.ndarray]:
    """Steps to the pixels at each distance in a flat image, the nearest first, each from left to right, then down."""
    steps = np.arange(-REACH_PX, REACH_PX + 1)
    squared, flat = steps[:, None] ** 2 + steps**2, steps[:, None] + steps * width
    return [flat[squared == distance] for distance in np.unique(squared) if 0 < distance <= REACH_PX**2]


def _look_around(
    labels: np.ndarray, cells: np.ndarray, places: np.ndarray, rings: list[np.ndarray], piece_of_cell: np.ndarray
) -> None:
    """Label the places whose nearest seed is within reach; all images flat."""
    for ring in rings:
        if not len(places):
            break
        found = cells.take(places + ring[-1])
        for step in ring[-2::-1]:
            # the first of equally near ones, as SciPy has it; without a branch, in a fourth of the time of `where`
            before = cells.take(places + step)
            found = before + found * (before == 0)
        own = -labels[places]
        astray = np.flatnonzero((found > 0) & (piece_of_cell[found] != own))
        if len(astray):
            around = cells.take(places[astray, None] + ring)
            usable = piece_of_cell[around] == own[astray, None]
            found[astray] = np.where(usable.any(axis=1), around[np.arange(len(astray)), usable.argmax(axis=1)], 0)
        near = np.flatnonzero(found)
        labels[places[near]] = found[near]
        places = places[np.flatnonzero(found == 0)]


def _look_farther(labels: np.ndarray, cells: np.ndarray, cluster: Runs, piece_of_cell: np.ndarray) -> None:
    """Label a cluster of pixels of one piece."""
    own, box = cluster.mask(0), cluster.box()
    piece, margin_px = -labels[cluster.row[0], cluster.first[0]], 2 * REACH_PX
    while True:
        window = tuple(slice(max(side.start - margin_px, 0), side.stop + margin_px) for side in box)
        inner = tuple(slice(side.start - w.start, side.stop - w.start) for side, w in zip(box, window, strict=True))
        seeded = piece_of_cell[cells[window]] == piece
        if not seeded.any():
            margin_px *= 2
            continue
        distance_px, nearest = ndi.distance_transform_edt(~seeded, return_indices=True)
        farthest_px = distance_px[inner][own].max()
        if farthest_px <= margin_px:
            y, x = (index[inner][own] for index in nearest)
            labels[box][own] = cells[window][y, x]
            return
        # none beyond is nearer
        margin_px = int(np.ceil(farthest_px))
