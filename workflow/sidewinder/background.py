"""The background of fluorescence: its grey level and how far it spreads, from the quantiles of an image or a movie.

Both hold whatever the number of cells: the level is where grey values lie closest, and only what is darker than the
level says how far the background spreads, since what is brighter may be cells.

References
----------
Robertson and Cryer 1974, J Am Stat Assoc 69:1012: the mode as the middle of the shortest interval that holds a given
share of the values.
"""

from collections.abc import Mapping

import numpy as np

# the quantiles that it is found from; the last one is near the brightest cells
WHITE_PERCENT = 99.8
EACH_PERCENT = tuple(range(1, 100))
BACKGROUND_PERCENTS = (*EACH_PERCENT, WHITE_PERCENT)
# the shortest interval of grey values with so many percent of the pixels holds the background's mode
IN_MODE = 15
# of the shortest interval's length
HARDLY_LONGER = 1.1
# of a normal distribution half of what lies below the middle is within so many standard deviations
HALF_BELOW = 0.6745
# of an image without noise: share of the range from background to white
LEAST_SPREAD = 1 / 400


def background(quantiles: Mapping[float, float]) -> tuple[float, float]:
    """Find the background's grey level and spread.

    Parameters
    ----------
    quantiles : mapping of float to float
        Grey values by percent, for each of `BACKGROUND_PERCENTS`.

    Returns
    -------
    level : float
        The mode of the grey values: the middle of the shortest interval that holds 15 % of the pixels.
    spread : float
        Standard deviation of the background, from the values below the level. At least 1/400 of the range up to
        white, for images without noise; 0 where all values are the same.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> image = np.concatenate([rng.normal(100, 4, 60_000), rng.uniform(110, 900, 40_000)])
    >>> values = np.percentile(image, BACKGROUND_PERCENTS)
    >>> level, spread = background(dict(zip(BACKGROUND_PERCENTS, values)))
    >>> round(level), round(spread)
    (100, 4)
    """
    values = _between_steps(np.array([quantiles[percent] for percent in EACH_PERCENT], np.float64))
    widths = values[IN_MODE:] - values[:-IN_MODE]
    # the shortest one, and those beside it that are hardly longer: there the distribution is flat
    shortest = int(widths.argmin())
    longer = np.flatnonzero(widths > HARDLY_LONGER * widths[shortest])
    place = int(np.searchsorted(longer, shortest))
    first = int(longer[place - 1]) + 1 if place else 0
    last = int(longer[place]) - 1 if place < len(longer) else len(widths) - 1
    middle = (first + last + IN_MODE) / 2
    level = float(np.interp(middle, np.arange(len(values)), values))
    # half of what lies below the level
    quartile = float(np.interp((middle + EACH_PERCENT[0]) / 2, EACH_PERCENT, values))
    spread = (level - quartile) / HALF_BELOW
    return level, max(spread, LEAST_SPREAD * (quantiles[WHITE_PERCENT] - level), 0.0)


def _between_steps(values: np.ndarray) -> np.ndarray:
    """Rising values of which many are alike, because grey values are whole numbers, as if they had not been rounded."""
    distinct, first, counts = np.unique(values, return_index=True, return_counts=True)
    if len(distinct) < 2:
        return values
    step = np.diff(distinct).min()
    place = (np.arange(len(values)) - np.repeat(first, counts) + 0.5) / np.repeat(counts, counts) - 0.5
    spread_out: np.ndarray = values + step * place
    return spread_out
