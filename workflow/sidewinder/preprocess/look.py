"""What tells a frame that is an image from one that is none: grey values and detail, in a few numbers a frame."""

from dataclasses import dataclass

import numpy as np

# beyond which hot pixels and specks of dust no longer count
DARK_PERCENT, BRIGHT_PERCENT = 1, 99.9
# of so many pixels at least, evenly spread, quantiles are taken
SAMPLE_PX = 2**12
# detail of 4, 8, 16 and 32 pixels
N_OCTAVES = 4
MOST_SHORT = int(np.iinfo(np.uint16).max)
# along a side: of fewer it depends on where the cells happen to lie
FEWEST_MEANS = 16


@dataclass(frozen=True)
class Look:
    """Grey values of one channel of a frame, without pixels that hold no data.

    Parameters
    ----------
    lowest, highest : float
        Of all pixels; NaN where none has data.
    mean : float
        Of all pixels, the median in place of those without data.
    dark, middle, bright : float
        The quantile of `DARK_PERCENT`, the median, the quantile of `BRIGHT_PERCENT`, of a sample.
    at_highest : float
        Share of the sample that has the highest value.
    detail : ndarray, shape (N_OCTAVES,)
        By how much, root mean square, the means of neighbouring 2 x 2 pixels differ, then those of 4 x 4, 8 x 8 and
        16 x 16; 0 where there are few of these.
    """

    lowest: float
    highest: float
    mean: float
    dark: float
    middle: float
    bright: float
    at_highest: float
    detail: np.ndarray


def look_at(plane: np.ndarray, missing: np.ndarray | None) -> Look:
    """Measure one channel of a frame.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Grey values.
    missing : ndarray of bool or None, shape (Y, X)
        Pixels that hold no data; None where all do.

    Returns
    -------
    Look
    """
    seen = plane if missing is None else plane[~missing]
    if not seen.size:
        nothing = float("nan")
        return Look(nothing, nothing, nothing, nothing, nothing, nothing, nothing, np.zeros(N_OCTAVES))
    step = max(1, int(np.sqrt(plane.size / SAMPLE_PX)))
    sample = plane[::step, ::step] if missing is None else seen[:: step**2]
    ranks = [round(share / 100 * (sample.size - 1)) for share in (DARK_PERCENT, 50, BRIGHT_PERCENT)]
    dark, middle, bright = np.partition(sample, ranks, axis=None)[ranks].astype(np.float64).tolist()
    highest = seen.max()
    whole = plane if missing is None else np.where(missing, seen.dtype.type(middle), plane)
    at_highest = np.count_nonzero(sample == highest) / sample.size
    # sums of four that fit 16 bits are added faster
    means = _halved(whole, np.uint16 if plane.dtype.kind == "u" and highest <= MOST_SHORT // 4 else np.float32)
    mean = float(means.mean()) if means.size else middle
    means -= mean
    return Look(float(seen.min()), float(highest), mean, dark, middle, bright, at_highest, detail(means))


def detail(means: np.ndarray) -> np.ndarray:
    """How much detail of each size the means of 2 x 2 pixels, less the mean of them all, have, as in `Look`."""
    found = np.zeros(N_OCTAVES)
    for octave in range(N_OCTAVES):
        if min(means.shape) < FEWEST_MEANS:
            break
        coarser = _halved(means)
        finer = means[: 2 * coarser.shape[0], : 2 * coarser.shape[1]]
        # the variance within four is that of all less that of their means; rounding must not make it negative
        found[octave] = np.sqrt(max(np.vdot(finer, finer) / finer.size - np.vdot(coarser, coarser) / coarser.size, 0))
        means = coarser
    return found


def _halved(plane: np.ndarray, sums: type[np.generic] = np.float32) -> np.ndarray:
    """Means of 2 x 2 pixels, float32, by sums of a type that they fit; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in plane.shape)
    # whole rows first, whose pixels lie one behind the other
    rows = np.add(plane[0:height:2], plane[1:height:2], dtype=sums, casting="unsafe")
    means: np.ndarray = (rows[:, 0:width:2] + rows[:, 1:width:2]).astype(np.float32, copy=False)
    means /= 4
    return means
