"""Repairs linked cells: between links as rows and tracks as numbers."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from sidewinder.link.graph import NONE, chains
from sidewinder.repair import Tracked, repair
from sidewinder.track.cells_to_tracks import Linked


def repair_linked(
    linked: Linked,
    read_labels: Callable[[int], np.ndarray],
    measure: Callable[[int, np.ndarray], pd.DataFrame],
) -> tuple[Linked, pd.DataFrame]:
    """Repair what frames got wrong.

    Parameters
    ----------
    linked : Linked
        The cells; their table is used up.
    read_labels, measure : callable
        See `sidewinder.repair.repair`.

    Returns
    -------
    linked : Linked
        The cells after it.
    repairs : DataFrame
        What to paint over the labels.
    """
    track, mother = chains(linked.successor), linked.mother
    parent = np.full(len(track) and track.max() + 1, NONE, dtype=np.int64)
    parent[track[mother != NONE]] = track[mother[mother != NONE]]
    score_of_track = np.full(len(parent), np.nan)
    score_of_track[track[mother != NONE]] = linked.division_score[mother != NONE]
    cells = linked.cells
    del cells["repaired"]
    cells["track"] = track
    repaired = repair(Tracked(cells, parent, linked.moved_px), read_labels, measure)
    before = repaired.tracked.last_before(repaired.tracked.track, repaired.tracked.frame)
    after = repaired.tracked.first_from(repaired.tracked.track, repaired.tracked.frame + 1)
    track, parent = repaired.tracked.track, repaired.tracked.parent
    last = np.full(len(parent), NONE, dtype=np.int64)
    last[track[after == NONE]] = np.flatnonzero(after == NONE)
    is_daughter = (before == NONE) & (parent[track] != NONE)
    mother = np.where(is_daughter, last[parent[track]], NONE)
    score = np.where(is_daughter, score_of_track[track], np.nan)
    cells = repaired.tracked.cells.drop(columns="track")
    return replace(linked, cells=cells, successor=after, mother=mother, division_score=score), repaired.repairs
