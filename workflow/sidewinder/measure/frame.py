"""What is measured of a cell: place, size, shape, neighbours, and the intensity of every channel."""

import re

import numpy as np
import pandas as pd
from scipy import ndimage as ndi

from sidewinder.measure.background import clear_of, measure_background
from sidewinder.measure.intensity import measure_intensity
from sidewinder.measure.neighbours import measure_neighbours
from sidewinder.measure.runs import Runs
from sidewinder.measure.shape import measure_shape
from sidewinder.names import STATISTICS

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
# a cell so near to pixels without data is cut off by them
EDGE_PX = 2
NEIGHBOURS = ("n_neighbours", "nearest_neighbour_px")


def column_name(channel: str) -> str:
    """A channel's name as part of a column's: letters, digits and `_` only."""
    return re.sub(r"\W+", "_", channel.strip()).strip("_") or "channel"


def column_names(channels: tuple[str, ...]) -> list[str]:
    """The columns that `measure_frame` returns, in order."""
    intensity = [f"{stat}_{name}" for name in _distinct(channels) for stat in STATISTICS]
    return ["label", *PLACE_AND_SHAPE, *NEIGHBOURS, *intensity, "touches_border"]


def measure_frame(
    labels: np.ndarray, image: np.ndarray, channels: tuple[str, ...], missing: np.ndarray | None = None
) -> pd.DataFrame:
    """Measure the cells of one frame.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        Instances; 0 is background.
    image : ndarray, shape (C, Y, X)
        The raw grey values of every channel.
    channels : tuple of str
        Names of the channels.
    missing : ndarray of bool, optional, shape (Y, X)
        Pixels that hold no data, none of which is a cell's.

    Returns
    -------
    cells : DataFrame
        One row a cell, sorted by label, with the columns of `column_names`: centroid (a pixel's centre has whole
        coordinates), area, shape, neighbours (see `measure_neighbours`); of each channel the mean, standard deviation,
        least, largest and summed intensity, the background (see `measure_background`), and mean and sum without it;
        whether the cell touches the edge of what was seen: of the frame, or of pixels that hold no data.
    """
    if not labels.any():
        return _typed(pd.DataFrame({name: [] for name in column_names(channels)}))
    runs = Runs.of(labels)
    present = np.unique(runs.label)
    cells = {"label": present} | {name: by_label[present] for name, by_label in measure_shape(labels, runs).items()}
    y_px, x_px, area_px = cells["y_px"], cells["x_px"], cells["area_px"]
    cells |= measure_neighbours(y_px, x_px, area_px)
    inside = labels > 0
    clear = clear_of(inside, missing)
    for values, name in zip(image, _distinct(channels), strict=True):
        of_channel = {stat: of[present] for stat, of in measure_intensity(values, inside, runs).items()}
        background = measure_background(values, clear, y_px, x_px)
        of_channel["background"] = background
        of_channel["corrected_mean"] = of_channel["mean"] - background
        of_channel["corrected_sum"] = of_channel["sum"] - area_px * background
        cells |= {f"{stat}_{name}": of_channel[stat] for stat in STATISTICS}
    return _typed(pd.DataFrame(cells | {"touches_border": np.isin(present, _at_edge(labels, missing))}))


def _at_edge(labels: np.ndarray, missing: np.ndarray | None) -> np.ndarray:
    """The labels at the edge of what was seen, each once."""
    sides = [labels[0], labels[-1], labels[:, 0], labels[:, -1]]
    if missing is not None:
        sides.append(labels[ndi.binary_dilation(missing, iterations=EDGE_PX)])
    return np.unique(np.concatenate(sides))


def _typed(cells: pd.DataFrame) -> pd.DataFrame:
    """The table with the same types, whether there are cells or not."""
    whole = ("label", "area_px", "n_neighbours")
    types = {name: "int64" if name in whole else "float64" for name in cells.columns}
    return cells.astype(types | {"touches_border": "bool"})


def _distinct(channels: tuple[str, ...]) -> list[str]:
    """Column names of channels, with their index where two would be the same."""
    names = [column_name(channel) for channel in channels]
    return [name if names.count(name) == 1 else f"{name}_{index}" for index, name in enumerate(names)]
