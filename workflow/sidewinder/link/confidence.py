"""How sure each link is: by how much the second best way to link is worse."""

import numpy as np

from sidewinder.link.graph import NONE, predecessors
from sidewinder.link.linking import NO_LINK, SIZE_OF_SEARCH_RANGE
from sidewinder.link.neighbours import pairs_within
from sidewinder.link.points import Points

# The logarithm of a link's odds, by logistic regression on masks of the shipped models, which weigh most, on spoiled
# masks of real movies and on crowds. Costs are in squared search ranges.
INTERCEPT, PER_LOG_MARGIN, PER_LOG_COST, OVER_GAP = 2.08, 0.63, -0.75, -1.1
# costs below are all the same
SOFT_MARGIN, SOFT_COST = 0.01, 0.003


def link_scores(points: Points, successor: np.ndarray, search_range_px: float) -> np.ndarray:
    """The probability that each link is right.

    It grows with the margin, by which the sum of costs would be larger without the link, and shrinks with the cost of
    the link itself; costs are those of `link`. Without it, either both cells stay alone, or one of the two is linked to
    another cell, whose own neighbour in the track, if it has one, takes the other of the two.

    Parameters
    ----------
    points : Points
        The cells, with the drift of the stage taken out.
    successor : ndarray of int64, shape (N,)
        The row of each cell's successor in its track, -1 for none.
    search_range_px : float
        What cells were linked with.

    Returns
    -------
    ndarray of float64, shape (N,)
        Of the link that leads to each cell, from 0 to 1; NaN for the first cells of tracks.
    """
    score = np.full(len(points), np.nan)
    source = np.flatnonzero(successor != NONE)
    target = successor[source]
    place = points.place_and_size(SIZE_OF_SEARCH_RANGE * search_range_px) / search_range_px
    cost = np.zeros(len(points))
    cost[source] = _squared(place[source] - place[target])
    margin = _margins(points, place, successor, cost)[source]
    gap = points.frame[target] - points.frame[source] > 1
    log_odds = (
        INTERCEPT
        + PER_LOG_MARGIN * np.log(np.clip(margin, 0, NO_LINK) + SOFT_MARGIN)
        + PER_LOG_COST * np.log(cost[source] + SOFT_COST)
        + OVER_GAP * gap
    )
    score[target] = 1 / (1 + np.exp(-log_odds))
    return score


def _margins(points: Points, place: np.ndarray, successor: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """How much more the best alternative to each cell's link costs, by the row of its source."""
    predecessor = predecessors(successor)
    margin = NO_LINK - cost
    rows = points.rows_by_frame()
    longest = int((points.frame[successor] - points.frame)[successor != NONE].max(initial=0))
    for missing in range(longest):
        for before, after in zip(rows, rows[missing + 1 :], strict=False):
            source, target, distance = pairs_within(place[before], place[after], 1.0)
            source, target = before[source], after[target]
            other = successor[source] != target
            source, target, own = source[other], target[other], distance[other] ** 2
            left, right = successor[source], predecessor[target]
            more = own - np.where(left != NONE, cost[source], 0) - np.where(right != NONE, cost[right], 0)
            both = np.flatnonzero((left != NONE) & (right != NONE))
            swapped = _squared(place[right[both]] - place[left[both]])
            can_be = (points.frame[right[both]] < points.frame[left[both]]) & (swapped <= 1)
            more[both] += np.where(can_be, swapped, NO_LINK)
            for rows_of_links, there in ((source, left != NONE), (right, right != NONE)):
                np.minimum.at(margin, rows_of_links[there], more[there])
    return margin


def _squared(steps: np.ndarray) -> np.ndarray:
    return (steps * steps).sum(axis=1)
