"""Means over movies, and differences between them, with intervals. A movie is one value, however many cells it has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
# beyond it, a value is far from the others (Iglewicz and Hoaglin 1993)
FAR = 3.5
# the median of fewer says nothing
FEWEST_FOR_OUTLIERS = 5


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, at 95 % confidence; NaN where it is not known, as the interval of one value.

    Parameters
    ----------
    value, low, high : float
        The number, and the ends of its interval.
    """

    value: float
    low: float
    high: float


def mean_of(values: Sequence[float]) -> Estimate:
    """The mean of movies' values, and Student's t interval; values that are not known are left out."""
    known = _known(values)
    if not len(known):
        return Estimate(np.nan, np.nan, np.nan)
    return _interval(float(known.mean()), _squared_error(known), len(known) - 1)


def difference_of(values: Sequence[float], others: Sequence[float]) -> Estimate:
    """The mean of movies' values less that of others, and Welch's t interval, which allows for unequal spreads."""
    first, second = _known(values), _known(others)
    if not len(first) or not len(second):
        return Estimate(np.nan, np.nan, np.nan)
    errors = np.array([_squared_error(first), _squared_error(second)])
    freedom = 0.0
    if errors.sum() > 0:
        freedom = float(errors.sum() ** 2 / (errors**2 / [len(first) - 1, len(second) - 1]).sum())
    return _interval(float(first.mean() - second.mean()), float(errors.sum()), freedom)


def robust_z(values: Sequence[float]) -> np.ndarray:
    """How far each value is from the median, in standard deviations that the median absolute deviation stands for.

    Parameters
    ----------
    values : sequence of float
        Of all movies; NaN where a movie has none.

    Returns
    -------
    ndarray, float64
        NaN where there is no value, fewer than five of them, or more than half of them are the same.
    """
    numbers = np.asarray(values, np.float64)
    known = numbers[np.isfinite(numbers)]
    spread = stats.median_abs_deviation(known, scale="normal") if len(known) >= FEWEST_FOR_OUTLIERS else 0.0
    if not spread > 0:
        return np.full(len(numbers), np.nan)
    found: np.ndarray = (numbers - np.median(known)) / spread
    return found


def _known(values: Sequence[float]) -> np.ndarray:
    numbers = np.asarray(values, np.float64)
    return numbers[np.isfinite(numbers)]


def _squared_error(known: np.ndarray) -> float:
    """Of the mean; NaN of one value."""
    return float(known.var(ddof=1)) / len(known) if len(known) > 1 else float("nan")


def _interval(value: float, squared_error: float, freedom: float) -> Estimate:
    """The interval around a value; none where its error is not known, or the values are all the same."""
    if not squared_error > 0:
        return Estimate(value, np.nan, np.nan)
    low, high = stats.t.interval(CONFIDENCE, freedom, loc=value, scale=squared_error**0.5)
    return Estimate(value, float(low), float(high))
