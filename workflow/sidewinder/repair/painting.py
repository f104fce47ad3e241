"""What was changed of a frame's labels, as a small table."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sidewinder.measure.runs import Runs

COLUMNS = ("label", "row", "first", "last", "before")


def repairs_of(before: np.ndarray, after: np.ndarray) -> pd.DataFrame:
    """The pixels that were given another label.

    Parameters
    ----------
    before, after : ndarray of int, shape (Y, X)
        Labels; what is a cell in `before` is one in `after`.

    Returns
    -------
    DataFrame of int64
        `label, row, first, last, before`: stretches of a row from the first to the last column, both included, and the
        label that they had, in reading order. No two share a pixel, so that the order of painting plays no part.
    """
    changed = before != after
    pairs, which = np.unique(np.stack([after[changed], before[changed]]).astype(np.int64), axis=1, return_inverse=True)
    numbered = np.zeros(before.shape, np.int64)
    numbered[changed] = which.ravel() + 1
    runs = Runs.of(numbered)
    label, was = pairs[:, runs.label - 1]
    return pd.DataFrame(dict(zip(COLUMNS, (label, runs.row, runs.first, runs.last, was), strict=True)))


def joined_repairs(by_frame: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """The repairs of frames, in order, as one table with `frame` as its first column; there may be none."""
    nothing = pd.DataFrame(np.empty((0, 1 + len(COLUMNS)), np.int64), columns=["frame", *COLUMNS])
    tables = [repairs.assign(frame=frame)[nothing.columns] for frame, repairs in by_frame.items()]
    return pd.concat([nothing, *tables], ignore_index=True)


def paint(labels: np.ndarray, repairs: pd.DataFrame) -> np.ndarray:
    """Labels with repairs painted over them.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        Stays as it is; its type holds the labels of the repairs, too.
    repairs : DataFrame
        A table that `repairs_of` made.

    Returns
    -------
    ndarray of the same type, shape (Y, X)
    """
    painted = labels.copy()
    label, row, first, last = (repairs[name].to_numpy() for name in COLUMNS[:4])
    length = last - first + 1
    begins = np.cumsum(length) - length
    column = np.arange(length.sum()) + np.repeat(first - begins, length)
    painted[np.repeat(row, length), column] = np.repeat(label, length)
    return painted
