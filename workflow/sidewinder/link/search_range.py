"""How far a cell may move from frame to frame, from the movie itself."""

import numpy as np

from sidewinder.link.neighbours import mutual_nearest, spacing
from sidewinder.link.points import Points

# Chosen on real movies with truth (fluorescent nuclei, phase contrast, cells from 14 to 70 px), with perfect and with
# damaged masks. Between half and one spacing hardly anything changes: below, fast cells and daughters are lost; above,
# a cell that was missed is replaced by its neighbour.
OF_SPACING = 0.65
# in an empty scene the spacing means nothing, but a cell hardly moves farther than this
OF_DIAMETER = 2.5
# steps have heavy tails: a multiple of what 95 % of the cells do, as long as neighbours can be told apart
OF_STEP = 2.5
STEP_QUANTILE = 0.95
OF_SPACING_AT_MOST = 1.5
MIN_PX = 1.0


def search_range_of(points: Points) -> float:
    """A search range that suits the movie.

    A part of the spacing of the cells, and in an empty scene a multiple of their size; where cells move farther than
    that, a multiple of their steps, though not far beyond the spacing.

    Parameters
    ----------
    points : Points
        The cells, with the drift of the stage taken out.

    Returns
    -------
    float
        The search range in pixels, at least one, which is also what a movie without cells is given.
    """
    if not len(points):
        return MIN_PX
    frames = [points.yx_px[rows] for rows in points.rows_by_frame()]
    diameter_px = 2 * np.sqrt(np.median(points.area_px) / np.pi)
    apart = np.concatenate([spacing(frame) for frame in frames])
    apart_px = np.median(apart) if len(apart) else np.inf
    steps = np.concatenate([np.empty(0), *map(_steps, frames[:-1], frames[1:])])
    step_px = np.quantile(steps, STEP_QUANTILE) if len(steps) else 0.0
    from_size_px = min(OF_SPACING * apart_px, OF_DIAMETER * diameter_px)
    from_steps_px = min(OF_STEP * step_px, OF_SPACING_AT_MOST * apart_px)
    return float(max(from_size_px, from_steps_px, MIN_PX))


def _steps(before_yx: np.ndarray, after_yx: np.ndarray) -> np.ndarray:
    """How far mutual nearest neighbours of two frames are apart."""
    before, after = mutual_nearest(before_yx, after_yx)
    return np.linalg.norm(after_yx[after] - before_yx[before], axis=1)
