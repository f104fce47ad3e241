"""Finds cells that are in two pieces for a frame or two, by what they are before and after."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from sidewinder.link.tracked import Tracked
from sidewinder.repair.masks import Labels

# what is seen longer than this is no piece of another cell
LONGEST_PIECE_FRAMES = 2
# the whole is not larger or smaller than before and after by more than this factor
AREA_FACTOR = 1.5
# the centroids of two pieces are at most so many diameters of the whole apart, which elongated cells need
FARTHEST_APART = 1.5

# rows of a piece and of the cell that it is a piece of
Pairs = tuple[np.ndarray, np.ndarray]


def join_splits(tracked: Tracked, labels_of: Callable[[int], Labels]) -> tuple[Tracked, dict[int, dict[int, int]]]:
    """Join the pieces of cells.

    A piece is a cell of a track without relatives that is seen once or twice; or the first one of a track, where the
    other piece is the last one of its own: then the two tracks are one. Pieces touch each other, and together have the
    area and the place of the cell before and after, which the one that goes on in time has less alone.

    Parameters
    ----------
    tracked : Tracked
        The cells.
    labels_of : callable
        Gives the labels of a frame; only frames with candidates are asked for, in order.

    Returns
    -------
    tracked : Tracked
        Without the pieces, the other cells with their areas and centroids.
    joined : dict of int to dict of int to int
        For each frame the labels that go, and the label that each becomes.
    """
    pieces, wholes = _touching(tracked, _candidates(tracked), labels_of)
    area, yx = tracked.area_px.copy(), tracked.yx_px.copy()
    area[wholes], yx[wholes] = area[wholes] + area[pieces], _centre(tracked, pieces, wholes)
    track, parent = _continued(tracked, pieces, wholes)
    joined: dict[int, dict[int, int]] = {}
    label = tracked.cells["label"].to_numpy()
    for piece, whole in zip(pieces, wholes, strict=True):
        joined.setdefault(int(tracked.frame[piece]), {})[int(label[piece])] = int(label[whole])
    cells = tracked.cells.assign(track=track, area_px=area, y_px=yx[:, 0], x_px=yx[:, 1])
    cells = cells.drop(index=pieces.tolist()).reset_index(drop=True)
    return replace(tracked, cells=cells, parent=parent), joined


def _candidates(tracked: Tracked) -> Pairs:
    """Pairs that area and place speak for, the likeliest first."""
    track, frame, area = tracked.track, tracked.frame, tracked.area_px
    orphan = tracked.parent[track] < 0
    alone = (tracked.length <= LONGEST_PIECE_FRAMES)[track] & orphan & ~tracked.is_mother[track]
    begins = orphan & (frame == tracked.first_frame[track])
    ends = ~tracked.is_mother[track] & (frame == tracked.last_frame[track])
    piece, whole = _near(tracked, np.flatnonzero(alone | begins))
    hands_on = ~alone[piece] & ends[whole] & (tracked.length[track[whole]] > 1)
    piece, whole, hands_on = (rows[alone[piece] | hands_on] for rows in (piece, whole, hands_on))
    # as long as both are seen, the whole is as small
    since = np.where(hands_on, frame[piece], tracked.first_frame[track[piece]])
    until = np.where(hands_on, frame[piece], tracked.last_frame[track[piece]])
    earlier = tracked.last_before(track[whole], since)
    later = tracked.first_from(np.where(hands_on, track[piece], track[whole]), until + 1)
    known = (earlier >= 0) | (later >= 0)
    piece, whole, earlier, later = (rows[known] for rows in (piece, whole, earlier, later))
    usual, expected = tracked.usual_area_px(earlier, later), tracked.expected_px(earlier, later, tracked.frame[piece])
    off, off_alone = (np.abs(np.log(px / usual)) for px in (area[piece] + area[whole], area[whole]))
    away = np.linalg.norm(_centre(tracked, piece, whole) - expected, axis=1)
    away_alone = np.linalg.norm(tracked.yx_px[whole] - expected, axis=1)
    likely = (off < off_alone) & (off <= np.log(AREA_FACTOR)) & (away < away_alone)
    likely &= ~(tracked.is_corrected[piece] | tracked.is_corrected[whole])
    piece, whole, off = piece[likely], whole[likely], off[likely]
    order = np.lexsort((whole, piece, off))
    return piece[order], whole[order]


def _near(tracked: Tracked, pieces: np.ndarray) -> Pairs:
    """Pieces and all other cells near enough in the same frame."""
    frame, area, yx = tracked.frame, tracked.area_px, tracked.yx_px
    found = [np.empty((2, 0), dtype=np.int64)]
    for when in np.unique(frame[pieces]):
        here = pieces[frame[pieces] == when]
        rows = np.arange(*np.searchsorted(frame, [when, when + 1]))
        reach_px = FARTHEST_APART * _diameter(area[here].max() + area[rows].max())
        near = cKDTree(yx[here]).sparse_distance_matrix(cKDTree(yx[rows]), reach_px, output_type="ndarray")
        piece, whole = here[near["i"]], rows[near["j"]]
        close = (piece != whole) & (near["v"] <= FARTHEST_APART * _diameter(area[piece] + area[whole]))
        found.append(np.stack([piece, whole])[:, close])
    piece, whole = np.concatenate(found, axis=1)
    return piece, whole


def _diameter(area_px: np.ndarray) -> np.ndarray:
    """The diameter of a disc of that area."""
    return 2 * np.sqrt(area_px / np.pi)


def _touching(tracked: Tracked, candidates: Pairs, labels_of: Callable[[int], Labels]) -> Pairs:
    """The candidates that touch, each cell once, in the order of frames."""
    label, when = tracked.cells["label"].to_numpy(), tracked.frame[candidates[0]]
    taken: set[int] = set()
    chosen = []
    for now in np.unique(when).tolist():
        touching = labels_of(now).touching()
        for piece, whole in zip(*(rows[when == now].tolist() for rows in candidates), strict=True):
            pair = tuple(sorted((int(label[piece]), int(label[whole]))))
            if pair in touching and taken.isdisjoint((piece, whole)):
                taken.update((piece, whole))
                chosen.append((piece, whole))
    pieces, wholes = np.array(chosen, dtype=np.int64).reshape(-1, 2).T
    return pieces, wholes


def _centre(tracked: Tracked, piece: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The centroid of both together."""
    area, yx = tracked.area_px, tracked.yx_px
    part = (area[piece] / (area[piece] + area[whole]))[:, None]
    return part * yx[piece] + (1 - part) * yx[whole]


def _continued(tracked: Tracked, pieces: np.ndarray, wholes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tracks and parents, where a track whose first cell is a piece goes on as the track of the whole."""
    track, frame, number = tracked.track, tracked.frame, np.arange(len(tracked.parent))
    begins = (frame == tracked.first_frame[track]) & (tracked.length[track] > 1)
    ends = ~tracked.is_mother[track] & (frame == tracked.last_frame[track])
    for piece, whole in zip(pieces, wholes, strict=True):
        if begins[piece] and ends[whole]:
            # earlier frames come first, so that the whole's track has its number
            number[number == track[piece]] = number[track[whole]]
    parent = np.where(tracked.parent < 0, -1, number[tracked.parent])
    return number[track], parent
