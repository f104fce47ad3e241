"""Tracked cells as a graph: as they are in the results, and as users have corrected them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Graph:
    """Cells and what follows what.

    Parameters
    ----------
    frame : ndarray of int64, shape (N,)
        The frame of each cell.
    yx_px : ndarray of float64, shape (N, 2)
        The centre of each cell, in pixels of the image.
    radius_px : ndarray of float64, shape (N,)
        How far a cell reaches, about.
    edges : ndarray of int64, shape (E, 2), or None
        Rows of a cell and of the one that follows, or of a mother and a daughter; None where nothing is known of links.
    label : ndarray of int64, shape (N,), or None
        The value of each cell's pixels in its frame; None where there are no masks.
    masks : callable or None
        Gives the masks of a frame, int (Y, X).
    """

    frame: np.ndarray
    yx_px: np.ndarray
    radius_px: np.ndarray
    edges: np.ndarray | None
    label: np.ndarray | None = None
    masks: Callable[[int], np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def forwards(self) -> np.ndarray:
        """The edges, each from the earlier to the later frame."""
        if self.edges is None:
            return np.empty((0, 2), np.int64)
        backwards = self.frame[self.edges[:, 0]] > self.frame[self.edges[:, 1]]
        return np.where(backwards[:, None], self.edges[:, ::-1], self.edges)
