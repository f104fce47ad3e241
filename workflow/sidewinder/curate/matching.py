"""Which cell of the results is which of the corrected ones, and what was done to the masks."""

from dataclasses import dataclass, field

import numpy as np

from sidewinder.curate.graph import Graph
from sidewinder.edits.mask_files import mask_name
from sidewinder.edits.table import Edit
from sidewinder.link.neighbours import mutual_nearest

# a cell is the same, is part of another, or is in two parts from this share of its pixels on
SHARE = 0.5


@dataclass
class Matching:
    """How results and corrected cells belong together.

    Parameters
    ----------
    now : ndarray of int64, shape (N,)
        For each cell of the results the row of the corrected one that it is, or is a part of; -1 for none.
    is_new : ndarray of bool, shape (M,)
        Which of the corrected cells were added, merged, split or drawn anew.
    edits : list of Edit
        What was done to masks.
    masks : dict of str to ndarray
        The masks that edits name, by their names, uint8 (h, w).
    """

    now: np.ndarray
    is_new: np.ndarray
    edits: list[Edit] = field(default_factory=list)
    masks: dict[str, np.ndarray] = field(default_factory=dict)

    def keep(self, frame: int, mask: np.ndarray) -> str:
        """Keep a mask of a frame, 0 outside of its cells, cut out; its name."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        name = mask_name(frame, int(rows[0]), int(columns[0]), len(self.masks))
        self.masks[name] = part.astype(np.uint8)
        return name


def match_places(present: Graph, corrected: Graph, shape_yx: tuple[int, int]) -> Matching:
    """Match cells by their centres; a corrected cell that is new becomes a disc.

    Parameters
    ----------
    present, corrected : Graph
        The cells of the results, and the corrected ones.
    shape_yx : tuple of int
        The frames' size.
    """
    matching = Matching(np.full(len(present), -1, np.int64), np.ones(len(corrected), dtype=bool))
    usual_px = float(np.median(present.radius_px)) if len(present) else 1.0
    for frame in np.unique([*present.frame, *corrected.frame]).tolist():
        before, after = np.flatnonzero(present.frame == frame), np.flatnonzero(corrected.frame == frame)
        one, other = mutual_nearest(present.yx_px[before], corrected.yx_px[after])
        one, other = before[one], after[other]
        near = np.linalg.norm(present.yx_px[one] - corrected.yx_px[other], axis=1) <= present.radius_px[one]
        matching.now[one[near]] = other[near]
        matching.is_new[other[near]] = False
        for row in before[matching.now[before] < 0].tolist():
            matching.edits.append(Edit("delete", frame, _place(present, row)))
        for row in after[matching.is_new[after]].tolist():
            radius_px = corrected.radius_px[row] if np.isfinite(corrected.radius_px[row]) else usual_px
            y, x = np.ogrid[: shape_yx[0], : shape_yx[1]]
            disc = (y - corrected.yx_px[row, 0]) ** 2 + (x - corrected.yx_px[row, 1]) ** 2 <= max(radius_px, 1) ** 2
            if disc.any():
                matching.edits.append(
                    Edit("add", frame, _place(corrected, row), mask=matching.keep(frame, disc.astype(np.uint8)))
                )
    return matching


def match_masks(present: Graph, corrected: Graph) -> Matching:
    """Match cells by their pixels; both graphs have masks.

    Parameters
    ----------
    present, corrected : Graph
        The cells of the results, and the corrected ones.
    """
    matching = Matching(np.full(len(present), -1, np.int64), np.zeros(len(corrected), dtype=bool))
    if present.masks is None or corrected.masks is None or present.label is None or corrected.label is None:
        return matching
    for frame in np.unique([*present.frame, *corrected.frame]).tolist():
        rows = np.flatnonzero(present.frame == frame), np.flatnonzero(corrected.frame == frame)
        before = dict(zip(present.label[rows[0]].tolist(), rows[0].tolist(), strict=True))
        after = dict(zip(corrected.label[rows[1]].tolist(), rows[1].tolist(), strict=True))
        _match_frame(
            matching, frame, (present, before), (corrected, after), present.masks(frame), corrected.masks(frame)
        )
    return matching


def _match_frame(
    matching: Matching,
    frame: int,
    present: tuple[Graph, dict[int, int]],
    corrected: tuple[Graph, dict[int, int]],
    found: np.ndarray,
    drawn: np.ndarray,
) -> None:
    """Match the cells of a frame, given by their rows by their labels."""
    (graph, before), (new_graph, after) = present, corrected
    both = (found > 0) & (drawn > 0)
    pairs, pixels = np.unique(np.stack([found[both], drawn[both]]), axis=1, return_counts=True)
    n_found = dict(zip(*map(np.ndarray.tolist, np.unique(found, return_counts=True)), strict=True))
    n_drawn = dict(zip(*map(np.ndarray.tolist, np.unique(drawn, return_counts=True)), strict=True))
    parts_of: dict[int, list[int]] = {}
    pieces_of: dict[int, list[int]] = {}
    same = set()
    for one, other, n in zip(*pairs.tolist(), pixels.tolist(), strict=True):
        if n > SHARE * n_found[one]:
            parts_of.setdefault(other, []).append(one)
        if n > SHARE * n_drawn[other]:
            pieces_of.setdefault(one, []).append(other)
        if n == n_found[one] == n_drawn[other]:
            same.add((one, other))
    done: set[int] = set()
    for one, pieces in pieces_of.items():
        if len(pieces) > 1:
            numbers = np.zeros(max(n_drawn) + 1, np.uint8)
            numbers[pieces] = range(1, len(pieces) + 1)
            name = matching.keep(frame, numbers[drawn])
            matching.edits.append(Edit("split", frame, _place(graph, before[one]), mask=name))
            matching.is_new[[after[piece] for piece in pieces]] = True
            done.update(pieces)
    split = {one for one, pieces in pieces_of.items() if len(pieces) > 1}
    for other, parts in parts_of.items():
        parts = [part for part in parts if part not in split]
        if other in done or not parts:
            continue
        done.add(other)
        matching.now[[before[part] for part in parts]] = after[other]
        first = _place(graph, before[parts[0]])
        for part in parts[1:]:
            matching.edits.append(Edit("merge", frame, first, frame, _place(graph, before[part])))
        if len(parts) == 1 and (parts[0], other) not in same:
            matching.edits.append(Edit("delete", frame, first))
            _add(matching, frame, new_graph, after[other], drawn == other)
        matching.is_new[after[other]] |= len(parts) > 1
    for one in sorted(before.keys() - split):
        if matching.now[before[one]] < 0:
            matching.edits.append(Edit("delete", frame, _place(graph, before[one])))
    for other in sorted(after.keys() - done):
        _add(matching, frame, new_graph, after[other], drawn == other)


def _add(matching: Matching, frame: int, graph: Graph, row: int, mask: np.ndarray) -> None:
    """Say that a cell was drawn."""
    matching.edits.append(Edit("add", frame, _place(graph, row), mask=matching.keep(frame, mask.astype(np.uint8))))
    matching.is_new[row] = True


def _place(graph: Graph, row: int) -> tuple[float, float]:
    """The centre of a cell, to a hundredth of a pixel."""
    y, x = graph.yx_px[row].round(2).tolist()
    return y, x
