"""Numbers tracks and says who descends from whom."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sidewinder.link.graph import NONE
from sidewinder.link.points import Points


@dataclass(frozen=True)
class Lineage:
    """Tracks and their descent. `track_id` counts from 1; row i of the arrays of shape (K,) is track i + 1.

    Parameters
    ----------
    track_id : ndarray of int64, shape (N,)
        The track of each cell.
    parent_track_id : ndarray of int64, shape (K,)
        0 for none.
    lineage_id : ndarray of int64, shape (K,)
        The track that all of a family descend from; a founder's is its own.
    generation : ndarray of int64, shape (K,)
        How many divisions lie behind it; 0 for founders.
    """

    track_id: np.ndarray
    parent_track_id: np.ndarray
    lineage_id: np.ndarray
    generation: np.ndarray

    def table(self) -> pd.DataFrame:
        """`track_id, parent_track_id, lineage_id, generation`, one row a track."""
        return pd.DataFrame(
            {
                "track_id": np.arange(1, len(self.lineage_id) + 1),
                "parent_track_id": self.parent_track_id,
                "lineage_id": self.lineage_id,
                "generation": self.generation,
            }
        )

    def children(self) -> dict[int, list[int]]:
        """The tracks that each track divides into, smaller ids first; only of tracks that divide."""
        children: dict[int, list[int]] = {}
        for child in (np.flatnonzero(self.parent_track_id) + 1).tolist():
            children.setdefault(int(self.parent_track_id[child - 1]), []).append(child)
        return children


def number_tracks(points: Points, track: np.ndarray, parent: np.ndarray) -> Lineage:
    """Number tracks by their first frame, then by where they begin, from the top and from the left.

    Parameters
    ----------
    points : Points
        The cells as they lie in the image.
    track : ndarray of int64, shape (N,)
        The track of each cell, by numbers from 0, some of which need not be in use; cells are sorted by frame.
    parent : ndarray of int64, shape (K,)
        The mother of each track, by the same numbers, -1 for none.

    Returns
    -------
    Lineage
        Ids without holes; a parent's is smaller than its children's.
    """
    used, firsts = np.unique(track, return_index=True)
    order = np.lexsort((firsts, points.yx_px[firsts, 1], points.yx_px[firsts, 0], points.frame[firsts]))
    track_id = np.zeros(len(parent), dtype=np.int64)
    track_id[used[order]] = np.arange(1, len(used) + 1)
    mothers = parent[used[order]]
    parent_id = np.where(mothers == NONE, 0, track_id[mothers])
    lineage, generation = np.arange(1, len(used) + 1), np.zeros(len(used), dtype=np.int64)
    for row in np.flatnonzero(parent_id):
        lineage[row] = lineage[parent_id[row] - 1]
        generation[row] = generation[parent_id[row] - 1] + 1
    return Lineage(track_id[track], parent_id, lineage, generation)
