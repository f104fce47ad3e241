"""Movies whose values are far from those of their group."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np

from sidewinder.report.experiment.statistics import FAR, robust_z
from sidewinder.report.experiment.values import Measured, shown_measures
from sidewinder.report.one_file import rounded


def outliers(groups: Iterable[Sequence[int]], movies: Sequence[Measured | None]) -> list[list[Any]]:
    """Values that are far from the median of their group.

    Parameters
    ----------
    groups : iterable of sequence of int
        The places of their movies.
    movies : sequence of Measured or None
        All movies; None of one that is not in the tables.

    Returns
    -------
    list of (int, str, float)
        The place of the movie, the measure, and the robust z, the farthest first.
    """
    found: list[list[Any]] = []
    shown = shown_measures([movie for movie in movies if movie])
    for measure, of in product(shown, groups):
        own = [movies[place] for place in of]
        z = robust_z([movie.values[measure] if movie else np.nan for movie in own])
        found += [[place, measure, rounded(float(far))] for place, far in zip(of, z, strict=True) if abs(far) > FAR]
    return sorted(found, key=lambda one: -abs(one[2]))
