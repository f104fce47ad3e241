"""Exact order statistics of data that are too large to sort: radix selection.

Every value is mapped to an unsigned integer of the same order. A first pass counts the leading 16 bits of all values.
The counts say in which of the 65,536 bins the wanted ranks lie; a next pass counts the next 16 bits of the values in
those bins only, and so on. One pass does for 8 and 16 bits, two for 32, four for 64.
"""

from collections.abc import Sequence

import numpy as np

DIGIT_BITS = 16
# so many values are counted at a time: the machine's word for each stays near the processor. Small frames are gathered,
# because all bins are added up each time
AT_A_TIME = 2**17


def sortable(values: np.ndarray) -> np.ndarray:
    """Map numbers to unsigned integers of the same size and the same order.

    Parameters
    ----------
    values : ndarray of int or float
        No NaN.

    Returns
    -------
    ndarray of unsigned int
        -0.0 is mapped as 0.0.
    """
    if values.dtype.kind == "u":
        return values
    unsigned = np.dtype(f"u{values.dtype.itemsize}")
    top = unsigned.type(1 << (8 * unsigned.itemsize - 1))
    if values.dtype.kind == "i":
        return values.view(unsigned) ^ top
    bits = (values + values.dtype.type(0)).view(unsigned)
    return np.where(bits & top, ~bits, bits | top)


def restore(keys: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Undo `sortable`."""
    dtype = np.dtype(dtype)
    if dtype.kind == "u":
        return keys.astype(dtype)
    top = keys.dtype.type(1 << (8 * keys.dtype.itemsize - 1))
    if dtype.kind == "i":
        return (keys ^ top).view(dtype)
    return np.where(keys & top, keys ^ top, ~keys).view(dtype)


def _counts(digits: np.ndarray, n_bins: int) -> np.ndarray:
    """How often each number occurs."""
    if digits.dtype == np.uint8 and digits.size % 2 == 0:
        # two bytes at once take a third of the time
        pairs = _counts(digits.view(np.uint16), n_bins**2).reshape(n_bins, n_bins)
        return np.asarray(pairs.sum(axis=0) + pairs.sum(axis=1))
    counts = np.zeros(n_bins, np.int64)
    for start in range(0, digits.size, AT_A_TIME):
        part = np.bincount(digits[start : start + AT_A_TIME])
        counts[: part.size] += part
    return counts


class RankSelection:
    """Find the values of given ranks in several passes over the same data.

    Parameters
    ----------
    dtype : dtype
        Type of the data: integers, float32 or float64.

    Notes
    -----
    Call `count` with all data, in any pieces and order, then `end_pass` with the ranks; again until that says it is
    enough; then `values`. The ranks may be decided once the first pass has counted the data.
    """

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = np.dtype(dtype)
        n_bits = 8 * self.dtype.itemsize
        self.shift = max(0, n_bits - DIGIT_BITS)
        self.n_bins = 1 << min(n_bits, DIGIT_BITS)
        self.prefixes: np.ndarray | None = None
        self.counts = np.zeros((1, self.n_bins), np.int64)
        self._gathered: list[np.ndarray] = []

    @property
    def n_counted(self) -> int:
        """How many values this pass has counted so far; in the first pass, all values."""
        self._count_gathered()
        return int(self.counts.sum())

    def count(self, values: np.ndarray, times: int = 1) -> None:
        """Count values, of any shape, for this pass; -1 times in the first pass takes back what was counted."""
        keys = sortable(values.reshape(-1))
        digits = (keys >> self.shift) & (self.n_bins - 1) if keys.itemsize > 2 else keys
        if self.prefixes is None:
            self._first_pass(digits, times)
            return
        heads = keys >> (self.shift + DIGIT_BITS)
        rows = np.searchsorted(self.prefixes, heads)
        wanted = self.prefixes[np.minimum(rows, len(self.prefixes) - 1)] == heads
        cells = rows[wanted] * self.n_bins + digits[wanted].astype(np.int64)
        self.counts += np.bincount(cells, minlength=self.counts.size).reshape(self.counts.shape)

    def _first_pass(self, digits: np.ndarray, times: int) -> None:
        """Count leading digits of all values."""
        if times == 1:
            self._gathered.append(digits)
            if sum(map(len, self._gathered)) >= AT_A_TIME:
                self._count_gathered()
        else:
            self.counts[0] += times * _counts(digits, self.n_bins)

    def _count_gathered(self) -> None:
        if self._gathered:
            gathered = self._gathered[0] if len(self._gathered) == 1 else np.concatenate(self._gathered)
            self.counts[0] += _counts(gathered, self.n_bins)
            self._gathered.clear()

    def end_pass(self, ranks: Sequence[int]) -> bool:
        """Find the bins of the ranks (from 1); return whether another pass over the data is needed.

        Parameters
        ----------
        ranks : sequence of int
            The same in every pass.
        """
        if self.prefixes is None:
            self._count_gathered()
            self.rows = np.zeros(len(ranks), np.int64)
            self.remaining = np.asarray(ranks, np.int64)
            self.keys = np.zeros(len(ranks), f"u{self.dtype.itemsize}")
        cumulated = self.counts.cumsum(axis=1)
        for i, row in enumerate(self.rows):
            digit = int(np.searchsorted(cumulated[row], self.remaining[i]))
            self.remaining[i] -= cumulated[row, digit - 1] if digit else 0
            self.keys[i] |= self.keys.dtype.type(digit << self.shift)
        if self.shift == 0:
            return False
        self.prefixes, self.rows = np.unique(self.keys >> self.shift, return_inverse=True)
        self.shift -= DIGIT_BITS
        self.counts = np.zeros((len(self.prefixes), self.n_bins), np.int64)
        return True

    def values(self) -> np.ndarray:
        """The values of the ranks, in the dtype of the data, after the last pass."""
        return restore(self.keys, self.dtype)
