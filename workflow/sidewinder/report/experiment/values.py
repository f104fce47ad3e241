"""What is compared between movies: one value of each measure a movie."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sidewinder.report.experiment.curves import Curves
from sidewinder.report.experiment.survival import Lives, lives_of, survival_of

# what stands for a measure where no movie has it, for want of a pixel size or of times
IN_PIXELS = {
    "mean_speed_um_per_s": "mean_speed_px_per_frame",
    "diffusion_um2_per_s": "diffusion_px2_per_frame",
}
COUNTED = ("median_cells_per_frame", "tracks", "divisions")
# in the order of the page
MEASURES = (*COUNTED, "division_time_s", *IN_PIXELS, *IN_PIXELS.values(), "msd_exponent")


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
    values = {name: number_of(row.get(name)) for name in COUNTED} | {"division_time_s": survival_of(lives).median_s}
    for name in MEASURES[len(values) :]:
        of_tracks = lineage[name].astype(float)
        values[name] = float(of_tracks.mean() if name.startswith("mean_") else of_tracks.median())
    return Measured(values, lives, curves)


def shown_measures(movies: Iterable[Measured]) -> list[str]:
    """The measures of the page: lengths in pixels only where no movie has them in um."""
    known = {name for movie in movies for name, value in movie.values.items() if np.isfinite(value)}
    in_pixels = {name for name, other in IN_PIXELS.items() if name not in known and other in known}
    left_out = {name if name in in_pixels else other for name, other in IN_PIXELS.items()}
    return [name for name in MEASURES if name not in left_out]


def number_of(text: str | None) -> float:
    """A cell of a table as a number; NaN where it is empty."""
    try:
        return float(text) if text else np.nan
    except ValueError:
        return np.nan
