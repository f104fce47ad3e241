"""Shapes of all labels of a frame at once, and holes."""

import numpy as np
from scipy import ndimage as ndi


def filled(piece: np.ndarray) -> np.ndarray:
    """A piece with its holes, as `scipy.ndimage.binary_fill_holes`, in a tenth of its time for small boxes.

    Parameters
    ----------
    piece : ndarray of bool, shape (Y, X)
        What is beyond the box is outside.
    """
    outside, n_outside = ndi.label(np.pad(~piece, 1, constant_values=True))
    # the first is the frame that was put around
    return piece if n_outside == 1 else (outside != 1)[1:-1, 1:-1]


def convexities(labels: np.ndarray) -> np.ndarray:
    """Area over that of the convex hull, of each label.

    The hull is that of the middles of the pixels' edges, by which a disc is convex at any size; exact.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        0 is background.

    Returns
    -------
    convexity : ndarray of float64, shape (labels.max() + 1,)
        From 0 to 1, by label; NaN for 0 and for labels that are not there.
    """
    label, row, first, last = _rows(labels)
    area_px = np.bincount(labels.ravel()).astype(np.float64)
    # all in half pixels: a row reaches half a pixel further at its own height than at those of its pixels' edges
    height = np.concatenate([2 * row - 1, 2 * row, 2 * row + 1])
    twice = np.zeros(len(area_px))
    for end in (2 * last, -2 * first):
        twice += _area_beside(np.tile(label, 3), height, np.concatenate([end, end + 1, end]), len(area_px))
    hull_px = twice / 4
    return np.divide(area_px, hull_px, out=np.full(len(area_px), np.nan), where=hull_px > 0)


def may_have_holes(labels: np.ndarray) -> np.ndarray:
    """Of each label from 0 to the largest whether a row is interrupted, without which there is no hole; bool."""
    label, row, _, _ = _runs(labels)
    again = (np.diff(label, prepend=-1) == 0) & (np.diff(row, prepend=-1) == 0)
    return np.bincount(label[again], minlength=int(labels.max(initial=0)) + 1) > 0


def _runs(labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Each label's runs along rows: label, row, first and last column, sorted in this order."""
    padded = np.pad(labels, ((0, 0), (1, 1)))
    changes = padded[:, 1:] != padded[:, :-1]
    row, begin = np.nonzero(changes[:, :-1] & (labels > 0))
    # runs end in the order in which they begin
    end = np.nonzero(changes[:, 1:] & (labels > 0))[1]
    label = labels[row, begin].astype(np.int64)
    order = np.argsort(label, kind="stable")
    return label[order], row[order], begin[order], end[order]


def _rows(labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Each label's rows: label, row, first and last column, sorted in this order."""
    label, row, begin, end = _runs(labels)
    first = np.flatnonzero((np.diff(label, prepend=-1) != 0) | (np.diff(row, prepend=-1) != 0))
    last = np.append(first[1:], len(label))[: len(first)] - 1
    return label[first], row[first], begin[first], end[last]


def _area_beside(label: np.ndarray, height: np.ndarray, reach: np.ndarray, n_labels: int) -> np.ndarray:
    """What lies between an axis and the hull's far side, by label."""
    order = np.lexsort((-reach, height, label))
    label, height, reach = label[order], height[order], reach[order]
    farthest = (np.diff(label, prepend=-1) != 0) | (np.diff(height, prepend=-2) != 0)
    label, height, reach = label[farthest], height[farthest], reach[farthest]
    while True:
        # a point inside of the line from the one before to the one behind is none of the hull's; leaving out all such
        # at once leaves out none of the hull's, for those never are
        inner = (label[2:] == label[:-2]) & (
            (reach[1:-1] - reach[:-2]) * (height[2:] - height[:-2])
            <= (reach[2:] - reach[:-2]) * (height[1:-1] - height[:-2])
        )
        if not inner.any():
            break
        keep = np.concatenate([[True], ~inner, [True]])
        label, height, reach = label[keep], height[keep], reach[keep]
    same = label[1:] == label[:-1]
    area = (reach[1:] + reach[:-1]) * (height[1:] - height[:-1]) / 2
    return np.bincount(label[1:][same], weights=area[same], minlength=n_labels)
