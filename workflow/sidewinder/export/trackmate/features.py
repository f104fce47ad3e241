"""Which columns of the table of cells become features of TrackMate's spots, and of which dimension."""

import re
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

import numpy as np
import pyarrow as pa
from pyarrow import compute

from sidewinder.names import TRACK_COLUMNS

# what stands in the features that TrackMate asks for or, for readers that tell them by their names alone, in an edge's
LEFT_OUT = frozenset({"frame", "time_s", "y_um", "x_um", "y_px", "x_px", "link_score"})
# by what a column's name ends in; the first that fits
DIMENSIONS = (
    ("_um_per_s", "VELOCITY"),
    ("_px_per_frame", "VELOCITY"),
    ("_um2", "AREA"),
    ("area_px", "AREA"),
    ("_corrected_um", "POSITION"),
    ("_corrected_px", "POSITION"),
    ("_um", "LENGTH"),
    ("_px", "LENGTH"),
    ("_rad", "ANGLE"),
    ("_s", "TIME"),
)
# how columns of channels begin that are no grey values
WITHOUT_UNIT = ("texture_", "ring_ratio_")


@dataclass(frozen=True)
class Feature:
    """A feature as TrackMate's files declare it: its key, how it is called, its dimension, whether it is whole."""

    key: str
    name: str
    dimension: str
    is_whole: bool = False

    def declaration(self) -> str:
        """The XML element that declares it."""
        name, whole = quoteattr(self.name), "true" if self.is_whole else "false"
        what = f'feature="{self.key}" name={name} shortname={name} dimension="{self.dimension}" isint="{whole}"'
        return f"        <Feature {what} />\n"


SPOTS = (
    Feature("QUALITY", "Quality", "QUALITY"),
    *(Feature(f"POSITION_{axis}", axis, "POSITION") for axis in "XYZ"),
    Feature("POSITION_T", "T", "TIME"),
    Feature("FRAME", "Frame", "NONE", is_whole=True),
    Feature("RADIUS", "Radius", "LENGTH"),
    Feature("VISIBILITY", "Visibility", "NONE", is_whole=True),
)
EDGES = (
    Feature("SPOT_SOURCE_ID", "Source spot ID", "NONE", is_whole=True),
    Feature("SPOT_TARGET_ID", "Target spot ID", "NONE", is_whole=True),
    Feature("link_score", "link_score", "NONE"),
)
TRACKS = (
    Feature("TRACK_INDEX", "Track index", "NONE", is_whole=True),
    Feature("TRACK_ID", "Track ID", "NONE", is_whole=True),
    Feature("NUMBER_SPOTS", "Number of spots in track", "NONE", is_whole=True),
    Feature("NUMBER_GAPS", "Number of gaps", "NONE", is_whole=True),
    Feature("NUMBER_SPLITS", "Number of split events", "NONE", is_whole=True),
    Feature("TRACK_DURATION", "Track duration", "TIME"),
    Feature("TRACK_START", "Track start", "TIME"),
    Feature("TRACK_STOP", "Track stop", "TIME"),
)


def required(table: pa.Table, times: np.ndarray, *, in_um: bool) -> dict[str, pa.ChunkedArray]:
    """Make the attributes that TrackMate asks for of every spot.

    Parameters
    ----------
    table : pyarrow.Table
        The table of cells.
    times : ndarray of float64, shape (T,)
        When each frame was taken.
    in_um : bool
        Whether the file's unit of length is the micrometre, else the pixel.

    Returns
    -------
    dict of str to pyarrow.ChunkedArray
        By the names of the attributes. `QUALITY` is the area in pixels, as TrackMate has it of label images; `RADIUS`
        that of a circle of the same area.
    """
    space, area = ("um", "area_um2") if in_um else ("px", "area_px")
    ones = np.ones(len(table), np.int8)
    return {
        "ID": pa.array(np.arange(len(table))),
        "name": table["track_id"],
        "QUALITY": table["area_px"],
        "POSITION_X": table[f"x_{space}"],
        "POSITION_Y": table[f"y_{space}"],
        "POSITION_Z": pa.array(0 * ones),
        "POSITION_T": pa.array(times[table["frame"].to_numpy()]),
        "FRAME": table["frame"],
        "RADIUS": pa.array(np.sqrt(table[area].to_numpy() / np.pi)),
        "VISIBILITY": pa.array(ones),
    }


def measured(table: pa.Table, *, in_um: bool, in_s: bool) -> dict[Feature, pa.ChunkedArray]:
    """Find the features that hold what was measured of each cell.

    Parameters
    ----------
    table : pyarrow.Table
        The table of cells.
    in_um, in_s : bool
        Whether the file's unit of length is the micrometre, else the pixel, and its unit of time the second, else the
        frame.

    Returns
    -------
    dict of Feature to pyarrow.ChunkedArray
        The columns of numbers, in their order, without those that are empty and those that hold in pixels what another
        holds in micrometres. Whether a cell touches the border, or was repaired, is 1 or 0.
    """
    known = {name for name in table.column_names if table[name].null_count < len(table)}
    found: dict[Feature, pa.ChunkedArray] = {}
    for name in (name for name in table.column_names if name in known - LEFT_OUT and _in_um(name) not in known):
        values = compute.not_equal(table[name], "") if name == "repaired" else table[name]
        values = values.cast(pa.int8()) if pa.types.is_boolean(values.type) else values
        is_whole, is_float = pa.types.is_integer(values.type), pa.types.is_floating(values.type)
        if is_float:
            # Java calls infinity by another name
            values = compute.if_else(compute.is_finite(values), values, None)
        if is_whole or is_float:
            key = _key(name, {feature.key for feature in found})
            found[Feature(key, name, _dimension(name, in_um, in_s), is_whole)] = values
    return found


def _in_um(name: str) -> str:
    """What a column is called that holds in micrometres what this one holds in pixels; empty of any other column."""
    if name not in TRACK_COLUMNS or "_px" not in name:
        return ""
    return "area_um2" if name == "area_px" else name.replace("_px_per_frame", "_um_per_s").replace("_px", "_um")


def _dimension(name: str, in_um: bool, in_s: bool) -> str:
    """The dimension of a column; NONE where its unit is not that of the file."""
    if name not in TRACK_COLUMNS:
        return "NONE" if name.startswith(WITHOUT_UNIT) else "INTENSITY"
    units_of_others = {"px" if in_um else "um", "frame" if in_s else "s"}
    if units_of_others & set(name.split("_")):
        return "NONE"
    return next((dimension for end, dimension in DIMENSIONS if name.endswith(end)), "NONE")


def _key(name: str, taken: set[str]) -> str:
    """A column's name as an XML attribute may be called, which no other is."""
    key = re.sub(r"[^A-Za-z0-9_.]", "_", name)
    while key in taken:
        key += "_"
    return key
