"""Finds divisions: a mother and the daughters that take her place."""

import numpy as np

from sidewinder.link.constraints import Constraints
from sidewinder.link.daughters import add_daughters
from sidewinder.link.graph import NONE, predecessors, reversed_links
from sidewinder.link.mothers import HIGHEST_COST, possible_divisions
from sidewinder.link.points import Points

# a division is taken where it is as likely right as wrong
MIN_SCORE = 0.5
# for each false division that a movie shows backwards it has so many forwards: chosen so that scores come true on
# spoiled masks and crowds
FALSE_FORWARDS = 2.7
# nobody knows that there is none
MIN_FALSE = 0.5


def find_divisions(
    points: Points, successor: np.ndarray, max_gap_frames: int, known: Constraints | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find divisions, and end the mothers' tracks there.

    Each cell is in one division at most, the likeliest first. How likely one is depends on the movie: backwards in time
    nothing divides, so that what looks like a division there tells how many are false forwards (as decoys tell in
    proteomics [1]_). Where beginnings of tracks abound because cells are often missed, a division has to look more like
    one to be believed.

    Parameters
    ----------
    points : Points
        The cells, with the drift of the stage taken out.
    successor : ndarray of int64, shape (N,)
        The row of each cell's successor, -1 for none; gaps are closed.
    max_gap_frames : int
        For how many frames a mother may have been missing before her daughters appear.
    known : Constraints, optional
        Divisions that are known, with a score of 1, and what is none.

    Returns
    -------
    successor : ndarray of int64, shape (N,)
        The links without those from a mother to a daughter.
    mother : ndarray of int64, shape (N,)
        For the first cell of each daughter the row of the mother's last cell, -1 for all others. Each mother has two
        daughters, or up to four.
    score : ndarray of float64, shape (N,)
        For the first cell of each daughter the probability that the division is right, NaN for all others.

    References
    ----------
    .. [1] Elias, Gygi 2007, Nat Methods 4:207.
    """
    cut, mother = successor.copy(), np.full(len(points), NONE, dtype=np.int64)
    score = np.full(len(points), np.nan)
    backwards, links_backwards = points.reversed(), reversed_links(successor)
    found, cost = _likeliest(points, successor, max_gap_frames, known)
    decoys, _ = _likeliest(backwards, links_backwards, max_gap_frames)
    # of beginnings that are no division's as many look like one by chance as backwards
    by_chance = (len(decoys) + 1) / max(_other_beginnings(backwards, links_backwards, decoys), 1)
    n_false = max(by_chance * _other_beginnings(points, successor, found), MIN_FALSE)
    believed = _probability(cost, n_false) >= MIN_SCORE
    families, cost = add_daughters(points, successor, found, cost, believed, known)
    for (parent, *daughters), probability in zip(families, _probability(cost, n_false), strict=True):
        if probability >= MIN_SCORE:
            cut[parent] = NONE
            mother[daughters] = parent
            score[daughters] = probability
    if known:
        of_known, certain = known.of_daughters()
        mother, score = np.where(of_known == NONE, mother, of_known), np.where(of_known == NONE, score, certain)
    return cut, mother, score


def _likeliest(
    points: Points, successor: np.ndarray, max_gap_frames: int, known: Constraints | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Candidates that share no cell, chosen by least cost, and their costs."""
    candidates, cost = possible_divisions(points, successor, max_gap_frames)
    if known:
        allowed = known.allows_division(candidates, successor)
        candidates, cost = candidates[allowed], cost[allowed]
    order = np.lexsort((*candidates.T, cost))
    taken = np.zeros(len(points), dtype=bool)
    divided = np.zeros(len(points), dtype=bool)
    chosen = []
    for index, (parent, *daughters) in zip(order, candidates[order], strict=True):
        if not divided[parent] and not taken[daughters].any():
            divided[parent] = taken[daughters] = True
            chosen.append(index)
    return candidates[chosen], cost[chosen]


def _other_beginnings(points: Points, successor: np.ndarray, found: np.ndarray) -> int:
    """How many tracks begin after the first frame and are in none of the divisions."""
    begins = (predecessors(successor) == NONE) & (points.frame > 0)
    begins[found[:, 1:]] = False
    return int(np.count_nonzero(begins))


def _probability(cost: np.ndarray, n_false: float) -> np.ndarray:
    """The probability that each of the found ones is right."""
    n_right = max(len(cost) - n_false, 0.0) + 1
    # costs of right ones are chi-squared with four degrees of freedom; false ones fill the space of the four deviations
    # evenly, up to the highest cost
    density_ratio = HIGHEST_COST**2 / 8 * np.exp(-cost / 2)
    odds = n_right * density_ratio / (FALSE_FORWARDS * n_false)
    return odds / (1 + odds)
