"""Cells that users have corrected, as stretches of frames to look at."""

from typing import Any

import numpy as np
import pandas as pd

# nobody looks at more
MOST = 200


def corrected_stretches(tracks: pd.DataFrame) -> tuple[list[dict[str, Any]], int]:
    """Stretches of neighbouring frames in which a track was corrected.

    Parameters
    ----------
    tracks : DataFrame
        The table of cells, `track_id, frame, corrected`, sorted by track and frame; without `corrected` there are none.

    Returns
    -------
    stretches : list of dict
        `track`, `first` and `last` frame, sorted by the first frame and the track. At most `MOST`.
    n : int
        How many there are.
    """
    if "corrected" not in tracks:
        return [], 0
    cells = tracks.loc[tracks["corrected"].astype(bool), ["track_id", "frame"]]
    begins = (cells["track_id"].diff() != 0) | (cells["frame"].diff() != 1)
    found = cells.groupby(np.cumsum(begins.to_numpy())).agg(
        track=("track_id", "first"), first=("frame", "first"), last=("frame", "last")
    )
    found = found.sort_values(["first", "track"], kind="stable")
    rows = found.head(MOST).to_numpy().tolist()
    return [{"track": track, "first": first, "last": last} for track, first, last in rows], len(found)
