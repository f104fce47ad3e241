"""The columns of the table of cells that the page has, in steps."""

import fnmatch
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

log = logging.getLogger("sidewinder")

# 0 is an empty cell of the table
N_STEPS = 4095
# the first of each that the movie has: lengths in um where the pixel size is known
USUAL = (
    ("area_um2", "area_px"),
    ("speed_um_per_s", "speed_px_per_frame"),
    ("major_axis_um", "major_axis_px"),
    ("eccentricity",),
    ("solidity",),
    ("n_neighbours",),
    ("link_score",),
)
OF_CHANNELS = "corrected_mean_*"
# the page has these anyway, or they are no measures
OTHERS = frozenset("movie cell_id track_id frame parent_track_id lineage_id generation repaired corrected".split())


def chosen_columns(table: pd.DataFrame, wanted: Literal["auto"] | Sequence[str]) -> list[str]:
    """The columns that the page has.

    Parameters
    ----------
    table : DataFrame
        The table of cells.
    wanted : "auto" or sequence of str
        Names, in which `*` stands for any letters; auto: size, speed, shape, neighbours, scores and each channel's
        brightness above the background.

    Returns
    -------
    list of str
        Each once. A name that the movie lacks is warned of.
    """
    numbers = [name for name in table.columns if name not in OTHERS and table[name].dtype.kind in "fiub"]
    if wanted == "auto":
        filled = {name for name in numbers if table[name].notna().any()} or set(numbers)
        usual = [next((name for name in names if name in filled), "") for names in USUAL]
        return [*filter(None, usual), *fnmatch.filter(numbers, OF_CHANNELS)]
    found = {name: fnmatch.filter(numbers, name) for name in wanted}
    for name in (name for name, matching in found.items() if not matching):
        log.warning("report: WARNING: report.columns: the movie has no column of numbers %s; left out", name)
    return list(dict.fromkeys(name for matching in found.values() for name in matching))


@dataclass(frozen=True)
class Steps:
    """A column in steps: a value is `low + (step - 1) * size`, and 0 stands for none.

    Parameters
    ----------
    steps : ndarray, int64 (n,)
        From 0 to `N_STEPS`.
    low, size : float
        The smallest value, and how far apart two steps are.
    """

    steps: np.ndarray
    low: float
    size: float

    def facts(self, name: str) -> dict[str, Any]:
        """What the page has to know of it."""
        return {"name": name, "low": self.low, "size": self.size, "largest": int(self.steps.max(initial=0))}


def in_steps(values: Iterable[float]) -> Steps:
    """A column in steps; whole numbers that are not too far apart stay as they are.

    Examples
    --------
    >>> in_steps([2, 4, float("nan")]).steps
    array([1, 3, 0])
    """
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    low, high = (float(numbers[known].min()), float(numbers[known].max())) if known.any() else (0.0, 0.0)
    whole = high - low < N_STEPS and bool((numbers[known] % 1 == 0).all())
    size = 1.0 if whole or high == low else (high - low) / (N_STEPS - 1)
    steps = np.where(known, np.rint((np.where(known, numbers, low) - low) / size) + 1, 0)
    return Steps(steps.astype(np.int64), low, size)
