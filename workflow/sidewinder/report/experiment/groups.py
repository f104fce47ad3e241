"""Movies by a column of the sheet: means over movies, differences between groups, curves of each group."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from sidewinder.report.experiment.curves import Curves
from sidewinder.report.experiment.outliers import outliers
from sidewinder.report.experiment.statistics import Estimate, difference_of, mean_of
from sidewinder.report.experiment.survival import Survival, survival_of, together
from sidewinder.report.experiment.values import MEASURES, Measured, number_of
from sidewinder.report.one_file import rounded

# a plate of 384 wells; a column with more has no groups but movies
MOST_GROUPS = 384
# differences of more are a large table of chance findings
MOST_COMPARED = 12
# of a curve; more are not seen
MOST_STEPS = 120


def grouped(rows: Sequence[Mapping[str, str]], column: str) -> dict[str, list[int]]:
    """The places of the movies that have each value of a column; values are in the order of numbers, else of texts."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.get(column, ""), []).append(place)
    return dict(sorted(places.items(), key=lambda item: _order(item[0])))


def _order(value: str) -> tuple[int, float, str]:
    number = number_of(value)
    return (0, number, value) if np.isfinite(number) else (1, 0.0, value)


def facts_of_groups(places: Mapping[str, Sequence[int]], movies: Sequence[Measured | None]) -> dict[str, Any]:
    """What the page says of groups of movies.

    Parameters
    ----------
    places : dict of str to sequence of int
        As of `grouped`.
    movies : sequence of Measured or None
        All movies; None of one that is not in the tables.

    Returns
    -------
    dict
        `groups`: of each its `name`, how many movies of the sheet (`n_movies`) and of the tables (`n_measured`) it
        has, `means` by measure, `survival` and `msd`. `differences`: by measure, for pairs of groups, the mean of the
        second less that of the first, with its interval; empty where there are more than `MOST_COMPARED` groups.
        `outliers`: as of `outliers`.
    """
    members = {name: [movie for movie in map(movies.__getitem__, of) if movie] for name, of in places.items()}
    groups = [_group(name, len(places[name]), of) for name, of in members.items()]
    pairs = list(combinations(range(len(groups)), 2)) if len(groups) <= MOST_COMPARED else []
    values = {measure: [[one.values[measure] for one in of] for of in members.values()] for measure in MEASURES}
    differences = {
        measure: [[first, second, *_numbers(difference_of(of[second], of[first]))] for first, second in pairs]
        for measure, of in values.items()
    }
    return {"groups": groups, "differences": differences, "outliers": outliers(places.values(), movies)}


def _group(name: str, n_movies: int, movies: list[Measured]) -> dict[str, Any]:
    means = {}
    for measure in MEASURES:
        values = [movie.values[measure] for movie in movies]
        means[measure] = [int(np.isfinite(values).sum()), *_numbers(mean_of(values))]
    lives = together([movie.lives for movie in movies])
    return {
        "name": name,
        "n_movies": n_movies,
        "n_measured": len(movies),
        "means": means,
        "survival": facts_of_survival(survival_of(lives))
        | {"cells": len(lives.age_s), "divided": int(lives.divided.sum())},
        "msd": _msd([movie.curves for movie in movies]),
    }


def facts_of_survival(curve: Survival) -> dict[str, list[float | None]]:
    """A curve by the ages at which it falls, some of them where there are very many."""
    falls = np.flatnonzero(np.diff(curve.undivided, prepend=1.0) < 0)
    if len(falls) > MOST_STEPS:
        falls = falls[np.unique(np.linspace(0, len(falls) - 1, MOST_STEPS).round().astype(int))]
    end = [curve.age_s[-1]] if len(curve.age_s) else []
    kept = {"age_s": [*curve.age_s[falls], *end], "undivided": [*curve.undivided[falls], *curve.undivided[-1:]]}
    return {name: [rounded(float(value)) for value in values] for name, values in kept.items()}


def _msd(curves: Sequence[Curves]) -> list[list[float | None]]:
    """Means over movies of their mean squared displacements: lag, mean and interval, at the lags that all of them
    have; movies with other frame intervals have other lags."""
    known = [curve for curve in curves if len(curve.msd_um2)]
    if len({round(curve.frame_interval_s or 0, 6) for curve in known}) != 1:
        return []
    n_lags = min(len(curve.msd_um2) for curve in known)
    by_lag = np.stack([curve.msd_um2[:n_lags] for curve in known], axis=1)
    return [
        [rounded(float(lag_s)), *_numbers(mean_of(of_lag))]
        for lag_s, of_lag in zip(known[0].lag_s, by_lag, strict=False)
    ]


def _numbers(estimate: Estimate) -> list[float | None]:
    return [rounded(one) for one in (estimate.value, estimate.low, estimate.high)]
