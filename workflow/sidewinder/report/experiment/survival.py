"""How long cells take until they divide, with those whose division was not seen (Kaplan and Meier 1958)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats


@dataclass(frozen=True)
class Lives:
    """The cells whose birth was seen.

    Parameters
    ----------
    age_s : ndarray, float64 (n,)
        How old each was when it divided, or was last seen.
    divided : ndarray, bool (n,)
        Whether it divided.
    """

    age_s: np.ndarray
    divided: np.ndarray


@dataclass(frozen=True)
class Survival:
    """The share of cells that have not divided, by age: a step at each age.

    Parameters
    ----------
    age_s, undivided : ndarray, float64 (n,)
        From each age on, up to the next, the share.
    """

    age_s: np.ndarray
    undivided: np.ndarray

    @property
    def median_s(self) -> float:
        """The age at which half of the cells have divided; NaN where more than half are left at the end."""
        reached = self.undivided <= 0.5
        return float(self.age_s[reached][0]) if reached.any() else float("nan")


def lives_of(lineage: pd.DataFrame) -> Lives:
    """The cells of a table of tracks, `origin, start_s, end_s, cycle_s, cycle_censored`, whose birth was seen."""
    born = lineage[lineage["origin"] == "division"]
    age_s = born["cycle_s"].astype(float).fillna(born["end_s"].astype(float) - born["start_s"].astype(float))
    known = age_s.notna().to_numpy()
    return Lives(age_s.to_numpy()[known], ~born["cycle_censored"].to_numpy(bool)[known])


def together(lives: Sequence[Lives]) -> Lives:
    """The cells of several movies."""
    ages, divided = [one.age_s for one in lives], [one.divided for one in lives]
    return Lives(np.concatenate([np.zeros(0), *ages]), np.concatenate([np.zeros(0, bool), *divided]))


def survival_of(lives: Lives) -> Survival:
    """The curve; empty where there are no cells."""
    if not len(lives.age_s):
        return Survival(np.zeros(0), np.zeros(0))
    data = stats.CensoredData(uncensored=lives.age_s[lives.divided], right=lives.age_s[~lives.divided])
    found = stats.ecdf(data).sf
    return Survival(found.quantiles, found.probabilities)
