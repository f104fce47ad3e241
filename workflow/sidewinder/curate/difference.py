"""What was corrected of links, as edits."""

import numpy as np

from sidewinder.curate.graph import Graph
from sidewinder.curate.matching import Matching
from sidewinder.edits.table import Edit

Edge = tuple[int, int]


def edits_of_links(present: Graph, corrected: Graph, matching: Matching) -> list[Edit]:
    """Say in edits how the links of corrected cells differ from those of the results.

    Parameters
    ----------
    present, corrected : Graph
        The cells of the results, and the corrected ones.
    matching : Matching
        Which is which.

    Returns
    -------
    list of Edit
        `link`, `divide`, `not_division` and `unlink`, in the order of frames.
    """
    if corrected.edges is None:
        return []
    place = _places(present, corrected, matching)
    ends = matching.now[present.forwards()]
    old = _followers(ends[(ends >= 0).all(axis=1)])
    new = _followers(corrected.forwards())
    touched = matching.is_new

    def edit(kind: str, source: int, target: int | None = None) -> Edit:
        frame, to = int(corrected.frame[source]), None if target is None else int(corrected.frame[target])
        return Edit(kind, frame, place[source], to, None if target is None else place[target])

    edits: list[Edit] = []
    known_targets: set[int] = set()
    removed: list[Edge] = []
    for source in sorted(old.keys() | new.keys(), key=lambda row: (corrected.frame[row], row)):
        was, is_now = old.get(source, set()), new.get(source, set())
        if was == is_now and not touched[[source, *is_now]].any():
            continue
        if len(was) > 1 and len(is_now) < 2:
            edits.append(edit("not_division", source))
        kind = "divide" if len(is_now) > 1 else "link"
        edits += [edit(kind, source, target) for target in sorted(is_now)]
        known_targets |= is_now
        # what is known of a cell leaves no other link
        removed += [(source, target) for target in sorted(was)] if not is_now else []
    edits += [edit("unlink", *pair) for pair in removed if pair[1] not in known_targets]
    return sorted(edits, key=lambda one: one.frame)


def _followers(edges: np.ndarray) -> dict[int, set[int]]:
    """What follows each cell."""
    found: dict[int, set[int]] = {}
    for source, target in edges.tolist():
        if source != target:
            found.setdefault(source, set()).add(target)
    return found


def _places(present: Graph, corrected: Graph, matching: Matching) -> list[tuple[float, float]]:
    """The centres of the corrected cells; of those that are as they were, as the results have them."""
    yx_px = corrected.yx_px.copy()
    stays = matching.now >= 0
    rows = matching.now[stays]
    unchanged = ~matching.is_new[rows]
    yx_px[rows[unchanged]] = present.yx_px[stays][unchanged]
    return [(y, x) for y, x in yx_px.round(2).tolist()]
