"""The tables that users get."""

import numpy as np
import pandas as pd

from sidewinder.track.fate import fates
from sidewinder.track.lineage import Lineage
from sidewinder.track.motion import measure_motion
from sidewinder.track.recording import Recording

WHOLE = (
    "label",
    "track_id",
    "frame",
    "parent_track_id",
    "lineage_id",
    "generation",
    "first_frame",
    "last_frame",
    "n_frames",
)


def tracks_table(cells: pd.DataFrame, family: Lineage, recording: Recording) -> pd.DataFrame:
    """One row a cell a frame.

    Parameters
    ----------
    cells : DataFrame
        The cell table with a column `track_id`, sorted by it and by frame.
    family : Lineage
        The tracks.
    recording : Recording
        Its scales; columns that need an unknown one are empty.

    Returns
    -------
    DataFrame
        `track_id, frame, time_s, y_px, x_px, y_um, x_um, area_px, area_um2`, what else was measured,
        `touches_border, parent_track_id, lineage_id, generation`.
    """
    um = recording.um_per_px
    table = pd.DataFrame(
        {
            "track_id": cells["track_id"],
            "frame": cells["frame"],
            "time_s": cells["frame"] * recording.s_per_frame,
            "y_px": cells["y_px"],
            "x_px": cells["x_px"],
            "y_um": cells["y_px"] * um,
            "x_um": cells["x_px"] * um,
            "area_px": cells["area_px"],
            "area_um2": cells["area_px"] * um**2,
        }
    )
    other = [name for name in cells.columns if name not in (*table.columns, "label", "touches_border")]
    descent = family.table().iloc[cells["track_id"] - 1].drop(columns="track_id").reset_index(drop=True)
    return typed(pd.concat([table, cells[[*other, "touches_border"]], descent], axis=1))


def lineage_table(cells: pd.DataFrame, family: Lineage, recording: Recording, search_range_px: float) -> pd.DataFrame:
    """One row a track.

    Parameters
    ----------
    cells : DataFrame
        The cell table with a column `track_id`, sorted by it and by frame.
    family : Lineage
        The tracks.
    recording : Recording
        Its size and scales; columns that need an unknown scale are empty.
    search_range_px : float
        What cells were linked with.

    Returns
    -------
    DataFrame
        `track_id, parent_track_id, lineage_id, generation, first_frame, last_frame, start_s, end_s, n_frames, fate`,
        then the columns of `measure_motion`. `n_frames` counts the frames in which the cell was seen.
    """
    track, frame = cells["track_id"].to_numpy() - 1, cells["frame"].to_numpy()
    yx_px, touches = cells[["y_px", "x_px"]].to_numpy(), cells["touches_border"].to_numpy()
    table = family.table()
    seen = np.bincount(track, minlength=len(table))
    last = np.cumsum(seen) - 1
    first = last - seen + 1
    divides = table["track_id"].isin(table["parent_track_id"]).to_numpy()
    table["first_frame"], table["last_frame"] = frame[first], frame[last]
    table["start_s"] = frame[first] * recording.s_per_frame
    table["end_s"] = frame[last] * recording.s_per_frame
    table["n_frames"] = seen
    table["fate"] = fates(yx_px[last], frame[last], touches[last], divides, recording, search_range_px)
    return typed(pd.concat([table, measure_motion(track, frame, yx_px, recording)], axis=1))


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """The same types whether there are rows or not: ids and frames whole numbers, whatever is measured float64."""
    types = {"touches_border": "bool", "fate": "str"} | dict.fromkeys(WHOLE, "int64")
    return table.astype({name: types.get(name, "float64") for name in table.columns})
