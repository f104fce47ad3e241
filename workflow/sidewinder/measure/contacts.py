"""Cells of a label image that touch."""

import numpy as np


def touching(labels: np.ndarray) -> np.ndarray:
    """Find pairs of cells that lie side by side, or with a single pixel between them, in a row or a column.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        0 is background; labels are below 2**32.

    Returns
    -------
    ndarray of int64, shape (N, 2)
        Labels, the smaller one first; each pair once, sorted.
    """
    found = []
    height, width = labels.shape
    for dy, dx in ((0, 1), (1, 0), (0, 2), (2, 0)):
        one, other = labels[: height - dy, : width - dx], labels[dy:, dx:]
        touch = (one != other) & (one > 0) & (other > 0)
        low, high = np.minimum(one[touch], other[touch]), np.maximum(one[touch], other[touch])
        found.append(np.unique(low.astype(np.int64) << 32 | high))
    pairs = np.unique(np.concatenate(found))
    return np.column_stack([pairs >> 32, pairs & 0xFFFFFFFF])
