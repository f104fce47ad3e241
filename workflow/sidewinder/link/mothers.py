"""What may be a division, and how unlike one it is."""

import numpy as np

from sidewinder.link.graph import NONE, predecessors
from sidewinder.link.neighbours import pairs_within
from sidewinder.link.points import Points

# What a division looks like, as (typical value, spread); lengths in the movie's median cell diameter, areas in
# logarithms. From true divisions of real movies with 14 px and with 49 px wide cells, which agree in them, and from the
# same movies with cells dropped, split and merged on purpose, which say what false divisions look like.
DAUGHTERS_APART = (0.9, 0.3)
# of the daughters' midpoint from the mother, in parts of their distance from each other
MIDPOINT_OFF = (0.0, 0.2)
LOG_AREA_RATIO = (0.0, 0.6)
LOG_AREAS_OVER_MOTHER = (np.log(1.2), 0.6)
# the sum of squared deviations, in spreads, up to which it is looked at
HIGHEST_COST = 10.0
# a daughter's area is the median of so many frames, in the first of which the halves may still hang together
FRAMES_OF_AREA = 3

# a daughter is seen so many times; what a cell splits into by mistake is not. Of false divisions in spoiled masks this
# leaves a third to two thirds, of true ones 98 %
MIN_FRAMES = 3


def possible_divisions(points: Points, successor: np.ndarray, max_gap_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Find what may be a division.

    A daughter is a cell whose track begins. Her sister either begins in the same frame, or was taken for the mother
    going on; the mother lies about where the middle of the two is. What is seen in only one or two frames is no
    daughter, unless the movie ends there.

    Parameters
    ----------
    points : Points
        The cells, with the drift of the stage taken out.
    successor : ndarray of int64, shape (N,)
        The row of each cell's successor, -1 for none; gaps are closed.
    max_gap_frames : int
        For how many frames a mother may have been missing before her daughters appear.

    Returns
    -------
    candidates : ndarray of int64, shape (K, 3)
        Rows of mother, daughter and daughter; a mother or a daughter may be in several.
    cost : ndarray of float64, shape (K,)
        How unlike a division each is, at most `HIGHEST_COST`: of divisions, chi-squared with four degrees of freedom.
    """
    if not len(points):
        return np.empty((0, 3), dtype=np.int64), np.empty(0)
    candidates = _candidates(points, successor, max_gap_frames)
    cost = division_cost(points, successor, candidates)
    return candidates[cost <= HIGHEST_COST], cost[cost <= HIGHEST_COST]


def farthest_apart_px(points: Points) -> float:
    """How far apart two daughters are at most."""
    return _farthest(DAUGHTERS_APART) * _diameter_px(points)


def _diameter_px(points: Points) -> float:
    """The diameter of a disc of the movie's median area."""
    return float(2 * np.sqrt(np.median(points.area_px) / np.pi))


def _candidates(points: Points, successor: np.ndarray, max_gap_frames: int) -> np.ndarray:
    """Rows of mother, daughter and daughter for all that may be a division; shape (K, 3)."""
    predecessor = predecessors(successor)
    ends = np.flatnonzero(successor == NONE)
    reach_px = farthest_apart_px(points)
    found = [np.empty((0, 3), dtype=np.int64)]
    for frame, rows in enumerate(points.rows_by_frame()):
        begins = rows[predecessor[rows] == NONE]
        if frame == 0 or not len(begins):
            continue
        first, second, _ = pairs_within(points.yx_px[begins], points.yx_px[rows], reach_px)
        first, second = begins[first], rows[second]
        continued = predecessor[second] != NONE
        found.append(np.column_stack([predecessor[second], first, second])[continued])
        both_new = ~continued & (first < second)
        first, second = first[both_new], second[both_new]
        missing = frame - points.frame[ends] - 1
        before = ends[(missing >= 0) & (missing <= max_gap_frames)]
        middle = (points.yx_px[first] + points.yx_px[second]) / 2
        pair, parent, _ = pairs_within(middle, points.yx_px[before], _farthest(MIDPOINT_OFF) * reach_px)
        found.append(np.column_stack([before[parent], first[pair], second[pair]]))
    candidates = np.concatenate(found)
    return candidates[_lasts(points, successor, candidates[:, 1]) & _lasts(points, successor, candidates[:, 2])]


def division_cost(points: Points, successor: np.ndarray, families: np.ndarray) -> np.ndarray:
    """How unlike a division each family is.

    Parameters
    ----------
    points, successor
        As for `possible_divisions`.
    families : ndarray of int64, shape (K, 1 + D)
        Rows of mothers and of their daughters, all as many.

    Returns
    -------
    ndarray of float64, shape (K,)
        The sum of squared deviations, in spreads: of how far apart the daughters are on average, of their midpoint from
        the mother, of the largest from the smallest, and of their areas together from hers.
    """
    mothers, daughters = families[:, 0], families[:, 1:]
    daughters_yx = points.yx_px[daughters]
    one, other = np.triu_indices(daughters.shape[1], 1)
    apart_px = np.linalg.norm(daughters_yx[:, one] - daughters_yx[:, other], axis=-1).mean(axis=1)
    off_px = np.linalg.norm(daughters_yx.mean(axis=1) - points.yx_px[mothers], axis=1)
    areas = np.stack([_early_area(points, successor, rows) for rows in daughters.T], axis=1)
    return (
        _deviation(apart_px / _diameter_px(points), DAUGHTERS_APART)
        # two cells in the same place are no daughters
        + _deviation(off_px / np.maximum(apart_px, 1e-9), MIDPOINT_OFF)
        + _deviation(np.log(areas.max(axis=1) / areas.min(axis=1)), LOG_AREA_RATIO)
        + _deviation(np.log(areas.sum(axis=1) / points.area_px[mothers]), LOG_AREAS_OVER_MOTHER)
    )


def _deviation(value: np.ndarray, expected: tuple[float, float]) -> np.ndarray:
    typical, spread = expected
    return ((value - typical) / spread) ** 2


def _farthest(expected: tuple[float, float]) -> float:
    """The value beyond which it is no division, whatever the rest is like."""
    typical, spread = expected
    return typical + spread * HIGHEST_COST**0.5


def _lasts(points: Points, successor: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Whether cells are seen `MIN_FRAMES` times from here on, or until the last frame, where nobody can know."""
    lasts = np.ones(len(rows), dtype=bool)
    for _ in range(MIN_FRAMES - 1):
        at_end = points.frame[rows] == points.n_frames - 1
        lasts &= at_end | (successor[rows] != NONE)
        rows = np.where(at_end | ~lasts, rows, successor[rows])
    return lasts


def _early_area(points: Points, successor: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The median area of cells and of their next successors."""
    areas = [points.area_px[rows]]
    for _ in range(FRAMES_OF_AREA - 1):
        rows = np.where(rows == NONE, NONE, successor[rows])
        areas.append(np.where(rows == NONE, np.nan, points.area_px[rows]))
    return np.nanmedian(areas, axis=0)
