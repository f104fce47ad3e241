"""How far all cells move together from frame to frame: drift and jumps of the stage."""

import numpy as np
from scipy import ndimage as ndi

from sidewinder.link.neighbours import mutual_nearest, pairs_within, spacing
from sidewinder.link.points import Points

# the median of fewer pairs says more of these cells than of the stage
FEWEST_PAIRS = 8
# a shift is taken only where it exceeds the uncertainty of the median so many times
STANDARD_ERRORS = 4.0
# when the shift changes by less than this, it is found
CLOSE_ENOUGH_PX = 0.02
MOST_ROUNDS = 10
# cells that come to lie within this part of the spacing are said to agree with a shift
AGREEMENT_OF_SPACING = 0.2
# a jump is looked for where less than this share of cells agree with the shift found nearby
MIN_AGREEMENT = 0.6
# how far a jump is looked for, in spacings
FARTHEST_JUMP_OF_SPACING = 3.0
# and taken where at least this share agrees with it
SHARE_FOR_JUMP = 0.5


def estimate_drift(points: Points) -> np.ndarray:
    """The common displacement of the cells from each frame to the next.

    Parameters
    ----------
    points : Points
        The cells as they lie in the image.

    Returns
    -------
    ndarray of float64, shape (n_frames, 2)
        Displacement in y and x from the frame before, in pixels; 0 for the first frame and where nothing can be said.
        ``points.without_drift(np.cumsum(drift, axis=0))`` are the cells without it.
    """
    drift = np.zeros((points.n_frames, 2))
    frames = [points.yx_px[rows] for rows in points.rows_by_frame()]
    for frame in range(1, points.n_frames):
        drift[frame] = shift_between(frames[frame - 1], frames[frame])
    return drift


def shift_between(before_yx: np.ndarray, after_yx: np.ndarray) -> np.ndarray:
    """The displacement that most cells of two frames share.

    The median displacement of mutual nearest neighbours, taken again and again after it has been applied. Where few
    cells agree with it, the stage may have jumped by about the spacing of the cells, so that neighbours are others:
    then the displacement is tried that occurs most often among all pairs.

    Parameters
    ----------
    before_yx, after_yx : ndarray, shape (N, 2) and (M, 2)
        Positions in pixels.

    Returns
    -------
    ndarray, shape (2,)
        In y and x, in pixels; 0 where there are too few cells, or where they move apart rather than together.
    """
    nothing = np.zeros(2)
    if min(len(before_yx), len(after_yx)) < FEWEST_PAIRS:
        return nothing
    apart_px = float(np.median(np.concatenate([spacing(before_yx), spacing(after_yx)])))
    near = _settle(before_yx, after_yx, nothing)
    agree = _agreement(before_yx + near, after_yx, apart_px)
    if agree < MIN_AGREEMENT:
        jump = _settle(before_yx, after_yx, _commonest_displacement(before_yx, after_yx, apart_px))
        jump_agrees = _agreement(before_yx + jump, after_yx, apart_px)
        if jump_agrees >= SHARE_FOR_JUMP and jump_agrees > agree:
            return jump
    return near


def _settle(before_yx: np.ndarray, after_yx: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Improve a shift by the medians of mutual nearest neighbours, until it stays."""
    for _ in range(MOST_ROUNDS):
        before, after = mutual_nearest(before_yx + shift, after_yx)
        step = after_yx[after] - before_yx[before]
        better = _significant(np.median(step, axis=0), step)
        if np.allclose(better, shift, atol=CLOSE_ENOUGH_PX):
            return better
        shift = better
    return shift


def _significant(shift: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The shift where it stands out of the scatter of steps, 0 where it does not."""
    if len(steps) < FEWEST_PAIRS:
        return np.zeros(2)
    # of a median of normal values: 1.2533 sigma / sqrt(n), with sigma from the median absolute deviation
    deviation = 1.4826 * np.median(np.abs(steps - shift), axis=0)
    error = 1.2533 * deviation / np.sqrt(len(steps))
    return shift if np.any(np.abs(shift) > STANDARD_ERRORS * error) else np.zeros(2)


def _agreement(before_yx: np.ndarray, after_yx: np.ndarray, apart_px: float) -> float:
    """The share of cells that have their mutual nearest neighbour close by."""
    before, after = mutual_nearest(before_yx, after_yx)
    distance = np.linalg.norm(after_yx[after] - before_yx[before], axis=1)
    close = int(np.count_nonzero(distance <= AGREEMENT_OF_SPACING * apart_px))
    return close / min(len(before_yx), len(after_yx))


def _commonest_displacement(before_yx: np.ndarray, after_yx: np.ndarray, apart_px: float) -> np.ndarray:
    """The displacement around which most pairs of cells gather."""
    farthest_px = FARTHEST_JUMP_OF_SPACING * apart_px
    before, after, _ = pairs_within(before_yx, after_yx, farthest_px)
    y, x = (after_yx[after] - before_yx[before]).T
    # an odd number of bins, so that one has its centre at no displacement
    n_bins = 2 * int(np.ceil(farthest_px / (AGREEMENT_OF_SPACING * apart_px / 2))) + 1
    votes, edges, _ = np.histogram2d(y, x, bins=n_bins, range=[(-farthest_px, farthest_px)] * 2)
    votes = ndi.uniform_filter(votes, size=3, mode="constant")
    centres = (edges[:-1] + edges[1:]) / 2
    return centres[list(np.unravel_index(np.argmax(votes), votes.shape))]
