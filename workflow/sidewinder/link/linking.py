"""Links cells from each frame to the next."""

import logging
from typing import Any

import numpy as np

from sidewinder.link.assignment import assign
from sidewinder.link.constraints import Constraints
from sidewinder.link.graph import NONE
from sidewinder.link.neighbours import pairs_within
from sidewinder.link.points import Points
from sidewinder.progress import progress

log = logging.getLogger("sidewinder")

# a cell e times as large is as far away as this part of the search range. Chosen on real movies, with true masks, in
# which from 0 to 0.6 hardly anything changes, and with spoiled ones, in which wrong links are a third fewer from 0.4 on
SIZE_OF_SEARCH_RANGE = 0.5
# what a cell without a successor costs, in squared search ranges: as much as the farthest link for its end and again
# for the beginning that is left over (Jaqaman et al. 2008, Nat Methods 5:695). With one, cells that move far at once
# lose to a neighbour
NO_LINK = 2.0


def link(points: Points, search_range_px: float) -> np.ndarray:
    """Link cells of neighbouring frames.

    Of all ways to link two frames the one is taken whose squared distances, plus twice the squared search range for
    each cell that is left without a successor, have the least sum (after Crocker and Grier [1]_); the size counts as a
    third coordinate. trackpy does it, through neighbourhoods in which cells compete. Where one of these exceeds what
    trackpy takes, a sparse assignment over whole frames links the movie: the same costs, the same optimum.

    Parameters
    ----------
    points : Points
        The cells, with the drift of the stage taken out.
    search_range_px : float
        How far a cell may move from one frame to the next.

    Returns
    -------
    ndarray of int64, shape (N,)
        The row of each cell's successor in the next frame, -1 for none.

    References
    ----------
    .. [1] Crocker, Grier 1996, J. Colloid Interface Sci. 179:298.
    """
    if not len(points):
        return np.empty(0, dtype=np.int64)
    # its import takes seconds, because it prepares a compiler that is not needed here
    from trackpy import SubnetOversizeException

    try:
        successor = link_with_trackpy(points, search_range_px)
    except SubnetOversizeException as error:
        log.info("crowded (%s): linked by sparse assignment over whole frames in place of trackpy", error)
        return link_whole_frames(points, search_range_px)
    log.info("linked by trackpy")
    return successor


def link_with_trackpy(points: Points, search_range_px: float) -> np.ndarray:
    """Link with trackpy; as `link`, but raises trackpy's SubnetOversizeException where it is crowded."""
    import trackpy

    trackpy.quiet()
    rows, place = points.rows_by_frame(), points.place_and_size(SIZE_OF_SEARCH_RANGE * search_range_px)
    frames = ((frame, place[here]) for frame, here in enumerate(rows))
    linked = trackpy.linking.link_iter(frames, search_range_px, link_strategy=_solve_subnet)
    particles = [ids for _, ids in progress(linked, len(rows), "linking")]
    particle = np.array([one for ids in particles for one in ids], dtype=np.int64)
    # without memory a particle has no gaps: its next row is its place in the next frame
    order = np.lexsort((points.frame, particle))
    same = particle[order][1:] == particle[order][:-1]
    successor = np.full(len(points), NONE, dtype=np.int64)
    successor[order[:-1][same]] = order[1:][same]
    return successor


def link_whole_frames(points: Points, search_range_px: float) -> np.ndarray:
    """Link by one sparse assignment for each pair of frames; as `link`."""
    successor = np.full(len(points), NONE, dtype=np.int64)
    rows, place = points.rows_by_frame(), points.place_and_size(SIZE_OF_SEARCH_RANGE * search_range_px)
    pairs = zip(rows[:-1], rows[1:], strict=True)
    for here, there in progress(pairs, len(rows) - 1, "linking"):
        successor[here] = _link_pair(place, here, there, search_range_px)
    return successor


def link_within(points: Points, successor: np.ndarray, search_range_px: float, known: Constraints) -> np.ndarray:
    """Link again those pairs of frames of whose links something is known, by the same costs.

    Parameters
    ----------
    points : Points
        The cells, with the drift of the stage taken out.
    successor : ndarray of int64, shape (N,)
        What `link` found.
    search_range_px : float
        How far a cell may move from one frame to the next.
    known : Constraints
        Cells of which it is known what follows them, or what they follow, and pairs that are none.

    Returns
    -------
    ndarray of int64, shape (N,)
        The links; without those that are known, which may lead farther, or over gaps.
    """
    first = [source for source, _ in known.unlinked]
    frames = {*points.frame[known.fixed_sources], *(points.frame[known.fixed_targets] - 1), *points.frame[first]}
    rows, place = points.rows_by_frame(), points.place_and_size(SIZE_OF_SEARCH_RANGE * search_range_px)
    linked = successor.copy()
    for frame in sorted(frame for frame in frames if 0 <= frame < len(rows) - 1):
        here, there = rows[frame], rows[frame + 1]
        linked[here] = _link_pair(place, here, there, search_range_px, known)
    return linked


def _link_pair(
    place: np.ndarray, here: np.ndarray, there: np.ndarray, search_range_px: float, known: Constraints | None = None
) -> np.ndarray:
    """The successors of the cells of a frame among those of the next, -1 for none; frames are rows of `place`."""
    before, after, distance = pairs_within(place[here], place[there], search_range_px)
    if known is not None:
        allowed = known.allows(here[before], there[after])
        before, after, distance = before[allowed], after[allowed], distance[allowed]
    chosen = assign(before, after, distance**2, len(here), len(there), NO_LINK * search_range_px**2)
    if not len(there):
        return np.full(len(here), NONE, dtype=np.int64)
    return np.where(chosen == NONE, NONE, there[chosen])


def _solve_subnet(
    source_set: set[Any], dest_set: set[Any], search_range: float, max_size: int
) -> tuple[list[Any], list[Any]]:
    """Link the cells of one of trackpy's subnets; what trackpy calls a `link_strategy`.

    trackpy's own go through the sets in the order of memory addresses, so that of several optima now one, now another
    is taken; their time grows exponentially, or they spend seconds on compiling. This one is exact, always the same
    and polynomial.
    """
    from scipy.optimize import linear_sum_assignment
    from trackpy import SubnetOversizeException

    if len(source_set) > max_size:
        raise SubnetOversizeException(f"{len(source_set)} cells compete for the same places")
    sources = sorted(source_set, key=lambda point: point.uuid)
    targets = sorted(dest_set, key=lambda point: point.uuid)
    column = {target: index for index, target in enumerate(targets)}
    # one column a target, then one a source that means none
    cost = np.full((len(sources), len(targets) + len(sources)), np.inf)
    for row, source in enumerate(sources):
        cost[row, len(targets) + row] = NO_LINK * search_range**2
        for target, distance in source.forward_cands:
            cost[row, column[target]] = distance**2
    chosen = linear_sum_assignment(cost)[1].tolist()
    taken = [targets[index] if index < len(targets) else None for index in chosen]
    born = [target for target in targets if target not in taken]
    return sources + [None] * len(born), taken + born
