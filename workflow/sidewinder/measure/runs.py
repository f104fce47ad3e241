"""A label image as runs: what is measured of all cells at once is measured on them, not on pixels."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Runs:
    """Stretches of one label along rows, in reading order.

    Parameters
    ----------
    label, row, first, last : ndarray of int64, shape (R,)
        Whose, where, and from which to which column, both included.
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
        """The runs of a label image, shape (Y, X), int; 0 is background."""
        padded = np.pad(labels, ((0, 0), (1, 1)))
        changes = padded[:, 1:] != padded[:, :-1]
        inside = labels > 0
        row, first = np.nonzero(changes[:, :-1] & inside)
        # runs end in the order in which they begin
        last = np.nonzero(changes[:, 1:] & inside)[1]
        return cls(labels[row, first].astype(np.int64), row, first, last, int(labels.max(initial=0)) + 1)

    @property
    def length_px(self) -> np.ndarray:
        """How long they are; int64, shape (R,)."""
        return self.last - self.first + 1

    def sums(self, of_each: np.ndarray) -> np.ndarray:
        """Sum what is known of each run, by label; float64, shape (n_labels,)."""
        return np.bincount(self.label, weights=of_each, minlength=self.n_labels)

    def rows(self) -> tuple[np.ndarray, ...]:
        """Each label's rows: label, row, first and last column, sorted by label and row."""
        order = np.argsort(self.label, kind="stable")
        label, row, first, last = (values[order] for values in (self.label, self.row, self.first, self.last))
        begins = np.flatnonzero((np.diff(label, prepend=-1) != 0) | (np.diff(row, prepend=-1) != 0))
        ends = np.append(begins[1:], len(label))[: len(begins)] - 1
        return label[begins], row[begins], first[begins], last[ends]

    def interrupted(self) -> np.ndarray:
        """Of each label whether it has a row of several runs, without which it has no hole; bool, shape (n_labels,)."""
        n_runs = np.bincount(self.label, minlength=self.n_labels)
        return n_runs > np.bincount(self.rows()[0], minlength=self.n_labels)
