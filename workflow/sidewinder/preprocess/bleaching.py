"""How the light of cells fades from frame to frame."""

import numpy as np
from scipy.optimize import least_squares

# cells are brighter than the background by so many of its standard deviations at least
LEAST_CONTRAST_SIGMAS = 3.0
# of the pixels; fewer are specks
LEAST_CELLS_SHARE = 0.001
MOST_ROUNDS = 50
# of the movie, in which cells can be told from the background
LEAST_FRAMES_SHARE = 0.5
# frames that differ more from the curve count less, such as those in which other cells come in
USUAL_RESIDUAL = 0.05
# the light of cells of the first frame, times of decay in a movie and the share that does not bleach
START, LOWEST, HIGHEST = (1.2, 1.0, 0.1), (1e-3, 0.0, 0.0), (1e3, 50.0, 1.0)
# less is no bleaching; more leaves nothing but noise to be brightened
LEAST_FALL, LEAST_LEFT = 0.05, 0.05


def background_and_contrast(grey: np.ndarray) -> tuple[float, float]:
    """The typical grey value between cells, and by how much cells are typically brighter.

    Parameters
    ----------
    grey : ndarray, shape (N,)
        Of a frame; NaN where there is no data.

    Returns
    -------
    background, contrast : float
        The medians of darker and brighter pixels, divided halfway between the two, so that it makes no difference how
        many cells there are; `contrast` is NaN where no cells stand out.
    """
    grey = grey[np.isfinite(grey)]
    if not grey.size:
        return np.nan, np.nan
    background, cells = float(np.median(grey)), float(grey.max())
    for _ in range(MOST_ROUNDS):
        brighter = grey > (background + cells) / 2
        if not brighter.any():
            return background, np.nan
        before = background, cells
        background, cells = float(np.median(grey[~brighter])), float(np.median(grey[brighter]))
        if (background, cells) == before:
            break
    spread = 1.4826 * float(np.median(np.abs(grey[~brighter] - background)))
    stands_out = cells - background > LEAST_CONTRAST_SIGMAS * spread and brighter.mean() >= LEAST_CELLS_SHARE
    return background, cells - background if stands_out else np.nan


def contrast_left(contrast: np.ndarray) -> np.ndarray:
    """What is left of the light of cells: an exponential decay to what does not bleach, by their contrast.

    Parameters
    ----------
    contrast : ndarray, shape (T,)
        As of `background_and_contrast`; NaN of frames that are no image, or without cells.

    Returns
    -------
    ndarray of float64, shape (T,)
        1 in the first frame, and never more than before, since light that rises is no bleaching; 1 in all frames where
        less than `LEAST_FALL` was lost, or cells stand out in too few frames.
    """
    nothing_lost = np.ones(len(contrast))
    known = np.flatnonzero(np.isfinite(contrast))
    if len(known) < max(len(START), LEAST_FRAMES_SHARE * len(contrast)):
        return nothing_lost
    measured = np.log(contrast[known] / np.median(contrast[known]))
    # light bleaches what it falls on, so that frames count and not the time between them
    place = np.arange(len(contrast)) / len(contrast)

    def missed(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.log(_decay(values, place[known])) - measured)

    fitted = least_squares(missed, START, bounds=(LOWEST, HIGHEST), loss="cauchy", f_scale=USUAL_RESIDUAL).x
    left = _decay(fitted, place) / _decay(fitted, place[:1])
    return np.maximum(left, LEAST_LEFT) if left[-1] < 1 - LEAST_FALL else nothing_lost


def _decay(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    first, rate, lasting = values
    return np.asarray(first * ((1 - lasting) * np.exp(-rate * place) + lasting))
