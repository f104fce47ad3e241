"""A row a movie: what is said of each, also of those that failed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sidewinder.names import (
    COUNTS,
    LINEAGE,
    OVERLAY,
    REPORT,
    SCALES,
    SCORES,
    SCORES_CSV,
    TRACKS,
    TRACKS_CSV,
    WARNINGS,
)
from sidewinder.report.experiment.groups import facts_of_survival
from sidewinder.report.experiment.survival import survival_of
from sidewinder.report.experiment.values import Measured, number_of
from sidewinder.report.one_file import as_base64, rounded

# more lines of warnings are in the movie's own report
MOST_WARNINGS = 12


def facts_of_movie(
    row: Mapping[str, str],
    summary: Mapping[str, str],
    movie: Measured | None,
    warnings: Sequence[Mapping[str, Any]],
    picture: bytes,
    with_csv: bool,
) -> dict[str, Any]:
    """What the page says of a movie.

    Parameters
    ----------
    row, summary : dict of str to str
        What the sheet and `summary.csv` say of it.
    movie : Measured or None
        None where it is not in the tables.
    warnings : sequence of dict
        As of `read_warnings`.
    picture : bytes
        A WebP; empty where there is none.
    with_csv : bool
        Whether tables are there as text.
    """
    scores = {name: number_of(summary[name]) for name in SCORES if summary.get(name)}
    facts: dict[str, Any] = {
        "movie": row["movie"],
        "sheet": {name: text for name, text in row.items() if name != "movie"},
        "state": summary.get("state", "missing"),
        "reason": summary.get("reason", ""),
        "warnings": list(warnings[:MOST_WARNINGS]),
        "n_warnings": len(warnings),
        "counts": {name: rounded(number_of(summary.get(name))) for name in (*COUNTS, *SCALES)},
        "scores": {name: rounded(score) for name, score in scores.items()},
        "picture": as_base64(picture),
    }
    if movie is None:
        return facts | {"files": []}
    curves, tracks = movie.curves, TRACKS_CSV if with_csv else TRACKS
    return facts | {
        # of one that is not done, some may not be there
        "files": [REPORT, tracks, LINEAGE, WARNINGS, OVERLAY, *[SCORES_CSV] * bool(scores)],
        "values": {name: rounded(value) for name, value in movie.values.items()},
        "cells": [rounded(float(value)) for value in curves.cells],
        "msd": [
            [rounded(float(lag_s)), rounded(float(msd_um2))]
            for lag_s, msd_um2 in zip(curves.lag_s, curves.msd_um2, strict=True)
        ],
        "survival": facts_of_survival(survival_of(movie.lives)),
    }
