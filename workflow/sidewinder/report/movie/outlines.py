"""Where the cells of a frame are, as runs of pixels: exact, and small once they are coded and deflated."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Runs:
    """Runs of pixels in rows, sorted by cell, row and column.

    Parameters
    ----------
    cell : ndarray, int64 (n,)
        Whose each is: the value of its pixels.
    row, start, length : ndarray, int64 (n,)
        Its row, its first column, and how many pixels it has.
    """

    cell: np.ndarray
    row: np.ndarray
    start: np.ndarray
    length: np.ndarray


def runs_of(labels: np.ndarray) -> Runs:
    """The runs of all cells of a frame; labels (Y, X), 0 is no cell."""
    height, width = labels.shape
    # a column of background on both sides, so that no run goes on in the next row
    padded = np.zeros((height, width + 2), labels.dtype)
    padded[:, 1:-1] = labels
    flat = padded.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, ends = changes[:-1], changes[1:]
    inside = flat[starts] > 0
    starts, ends = starts[inside], ends[inside]
    cell = flat[starts].astype(np.int64)
    order = np.argsort(cell, kind="stable")
    row, start = np.divmod(starts[order], width + 2)
    return Runs(cell[order], row, start - 1, (ends - starts)[order])


def nearest(labels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Labels (Y, X) at another size: of each pixel the one that lies in its middle."""
    taken = [
        ((np.arange(new) + 0.5) * old / new).astype(np.int64) for old, new in zip(labels.shape, shape, strict=True)
    ]
    return labels if labels.shape == shape else labels[np.ix_(*taken)]
