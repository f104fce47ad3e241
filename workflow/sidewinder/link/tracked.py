"""The graph of tracks: cells in tracks, and which tracks descend from which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from sidewinder.link.graph import NONE


@dataclass(frozen=True)
class Tracked:
    """The cells of a movie in tracks: what linking gives, repair changes and tables are made of.

    Parameters
    ----------
    cells : DataFrame
        `frame, label, y_px, x_px, area_px, track` and what else was measured, sorted by frame and label, rows numbered
        from 0. Tracks count from 0; each has at most one cell a frame. After repair some numbers are not in use.
    parent : ndarray of int64, shape (K,)
        The mother of each track; -1 for none.
    division_score : ndarray of float64, shape (K,)
        The probability that the division is right from which each track comes; NaN where it comes from none.
    moved_px : ndarray of float64, shape (n_frames, 2)
        How far the stage has moved since the first frame, in y and x.
    search_range_px : float
        How far cells were looked for when they were linked.
    sides : tuple of float
        Height and width of a pixel, in the unit of `y_px` and `x_px` and of all distances.
    corrected : dict of (int, int) to bool
        Frame and label of what users have corrected, which stays as it is, and whether they said what the cell follows.
        Some of the labels are of no cell: of pixels that users have taken away.
    """

    cells: pd.DataFrame
    parent: np.ndarray
    division_score: np.ndarray
    moved_px: np.ndarray
    search_range_px: float
    sides: tuple[float, float] = (1.0, 1.0)
    corrected: Mapping[tuple[int, int], bool] = field(default_factory=dict)

    @cached_property
    def is_corrected(self) -> np.ndarray:
        """Whether users have corrected each cell, or its link to the one before; bool, shape (N,)."""
        return self._is_among(self.corrected)

    @cached_property
    def has_known_link(self) -> np.ndarray:
        """Whether users have said what each cell follows; bool, shape (N,)."""
        return self._is_among({key for key, of_link in self.corrected.items() if of_link})

    def _is_among(self, keys: Iterable[tuple[int, int]]) -> np.ndarray:
        found = np.zeros(len(self.cells), dtype=bool)
        labels = self.cells["label"].to_numpy()
        for frame, label in keys:
            begin, end = np.searchsorted(self.frame, [frame, frame + 1])
            found[begin:end] |= labels[begin:end] == label
        return found

    @cached_property
    def frame(self) -> np.ndarray:
        """The frame of each cell; int64, shape (N,)."""
        return self.cells["frame"].to_numpy(np.int64)

    @cached_property
    def track(self) -> np.ndarray:
        """The track of each cell; int64, shape (N,)."""
        return self.cells["track"].to_numpy(np.int64)

    @cached_property
    def yx_px(self) -> np.ndarray:
        """The place of each cell in the image; float64, shape (N, 2)."""
        return self.cells[["y_px", "x_px"]].to_numpy(np.float64)

    @cached_property
    def area_px(self) -> np.ndarray:
        """The area of each cell; float64, shape (N,)."""
        return self.cells["area_px"].to_numpy(np.float64)

    @cached_property
    def order(self) -> np.ndarray:
        """Rows by track, then by frame; int64, shape (N,)."""
        return np.lexsort((self.frame, self.track))

    @cached_property
    def length(self) -> np.ndarray:
        """How many cells each track has; int64, shape (K,)."""
        return np.bincount(self.track, minlength=len(self.parent))

    @cached_property
    def nth(self) -> np.ndarray:
        """The place of each cell in its track, from 0; int64, shape (N,)."""
        nth = np.empty(len(self.track), dtype=np.int64)
        nth[self.order] = np.arange(len(nth)) - (np.cumsum(self.length) - self.length)[self.track[self.order]]
        return nth

    @cached_property
    def first_frame(self) -> np.ndarray:
        """The first frame of each track, 0 for one without cells; int64, shape (K,)."""
        first = np.zeros(len(self.parent), dtype=np.int64)
        first[self.track[self.order[::-1]]] = self.frame[self.order[::-1]]
        return first

    @cached_property
    def last_frame(self) -> np.ndarray:
        """The last frame of each track, 0 for one without cells; int64, shape (K,)."""
        last = np.zeros(len(self.parent), dtype=np.int64)
        last[self.track[self.order]] = self.frame[self.order]
        return last

    @cached_property
    def is_mother(self) -> np.ndarray:
        """Whether each track has daughters; bool, shape (K,)."""
        return np.isin(np.arange(len(self.parent)), self.parent)

    def successor(self) -> np.ndarray:
        """The row of each cell's successor in its track, -1 for none; int64, shape (N,)."""
        successor = np.full(len(self.order), NONE, dtype=np.int64)
        before, after = self.order[:-1], self.order[1:]
        goes_on = self.track[before] == self.track[after]
        successor[before[goes_on]] = after[goes_on]
        return successor

    def last_before(self, track: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """The rows of the tracks' last cells before these frames, -1 for none; all of shape (N,)."""
        place = self._places(track, frame)
        row = self.order[np.maximum(place - 1, 0)]
        return np.where((place > 0) & (self.track[row] == track), row, -1)

    def first_from(self, track: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """The rows of the tracks' first cells in or after these frames, -1 for none; all of shape (N,)."""
        place = self._places(track, frame)
        row = self.order[np.minimum(place, len(self.order) - 1)]
        return np.where((place < len(self.order)) & (self.track[row] == track), row, -1)

    def _places(self, track: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """How many cells come before tracks and frames in `order`."""
        return np.searchsorted(self._keys, self._key(track, frame))

    def _key(self, track: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """One number that sorts by track, then by frame, of which there is one more than the movie has."""
        return track * (len(self.moved_px) + 1) + frame

    @cached_property
    def _keys(self) -> np.ndarray:
        return self._key(self.track[self.order], self.frame[self.order])

    def expected_px(self, before: np.ndarray, after: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """The places of cells in the image between two others of their track, at an even speed.

        Parameters
        ----------
        before, after : ndarray of int, shape (N,)
            Rows, of an earlier and of a later frame; one of the two may be -1, and then the cell stays at the other.
        frame : ndarray of int, shape (N,)
            The frames in which to say where they are.

        Returns
        -------
        ndarray of float64, shape (N, 2)
        """
        before, after = np.where(before < 0, after, before), np.where(after < 0, before, after)
        begin, end = (self.yx_px[rows] - self.moved_px[self.frame[rows]] for rows in (before, after))
        # of one cell twice, any share will do
        share = (frame - self.frame[before]) / np.maximum(self.frame[after] - self.frame[before], 1)
        return begin + share[:, None] * (end - begin) + self.moved_px[frame]

    def usual_area_px(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """The area of cells between two others of their track: the mean of theirs; as `expected_px`."""
        before, after = np.where(before < 0, after, before), np.where(after < 0, before, after)
        return (self.area_px[before] + self.area_px[after]) / 2

    def row_of_label(self, frame: int, label: int) -> int:
        """The row of a cell that is there."""
        begin, end = np.searchsorted(self.frame, [frame, frame + 1])
        return int(begin + np.searchsorted(self.cells["label"].to_numpy()[begin:end], label))
