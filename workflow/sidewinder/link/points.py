"""What tracking sees of the cells: when, where, how big."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

# added to areas, as a share of the movie's median, before they are compared: of a fragment, or of what the frame's edge
# leaves of a cell, a pixel more or less says nothing
SOFT_AREA = 0.03


@dataclass(frozen=True)
class Points:
    """The cells of a movie, sorted by frame; a cell is known by its row.

    Parameters
    ----------
    frame : ndarray of int64, shape (N,)
        The frame of each cell, ascending.
    yx_px : ndarray of float64, shape (N, 2)
        Centroid of each cell.
    area_px : ndarray of float64, shape (N,)
        Area of each cell.
    n_frames : int
        Number of frames of the movie; frames may be empty.
    """

    frame: np.ndarray
    yx_px: np.ndarray
    area_px: np.ndarray
    n_frames: int

    @classmethod
    def from_cells(cls, cells: pd.DataFrame, n_frames: int) -> "Points":
        """Points of a cell table that is sorted by frame."""
        return cls(
            frame=cells["frame"].to_numpy(np.int64),
            yx_px=cells[["y_px", "x_px"]].to_numpy(np.float64),
            area_px=cells["area_px"].to_numpy(np.float64),
            n_frames=n_frames,
        )

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def starts(self) -> np.ndarray:
        """The first row of each frame and, last, the number of rows; shape (n_frames + 1,)."""
        return np.searchsorted(self.frame, np.arange(self.n_frames + 1))

    def place_and_size(self, px_per_log_area: float) -> np.ndarray:
        """Centroids with the size as a third coordinate, so that what differs in size is farther apart.

        Parameters
        ----------
        px_per_log_area : float
            How far apart cells in the same place are, of which one is e times as large as the other.

        Returns
        -------
        ndarray of float64, shape (N, 3)
        """
        if not len(self):
            return np.empty((0, 3))
        size = np.log(self.area_px + SOFT_AREA * np.median(self.area_px))
        return np.column_stack([self.yx_px, px_per_log_area * size])

    def only(self, keep: np.ndarray) -> "Points":
        """Some of the cells, given by bool, shape (N,)."""
        return Points(self.frame[keep], self.yx_px[keep], self.area_px[keep], self.n_frames)

    def without_drift(self, moved_px: np.ndarray) -> "Points":
        """The cells, corrected for stage drift: the stage has moved by `moved_px`, shape (n_frames, 2)."""
        return replace(self, yx_px=self.yx_px - moved_px[self.frame])

    def in_seen_frames(self, seen: np.ndarray) -> "Points":
        """The same cells, with frames counted without those that were not seen, bool (n_frames,), and have no cells."""
        return replace(self, frame=(np.cumsum(seen) - 1)[self.frame], n_frames=int(np.count_nonzero(seen)))

    def reversed(self) -> "Points":
        """The same cells with time running backwards; row i becomes row N - 1 - i."""
        backwards = self.n_frames - 1 - self.frame[::-1]
        return Points(backwards, self.yx_px[::-1], self.area_px[::-1], self.n_frames)

    def rows_by_frame(self) -> list[np.ndarray]:
        """The rows of each frame, `n_frames` of them."""
        starts = self.starts
        return [np.arange(begin, end) for begin, end in zip(starts[:-1], starts[1:], strict=True)]
