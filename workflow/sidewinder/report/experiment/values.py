"""What is compared between movies: one value of each measure a movie."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sidewinder.report.experiment.curves import Curves
from sidewinder.report.experiment.survival import Lives, lives_of, survival_of

# in the order of the page
MEASURES = (
    "median_cells_per_frame", "tracks", "divisions", "division_time_s", "mean_speed_um_per_s", "diffusion_um2_per_s",
    "msd_exponent",
)  # fmt: skip
COUNTED = MEASURES[:3]


@dataclass(frozen=True)
class Measured:
    """A movie, as far as it is compared with others.

    Parameters
    ----------
    values : dict of str to float
        One a measure; NaN where it is not known.
    lives : Lives
        Its cells whose birth was seen.
    curves : Curves
        What is drawn of it.
    """

    values: Mapping[str, float]
    lives: Lives
    curves: Curves


def measured(row: Mapping[str, str], lineage: pd.DataFrame, curves: Curves) -> Measured:
    """The values of a movie.

    Parameters
    ----------
    row : dict of str to str
        Its row of `summary.csv`.
    lineage : DataFrame
        Its table of tracks.
    curves : Curves
        What is drawn of it.

    Returns
    -------
    Measured
        `division_time_s` is the median by Kaplan and Meier, the speed the mean over tracks, diffusion coefficient and
        exponent the medians over tracks, which are long enough for them.
    """
    lives = lives_of(lineage)
    of_tracks = {
        "division_time_s": survival_of(lives).median_s,
        "mean_speed_um_per_s": lineage["mean_speed_um_per_s"].astype(float).mean(),
        "diffusion_um2_per_s": lineage["diffusion_um2_per_s"].astype(float).median(),
        "msd_exponent": lineage["msd_exponent"].astype(float).median(),
    }
    values = {name: number_of(row.get(name)) for name in COUNTED} | of_tracks
    return Measured({name: float(values[name]) for name in MEASURES}, lives, curves)


def number_of(text: str | None) -> float:
    """A cell of a table as a number; NaN where it is empty."""
    try:
        return float(text) if text else np.nan
    except ValueError:
        return np.nan
