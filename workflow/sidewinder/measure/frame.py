"""What is measured of a cell: place, size, shape, and the intensity of every channel."""

import re

import numpy as np
import pandas as pd

from sidewinder.measure.intensity import measure_intensity
from sidewinder.measure.runs import Runs
from sidewinder.measure.shape import measure_shape

PLACE_AND_SHAPE = (
    "y_px",
    "x_px",
    "area_px",
    "perimeter_px",
    "major_axis_px",
    "minor_axis_px",
    "orientation_rad",
    "eccentricity",
    "solidity",
)
STATISTICS = ("mean", "std", "min", "max", "sum")


def column_name(channel: str) -> str:
    """A channel's name as part of a column's: letters, digits and `_` only."""
    return re.sub(r"\W+", "_", channel.strip()).strip("_") or "channel"


def column_names(channels: tuple[str, ...]) -> list[str]:
    """The columns that `measure_frame` returns, in order."""
    intensity = [f"{stat}_{name}" for name in _distinct(channels) for stat in STATISTICS]
    return ["label", *PLACE_AND_SHAPE, *intensity, "touches_border"]


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
    runs = Runs.of(labels)
    present = np.unique(runs.label)
    measured = measure_shape(labels, runs)
    inside = labels > 0
    for values, name in zip(image, _distinct(channels), strict=True):
        of_channel = measure_intensity(values, inside, runs)
        measured |= {f"{stat}_{name}": of_channel[stat] for stat in STATISTICS}
    cells = pd.DataFrame({"label": present} | {name: by_label[present] for name, by_label in measured.items()})
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
