"""Intensity of all cells at once."""

from collections.abc import Sequence

import numpy as np

from sidewinder.measure.runs import Runs


def measure_intensity(values: np.ndarray, inside: np.ndarray, runs: Runs) -> dict[str, np.ndarray]:
    """Measure grey values.

    Parameters
    ----------
    values : ndarray, shape (Y, X)
        Grey values of one channel.
    inside : ndarray of bool, shape (Y, X)
        True where there are cells.
    runs : Runs
        Runs of the labels, of which there is one at least.

    Returns
    -------
    dict of str to ndarray of float64, shape (runs.n_labels,)
        `mean`, `std` (of all the cell's pixels, not of a sample), `min`, `max`, `sum`; without meaning for labels
        that are not there.
    """
    # runs lie one behind the other in what reading order takes out of the image
    pixels = values[inside].astype(np.float64)
    begins = np.cumsum(runs.length_px) - runs.length_px
    there = np.where(runs.area_px > 0, runs.area_px, np.nan)
    total = runs.sums(np.add.reduceat(pixels, begins))
    mean = total / there
    off = pixels - np.repeat(mean[runs.label], runs.length_px)
    least, largest = (np.full(runs.n_labels, limit) for limit in (np.inf, -np.inf))
    np.minimum.at(least, runs.label, np.minimum.reduceat(pixels, begins))
    np.maximum.at(largest, runs.label, np.maximum.reduceat(pixels, begins))
    return {
        "mean": mean,
        "std": np.sqrt(runs.sums(np.add.reduceat(off * off, begins)) / there),
        "min": least,
        "max": largest,
        "sum": total,
    }


def measure_quantiles(values: np.ndarray, inside: np.ndarray, runs: Runs, shares: Sequence[float]) -> np.ndarray:
    """Quantiles of each cell's grey values, between neighbouring ones by a straight line.

    Parameters
    ----------
    values, inside, runs
        As for `measure_intensity`.
    shares : sequence of float
        From 0 to 1.

    Returns
    -------
    ndarray of float64, shape (len(shares), runs.n_labels)
        Without meaning for labels that are not there.
    """
    pixels, label = values[inside].astype(np.float64), np.repeat(runs.label, runs.length_px)
    ordered = pixels[np.lexsort((pixels, label))]
    n_px = runs.area_px.astype(np.int64)
    place = np.asarray(shares)[:, None] * np.maximum(n_px - 1, 0)
    low = np.floor(place).astype(np.int64)
    # of a label that is not there, whichever pixel comes next
    first = np.cumsum(n_px) - n_px
    below, above = (ordered[np.minimum(first + at, len(ordered) - 1)] for at in (low, np.ceil(place).astype(np.int64)))
    between: np.ndarray = below + (place - low) * (above - below)
    return between
