"""A label image as runs: what is measured of all cells at once is measured on them, not on pixels."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph


@dataclass(frozen=True)
class Runs:
    """Stretches of one label along rows, in reading order.

    Parameters
    ----------
    label, row, first, last : ndarray of int64, shape (R,)
        The label and the row of each run, and its first and last column, both included.
    n_labels : int
        One more than the largest label, so that arrays by label have an element for the background, too.
    """

    label: np.ndarray
    row: np.ndarray
    first: np.ndarray
    last: np.ndarray
    n_labels: int

    @classmethod
    def of(cls, labels: np.ndarray) -> "Runs":
        """The runs of a label image, shape (Y, X), int, or of a mask, bool, that is of one label; 0 is background."""
        changes = np.ones(labels.shape, dtype=bool)
        np.not_equal(labels[:, 1:], labels[:, :-1], out=changes[:, 1:])
        begins = np.flatnonzero(changes)
        ends = np.append(begins, labels.size)[1:]
        label = labels.ravel()[begins].astype(np.int64)
        inside = np.flatnonzero(label)
        row, first = np.divmod(begins[inside], labels.shape[1])
        return cls(label[inside], row, first, first + (ends - begins)[inside] - 1, int(np.max(label, initial=0)) + 1)

    @classmethod
    def together(cls, parts: list["Runs"]) -> "Runs":
        """The runs of several images that do not overlap, with their labels as they are."""
        label, row, first, last = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("label", "row", "first", "last")
        )
        order = np.lexsort((first, row))
        return cls(label[order], row[order], first[order], last[order], max(part.n_labels for part in parts))

    @property
    def length_px(self) -> np.ndarray:
        """How long they are; int64, shape (R,)."""
        return self.last - self.first + 1

    @cached_property
    def area_px(self) -> np.ndarray:
        """Pixels of each label; float64, shape (n_labels,)."""
        return self.sums(self.length_px)

    def sums(self, of_each: np.ndarray) -> np.ndarray:
        """Sum what is known of each run, by label; float64, shape (n_labels,)."""
        return np.bincount(self.label, weights=of_each, minlength=self.n_labels)

    def sums_along(self, image: np.ndarray) -> np.ndarray:
        """Sum the pixels of an image of whole numbers, shape (Y, X), along each run; int64, shape (R,)."""
        begins = self.row * image.shape[1] + self.first
        stretches = np.column_stack([begins, begins + self.length_px]).ravel()
        # the pixel behind the last is there for the last run's end
        return np.add.reduceat(np.append(image.ravel(), 0), stretches, dtype=np.int64)[::2]

    def only(self, keep: np.ndarray) -> "Runs":
        """Those of the labels to keep, given by label, with the labels that they have."""
        kept = np.flatnonzero(keep[self.label])
        return Runs(self.label[kept], self.row[kept], self.first[kept], self.last[kept], self.n_labels)

    def named(self, label_of: np.ndarray) -> "Runs":
        """The same runs with other labels, given by label; none becomes 0."""
        return replace(self, label=label_of[self.label], n_labels=int(label_of[1:].max(initial=0)) + 1)

    def moved(self, rows: int, columns: int) -> "Runs":
        """The same runs at another place."""
        return replace(self, row=self.row + rows, first=self.first + columns, last=self.last + columns)

    def box(self) -> tuple[slice, slice]:
        """The rows and columns between which they are, of which there is one at least."""
        return slice(self.row[0], self.row[-1] + 1), slice(self.first.min(), self.last.max() + 1)

    def connected(self) -> "Runs":
        """Connected pieces, corners included, whatever their labels; numbered from 1 in reading order."""
        # so wide that the ends of rows do not meet
        width = int(self.last.max(initial=0)) + 3
        begins, ends = self.row * width + self.first, self.row * width + self.last
        # of each run the first that it touches in the row below, and the one behind the last
        low = np.searchsorted(ends, begins + width - 1)
        high = np.searchsorted(begins, ends + width + 1, side="right")
        starts = np.concatenate([[0], np.cumsum(high - low)])
        below = np.arange(starts[-1]) - np.repeat(starts[:-1] - low, high - low)
        touch = sparse.csr_array((np.ones(len(below), np.int8), below, starts), shape=(len(begins),) * 2)
        # SciPy numbers them in the order of their first runs
        n_pieces, piece = csgraph.connected_components(touch, directed=False)
        return replace(self, label=piece.astype(np.int64) + 1, n_labels=n_pieces + 1)

    def at(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """The labels of some pixels; int64, 0 where there is no run."""
        if not len(self.label):
            return np.zeros(len(row), dtype=np.int64)
        width = int(max(self.last.max(), column.max(initial=0))) + 1
        place = row * width + column
        run = np.searchsorted(self.row * width + self.first, place, side="right") - 1
        inside = (run >= 0) & (place <= (self.row * width + self.last)[run])
        return np.where(inside, self.label[run], 0)

    def painted(self, shape: tuple[int, int], value_of: np.ndarray | None = None) -> np.ndarray:
        """The label image, or that of another number of each label; int32, contiguous."""
        begins = self.row * shape[1] + self.first
        stretches = np.column_stack([begins, begins + self.length_px]).ravel()
        values = np.zeros(len(stretches) + 1, dtype=np.int32)
        values[1::2] = self.label if value_of is None else value_of[self.label]
        return np.repeat(values, np.diff(stretches, prepend=0, append=shape[0] * shape[1])).reshape(shape)

    def mask(self, margin_px: int) -> np.ndarray:
        """Their pixels in their box, with a margin around it; bool."""
        rows, columns = self.box()
        shape = tuple(side.stop - side.start + 2 * margin_px for side in (rows, columns))
        return self.moved(margin_px - rows.start, margin_px - columns.start).painted(shape) > 0

    @cached_property
    def _order(self) -> np.ndarray:
        """The order by label, and within a label in reading order."""
        return np.argsort(self.label, kind="stable")

    @cached_property
    def _behind(self) -> np.ndarray:
        """The end of each label in that order, by label."""
        return np.cumsum(np.bincount(self.label, minlength=self.n_labels))

    @cached_property
    def rows(self) -> tuple[np.ndarray, ...]:
        """Each label's rows: label, row, first and last column, sorted by label and row."""
        order = self._order
        label, row, first, last = (values[order] for values in (self.label, self.row, self.first, self.last))
        begins = np.flatnonzero((np.diff(label, prepend=-1) != 0) | (np.diff(row, prepend=-1) != 0))
        ends = np.append(begins[1:], len(label))[: len(begins)] - 1
        return label[begins], row[begins], first[begins], last[ends]

    def interrupted(self) -> np.ndarray:
        """Whether each label has a row of several runs, without which it has no hole; bool, shape (n_labels,)."""
        n_runs = np.bincount(self.label, minlength=self.n_labels)
        return n_runs > np.bincount(self.rows[0], minlength=self.n_labels)

    def of_one(self, label: int) -> "Runs":
        """Those of one label, from 1."""
        own = self._order[self._behind[label - 1] : self._behind[label]]
        return Runs(self.label[own], self.row[own], self.first[own], self.last[own], self.n_labels)
