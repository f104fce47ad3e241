"""Quantiles of the whole movie, by which the stages after this one normalise."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from sidewinder.errors import UserError
from sidewinder.preprocess.order import RankSelection

# each percent, from which the background is found, and the ends more closely
QUANTILES_PERCENT = (0, 0.1, 0.5, *range(1, 100), 99.5, 99.8, 99.9, 99.99, 100)


class MovieStatistics:
    """Exact quantiles of each channel, gathered while the frames pass by.

    Parameters
    ----------
    dtype : dtype
        Type of the frames.
    channel_names : sequence of str
        One a channel.
    read_again : callable
        Gives an iterator over all that was counted and not taken back. It is called once for 32-bit pixels and three
        times for 64-bit ones, after the first pass; never for 8 and 16 bits.
    """

    def __init__(
        self, dtype: np.dtype, channel_names: Sequence[str], read_again: Callable[[], Iterable[np.ndarray]]
    ) -> None:
        self.channel_names = tuple(channel_names)
        self.read_again = read_again
        self.selections = [RankSelection(dtype) for _ in channel_names]

    def count(self, frame: np.ndarray, times: int = 1) -> None:
        """Count pixels of a frame, (C, ...); -1 times in the first pass takes back what was counted."""
        for selection, plane in zip(self.selections, frame, strict=True):
            selection.count(plane, times)

    def finish(self) -> list[dict[str, Any]]:
        """Read again where one pass was not enough, and return the statistics as they are stored.

        Returns
        -------
        list of dict
            One a channel: its name under "channel"; under "quantiles", for each percent as text, the smallest pixel
            value that at least so many percent of the pixels do not exceed (0 is the minimum).
        """
        n_pixels = self.selections[0].n_counted
        # in whole numbers, for 99.9 % of 1000 pixels are 999 of them and not 1000
        ranks = [max(1, -(-round(100 * percent) * n_pixels // 10_000)) for percent in QUANTILES_PERCENT]
        while all([selection.end_pass(ranks) for selection in self.selections]):
            for frame in self.read_again():
                self.count(frame)
        return [
            {
                "channel": name,
                "quantiles": dict(zip(map(str, QUANTILES_PERCENT), selection.values().tolist(), strict=True)),
            }
            for name, selection in zip(self.channel_names, self.selections, strict=True)
        ]


def quantile(statistics: Sequence[dict[str, Any]], channel: int, percent: float) -> float:
    """Look up a quantile of the whole movie.

    Parameters
    ----------
    statistics : sequence of dict
        The "statistics" among the attributes of an image that `convert` wrote.
    channel : int
        The channel's number.
    percent : float
        One of `QUANTILES_PERCENT`.

    Returns
    -------
    float

    Raises
    ------
    UserError
        If the quantile was not stored.
    """
    return quantiles(statistics, channel, (percent,))[percent]


def quantiles(statistics: Sequence[dict[str, Any]], channel: int, percents: Sequence[float]) -> dict[float, float]:
    """Look up several quantiles, by percent; as `quantile`."""
    kept = {float(percent): float(value) for percent, value in statistics[channel]["quantiles"].items()}
    for percent in percents:
        if percent not in kept:
            known = ", ".join(statistics[channel]["quantiles"])
            raise UserError(f"the quantile of {percent} % was not computed; expected one of {known}")
    return {percent: kept[percent] for percent in percents}
