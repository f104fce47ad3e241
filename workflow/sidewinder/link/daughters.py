"""Mothers with more than two daughters, as where the spindle has three or four poles."""

import numpy as np

from sidewinder.link.constraints import Constraints
from sidewinder.link.graph import NONE, predecessors
from sidewinder.link.mothers import MIN_FRAMES, division_cost, farthest_apart_px
from sidewinder.link.neighbours import pairs_within
from sidewinder.link.points import Points

# more poles than this are not looked for
MOST_DAUGHTERS = 4


def add_daughters(
    points: Points,
    successor: np.ndarray,
    found: np.ndarray,
    cost: np.ndarray,
    believed: np.ndarray,
    known: Constraints | None = None,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Add daughters to divisions that are more like one with them.

    Another daughter begins in the same frame as the two, is seen at least `MIN_FRAMES` times and in no other division,
    and with her the daughters lie more evenly around the mother, or have together more nearly her area, than without.

    Parameters
    ----------
    points : Points
        The cells, with the drift of the stage taken out.
    successor : ndarray of int64, shape (N,)
        The row of each cell's successor, -1 for none; gaps are closed.
    found : ndarray of int64, shape (K, 3)
        Rows of mother and two daughters, which share no cell.
    cost : ndarray of float64, shape (K,)
        How unlike a division each is.
    believed : ndarray of bool, shape (K,)
        Which of them are divisions without more daughters, whose own are not given to others.
    known : Constraints, optional
        What is known of cells, which may keep them from being daughters.

    Returns
    -------
    families : list of ndarray of int64
        Rows of each mother and all her daughters, in the order of `found`.
    cost : ndarray of float64, shape (K,)
        With all daughters.
    """
    families, cost = list(found), cost.copy()
    taken = set(found[believed, 1:].ravel().tolist())
    taken |= set(np.flatnonzero(known.fixed_targets).tolist()) if known else set()
    apart = known.unlinked if known else frozenset()
    for index, near in _near(points, successor, found).items():
        if not believed[index] and not taken.isdisjoint(found[index, 1:].tolist()):
            continue
        while len(families[index]) <= MOST_DAUGHTERS:
            free = (
                one
                for one in near
                if one not in taken and one not in families[index] and (int(found[index, 0]), one) not in apart
            )
            wider = [np.append(families[index], one) for one in free]
            costs = division_cost(points, successor, np.array(wider)) if wider else np.array([np.inf])
            best = int(costs.argmin())
            if costs[best] >= cost[index]:
                break
            families[index], cost[index] = wider[best], costs[best]
            taken.update(wider[best][1:].tolist())
    return families, cost


def _near(points: Points, successor: np.ndarray, found: np.ndarray) -> dict[int, list[int]]:
    """Of each division that has any, the rows of cells near it that may be daughters, too."""
    may_be = (predecessors(successor) == NONE) & _is_seen_often(successor)
    frame = points.frame[found[:, 1]]
    near: dict[int, list[int]] = {}
    for now, rows in enumerate(points.rows_by_frame()):
        divisions, cells = np.flatnonzero(frame == now), rows[may_be[rows]]
        if len(divisions) and len(cells):
            middle = points.yx_px[found[divisions, 1:]].mean(axis=1)
            one, other, _ = pairs_within(middle, points.yx_px[cells], farthest_apart_px(points))
            for division, cell in zip(divisions[one].tolist(), cells[other].tolist(), strict=True):
                near.setdefault(division, []).append(cell)
    return {division: near[division] for division in sorted(near)}


def _is_seen_often(successor: np.ndarray) -> np.ndarray:
    """Whether each cell is seen `MIN_FRAMES` times from here on; also at the end of the movie, for nobody misses a
    third daughter there."""
    row = np.arange(len(successor))
    for _ in range(MIN_FRAMES - 1):
        row = np.where(row == NONE, NONE, successor[row])
    return row != NONE
