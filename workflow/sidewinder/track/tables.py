"""The tables that users get."""

import numpy as np
import pandas as pd

from sidewinder.track.diffusion import measure_diffusion
from sidewinder.track.fate import fates, origins
from sidewinder.track.lineage import Lineage
from sidewinder.track.motion import measure_motion, speeds
from sidewinder.track.recording import Recording

WHOLE = (
    "label",
    "track_id",
    "frame",
    "source_frame",
    "parent_track_id",
    "lineage_id",
    "generation",
    "first_frame",
    "last_frame",
    "n_frames",
    "n_neighbours",
)
TRUE_OR_FALSE = ("touches_border", "cycle_censored", "corrected")
TEXTS = ("repaired", "origin", "fate", "children")
PLACE = ["y_px", "x_px"]
# centroids, corrected for stage drift
DRIFT_CORRECTED = ["y_drift_corrected_px", "x_drift_corrected_px"]
# what stands behind all measurements
LAST = ("touches_border", "repaired", "link_score", "corrected")


def consume_into_tracks_table(cells: pd.DataFrame, family: Lineage, recording: Recording) -> pd.DataFrame:
    """One row a cell a frame, sorted by track and frame.

    Parameters
    ----------
    cells : DataFrame
        The cell table with columns `track_id`, `repaired`, `link_score`, `corrected` and those of `DRIFT_CORRECTED`;
        used up.
    family : Lineage
        The tracks.
    recording : Recording
        The movie's scales; columns that need an unknown one are empty.

    Returns
    -------
    DataFrame
        `track_id, frame, source_frame, time_s, y_px, x_px, y_um, x_um, area_px, area_um2, y_drift_corrected_px,
        x_drift_corrected_px, y_drift_corrected_um, x_drift_corrected_um, speed_um_per_s, speed_px_per_frame`, what
        else was measured, lengths also in um, `touches_border, repaired, link_score, parent_track_id,
        lineage_id, generation, time_since_birth_s, corrected`.
    """
    um, order = recording.um_per_px, _by_track(cells)

    def take(*names: str) -> dict[str, np.ndarray]:
        # a column at a time, because whole tables of a large movie are gigabytes
        return {name: cells.pop(name).to_numpy()[order] for name in names}

    del cells["label"]
    table = take("track_id", "frame")
    table["source_frame"] = recording.source_frames[table["frame"]]
    table["time_s"] = recording.times_s[table["frame"]]
    table |= _places(take(*PLACE), recording) | take("area_px")
    table["area_um2"] = table["area_px"] * um**2
    corrected = take(*DRIFT_CORRECTED)
    yx_px = np.column_stack(list(corrected.values()))
    table |= _places(corrected, recording)
    table["speed_um_per_s"] = speeds(table["track_id"], table["time_s"], yx_px) * um
    table["speed_px_per_frame"] = speeds(table["track_id"], table["frame"], yx_px)
    for name in cells.columns.difference(list(LAST), sort=False):
        table |= _in_um(take(name), um)
    table |= take(*LAST)
    corrected_by_user = table.pop("corrected")
    tracks = family.table().drop(columns="track_id")
    for name in tracks.columns:
        table[name] = tracks[name].to_numpy()[table["track_id"] - 1]
    table["time_since_birth_s"] = _since_birth(table)
    table["corrected"] = corrected_by_user
    return typed(pd.DataFrame(table, copy=False))


def lineage_table(cells: pd.DataFrame, family: Lineage, recording: Recording, search_range_px: float) -> pd.DataFrame:
    """One row a track.

    Parameters
    ----------
    cells : DataFrame
        The cell table with columns `track_id`, `repaired`, `link_score` and those of `DRIFT_CORRECTED`.
    family : Lineage
        The tracks.
    recording : Recording
        The movie's size and scales; columns that need an unknown scale are empty.
    search_range_px : float
        What cells were linked with.

    Returns
    -------
    DataFrame
        `track_id, parent_track_id, lineage_id, generation, first_frame, last_frame, start_s, end_s, n_frames, origin,
        fate, children, cycle_s, cycle_censored, division_score, min_link_score`, then the columns of `measure_motion`
        and `measure_diffusion`. `n_frames` counts the frames in which the cell was seen, or repaired.
    """
    order = _by_track(cells)
    track, frame = cells["track_id"].to_numpy()[order] - 1, cells["frame"].to_numpy()[order]
    corrected_px = np.column_stack([cells[name].to_numpy()[order] for name in DRIFT_CORRECTED])
    table = family.table()
    seen = np.bincount(track, minlength=len(table))
    last = np.cumsum(seen) - 1
    first = last - seen + 1
    children = family.children()
    table["first_frame"], table["last_frame"] = frame[first], frame[last]
    table["start_s"], table["end_s"] = recording.times_s[frame[first]], recording.times_s[frame[last]]
    table["n_frames"] = seen
    has_mother, divides = family.parent_track_id > 0, np.isin(table["track_id"], list(children))
    for name, kinds, at, is_division in (("origin", origins, first, has_mother), ("fate", fates, last, divides)):
        ends = cells.iloc[order[at]]
        touches = ends["touches_border"].to_numpy()
        table[name] = kinds(ends[PLACE].to_numpy(), frame[at], touches, is_division, recording, search_range_px)
    table["children"] = [" ".join(map(str, children.get(one, ()))) for one in range(1, len(table) + 1)]
    first_child = np.array([children.get(one, [1])[0] for one in range(1, len(table) + 1)], dtype=np.int64)
    born_s = np.where(has_mother, table["start_s"], np.nan)
    table["cycle_s"] = np.where(divides, recording.times_s[frame[first[first_child - 1]]] - born_s, np.nan)
    table["cycle_censored"] = ~(has_mother & divides)
    score = cells["link_score"].to_numpy()[order]
    # a division's score is the one of the link to a daughter
    table["division_score"] = np.where(divides, score[first[first_child - 1]], np.nan)
    table["min_link_score"] = np.fmin.reduceat(score, first) if len(first) else score
    motion = [measure(track, frame, corrected_px, recording) for measure in (measure_motion, measure_diffusion)]
    return typed(pd.concat([table, *motion], axis=1))


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the same types, with rows or without: ids and frames whole numbers, measurements float64."""
    types = dict.fromkeys(TRUE_OR_FALSE, "bool") | dict.fromkeys(TEXTS, "str") | dict.fromkeys(WHOLE, "int64")
    return table.astype({name: types.get(name, "float64") for name in table.columns})


def _since_birth(table: dict[str, np.ndarray]) -> np.ndarray:
    """Seconds since the first row of each track, by rows sorted by track; NaN where its birth was not seen."""
    first = np.flatnonzero(np.diff(table["track_id"], prepend=0))
    born_s = np.where(table["parent_track_id"][first] > 0, table["time_s"][first], np.nan)
    since_s: np.ndarray = table["time_s"] - born_s[table["track_id"] - 1]
    return since_s


def _by_track(cells: pd.DataFrame) -> np.ndarray:
    """The rows, sorted by track and frame."""
    return np.lexsort((cells["frame"], cells["track_id"]))


def _places(in_sides: dict[str, np.ndarray], recording: Recording) -> dict[str, np.ndarray]:
    """Columns of y and x in pixels and, behind them, in micrometres, of those in which both count alike."""
    pixels = {name: values / side for (name, values), side in zip(in_sides.items(), recording.sides, strict=True)}
    return _in_um(in_sides, recording.um_per_px) | pixels


def _in_um(px: dict[str, np.ndarray], um_per_px: float) -> dict[str, np.ndarray]:
    """Columns and, behind them, those that are lengths in micrometres."""
    lengths = {name: values for name, values in px.items() if name.endswith("_px")}
    return px | {f"{name.removesuffix('_px')}_um": values * um_per_px for name, values in lengths.items()}
