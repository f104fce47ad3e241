"""What is measured of a cell: place, size, shape, and the intensity of every channel."""

import re

import numpy as np
import pandas as pd
from skimage.measure import regionprops_table

# scikit-image's names, and ours, which carry the unit
PLACE_AND_SHAPE = {
    "label": "label",
    "centroid-0": "y_px",
    "centroid-1": "x_px",
    "area": "area_px",
    "perimeter": "perimeter_px",
    "axis_major_length": "major_axis_px",
    "axis_minor_length": "minor_axis_px",
    "orientation": "orientation_rad",
    "eccentricity": "eccentricity",
    "solidity": "solidity",
}
STATISTICS = {"intensity_mean": "mean", "intensity_std": "std", "intensity_min": "min", "intensity_max": "max"}


def column_name(channel: str) -> str:
    """A channel's name as part of a column's: letters, digits and `_` only."""
    return re.sub(r"\W+", "_", channel.strip()).strip("_") or "channel"


def column_names(channels: tuple[str, ...]) -> list[str]:
    """The columns that `measure_frame` returns, in order."""
    intensity = [f"{stat}_{name}" for name in _distinct(channels) for stat in (*STATISTICS.values(), "sum")]
    return [*PLACE_AND_SHAPE.values(), *intensity, "touches_border"]


def measure_frame(labels: np.ndarray, image: np.ndarray, channels: tuple[str, ...]) -> pd.DataFrame:
    """Measure the cells of one frame.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        Instances; 0 is background.
    image : ndarray, shape (C, Y, X)
        The raw grey values of every channel.
    channels : tuple of str
        Their names.

    Returns
    -------
    cells : DataFrame
        One row a cell, sorted by label, with the columns of `column_names`: centroid (a pixel's centre has whole
        coordinates), area, shape, mean, standard deviation, least, largest and summed intensity of each channel, and
        whether the cell touches the frame's edge.
    """
    if not labels.any():
        return _typed(pd.DataFrame({name: [] for name in column_names(channels)}))
    properties = ("label", "centroid", *list(PLACE_AND_SHAPE)[3:])
    table = regionprops_table(labels, properties=properties)
    cells = pd.DataFrame({ours: table[theirs] for theirs, ours in PLACE_AND_SHAPE.items()})
    for values, name in zip(image, _distinct(channels), strict=True):
        measured = regionprops_table(labels, values.astype(np.float64), properties=tuple(STATISTICS))
        for theirs, ours in STATISTICS.items():
            cells[f"{ours}_{name}"] = measured[theirs]
        cells[f"sum_{name}"] = cells[f"mean_{name}"] * cells["area_px"]
    at_edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    cells["touches_border"] = cells["label"].isin(at_edge)
    return _typed(cells)


def _typed(cells: pd.DataFrame) -> pd.DataFrame:
    """The same types whether there are cells or not."""
    whole = ("label", "area_px")
    types = {name: "int64" if name in whole else "float64" for name in cells.columns}
    return cells.astype(types | {"touches_border": "bool"})


def _distinct(channels: tuple[str, ...]) -> list[str]:
    """Column names of channels, with their index where two would be the same."""
    names = [column_name(channel) for channel in channels]
    return [name if names.count(name) == 1 else f"{name}_{index}" for index, name in enumerate(names)]
