"""What is measured of a cell: place, size, shape, neighbours, and the intensity of every channel."""

import re

import numpy as np
import pandas as pd
from scipy import ndimage as ndi

from sidewinder.measure.background import clear_of, measure_background
from sidewinder.measure.intensity import measure_intensity, measure_quantiles
from sidewinder.measure.neighbours import measure_neighbours
from sidewinder.measure.ring import measure_rings, rings
from sidewinder.measure.runs import Runs
from sidewinder.measure.shape import measure_shape
from sidewinder.measure.texture import measure_textures
from sidewinder.names import RING_STATISTICS, STATISTICS
from sidewinder.pixel_size import height_and_width
from sidewinder.settings import MeasureSettings

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
# nothing but what is measured of every cell
ALWAYS = MeasureSettings()
# a cell so near to pixels without data is cut off by them
EDGE_PX = 2
NEIGHBOURS = ("n_neighbours", "nearest_neighbour_px")


def column_name(channel: str) -> str:
    """A channel's name as part of a column's: letters, digits and `_` only."""
    return re.sub(r"\W+", "_", channel.strip()).strip("_") or "channel"


def column_names(channels: tuple[str, ...], settings: MeasureSettings = ALWAYS) -> list[str]:
    """The columns that `measure_frame` returns, in order."""
    intensity = [f"{stat}_{name}" for name in _distinct(channels) for stat in _statistics(settings)]
    return ["label", *PLACE_AND_SHAPE, *NEIGHBOURS, *intensity, "touches_border"]


def _statistics(settings: MeasureSettings) -> list[str]:
    """What is measured of each channel."""
    ring = RING_STATISTICS if settings.ring_px else ()
    textures = (f"texture_{name}" for name in settings.chosen_textures)
    return [*STATISTICS, *(f"q{share:g}" for share in settings.quantiles), *textures, *ring]


def measure_frame(
    labels: np.ndarray,
    image: np.ndarray,
    channels: tuple[str, ...],
    settings: MeasureSettings = ALWAYS,
    missing: np.ndarray | None = None,
    *,
    outside: np.ndarray | None = None,
    pixel_aspect: float = 1.0,
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
    settings : MeasureSettings
        What is measured beside what always is.
    missing : ndarray of bool, optional, shape (Y, X)
        Pixels that hold no data or lie outside of the region, none of which is a cell's.
    outside : ndarray of bool, optional, shape (Y, X)
        Those that lie outside of the region, whose edge is as sharp as that of the frame.
    pixel_aspect : float
        Height of a pixel over its width. Lengths other than places are in sides of the square that has its area.

    Returns
    -------
    cells : DataFrame
        One row a cell, sorted by label, with the columns of `column_names`: centroid (a pixel's centre has whole
        coordinates), area, shape, neighbours (see `measure_neighbours`); of each channel the mean, standard deviation,
        least, largest and summed intensity, the background (see `measure_background`), and mean and sum without it,
        and what the settings ask for; whether the cell touches the edge of what was seen: of the frame, of the region,
        or of pixels that hold no data.
    """
    if not labels.any():
        return _typed(pd.DataFrame({name: [] for name in column_names(channels, settings)}))
    runs = Runs.of(labels)
    present, sides = np.unique(runs.label), height_and_width(pixel_aspect)
    shape = measure_shape(labels, runs, sides)
    cells = {"label": present} | {name: by_label[present] for name, by_label in shape.items()}
    y_px, x_px, area_px = cells["y_px"], cells["x_px"], cells["area_px"]
    cells |= measure_neighbours(y_px * sides[0], x_px * sides[1], area_px)
    inside = labels > 0
    clear = clear_of(inside, missing)
    ring_of = rings(labels, settings.ring_px, missing, sides) if settings.ring_px else None
    for values, name in zip(image, _distinct(channels), strict=True):
        of_channel = {stat: of[present] for stat, of in measure_intensity(values, inside, runs).items()}
        background = measure_background(values, clear, y_px, x_px)
        of_channel["background"] = background
        of_channel["corrected_mean"] = of_channel["mean"] - background
        of_channel["corrected_sum"] = of_channel["sum"] - area_px * background
        if settings.quantiles:
            quantiles = measure_quantiles(values, inside, runs, settings.quantiles)[:, present]
            of_channel |= {f"q{share:g}": of for share, of in zip(settings.quantiles, quantiles, strict=True)}
        if settings.chosen_textures:
            textures = measure_textures(values, labels, present, settings.chosen_textures)
            of_channel |= {f"texture_{name}": of for name, of in textures.items()}
        if ring_of is not None:
            ring_mean = measure_rings(values, ring_of, present)
            of_channel |= {"ring_mean": ring_mean, "ring_ratio": _ratio(ring_mean - background, of_channel)}
        cells |= {f"{stat}_{name}": of_channel[stat] for stat in _statistics(settings)}
    return _typed(pd.DataFrame(cells | {"touches_border": np.isin(present, _at_edge(labels, missing, outside))}))


def _at_edge(labels: np.ndarray, missing: np.ndarray | None, outside: np.ndarray | None) -> np.ndarray:
    """The labels at the edge of what was seen, each once."""
    sides = [labels[0], labels[-1], labels[:, 0], labels[:, -1]]
    if outside is not None:
        sides.append(labels[ndi.binary_dilation(outside)])
        missing = None if missing is None else missing & ~outside
    if missing is not None:
        sides.append(labels[ndi.binary_dilation(missing, iterations=EDGE_PX)])
    return np.unique(np.concatenate(sides))


def _ratio(ring: np.ndarray, of_channel: dict[str, np.ndarray]) -> np.ndarray:
    """The ring's light over the cell's own, NaN where the cell has none."""
    own = of_channel["corrected_mean"]
    return np.divide(ring, own, out=np.full(len(own), np.nan), where=own > 0)


def _typed(cells: pd.DataFrame) -> pd.DataFrame:
    """The table with the same types, whether there are cells or not."""
    whole = ("label", "area_px", "n_neighbours")
    types = {name: "int64" if name in whole else "float64" for name in cells.columns}
    return cells.astype(types | {"touches_border": "bool"})


def _distinct(channels: tuple[str, ...]) -> list[str]:
    """Column names of channels, with their index where two would be the same."""
    names = [column_name(channel) for channel in channels]
    return [name if names.count(name) == 1 else f"{name}_{index}" for index, name in enumerate(names)]
