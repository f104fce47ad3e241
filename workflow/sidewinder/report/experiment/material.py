"""All that the page is given."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sidewinder.errors import UserError
from sidewinder.plausibility.warning import KINDS
from sidewinder.progress import progress
from sidewinder.report.experiment.curves import Curves, curves_of
from sidewinder.report.experiment.groups import MOST_COMPARED, MOST_GROUPS, facts_of_groups, grouped
from sidewinder.report.experiment.movies import facts_of_movie
from sidewinder.report.experiment.pictures import picture_of
from sidewinder.report.experiment.statistics import CONFIDENCE, FAR, FEWEST_FOR_OUTLIERS
from sidewinder.report.experiment.tables import OF_CELLS, OF_TRACKS, cells_by_movie, read_lineages, read_summary
from sidewinder.report.experiment.values import Measured, measured, number_of, shown_measures
from sidewinder.report.movie.facts import read_warnings

log = logging.getLogger("sidewinder")


def gather(
    rows: Sequence[Mapping[str, str]],
    summary_csv: str | Path,
    experiment_parquet: str | Path,
    lineage_parquet: str | Path,
    movies: Iterable[str | Path],
    warnings: Iterable[str | Path],
    with_csv: bool,
) -> dict[str, Any]:
    """What the page knows of the movies and of groups of them; parameters as of `write_experiment_report`."""
    summary = read_summary(summary_csv)
    found = _measured(summary, experiment_parquet, lineage_parquet)
    pictured, warned = _by_movie(movies), _by_movie(warnings)
    listed = []
    for row in progress(rows, len(rows), "report", "movies"):
        movie = row["movie"]
        # what an earlier run has left of one that is not in the tables is not shown
        of_movie = read_warnings(warned[movie]) if movie in found and movie in warned else []
        picture = _picture(pictured[movie]) if movie in found and movie in pictured else b""
        listed.append(facts_of_movie(row, summary.get(movie, {}), found.get(movie), of_movie, picture, with_csv))
    in_order = [found.get(row["movie"]) for row in rows]
    return {
        "movies": listed,
        "kinds": KINDS,
        "measures": shown_measures(found.values()),
        "columns": _columns(rows, in_order),
        "most_compared": MOST_COMPARED,
        "far": FAR,
        "fewest_for_outliers": FEWEST_FOR_OUTLIERS,
        "confidence": CONFIDENCE,
    }


def _by_movie(paths: Iterable[str | Path]) -> dict[str, str | Path]:
    """Files by the movie in whose folder they are."""
    return {Path(path).parent.name: path for path in paths}


def _measured(
    summary: Mapping[str, Mapping[str, str]], experiment_parquet: str | Path, lineage_parquet: str | Path
) -> dict[str, Measured]:
    """The movies that are in the tables: they have counts in the summary."""
    counted = {movie: row for movie, row in summary.items() if row.get("frames")}
    curves = {
        movie: _curves(counted[movie], cells) for movie, cells in cells_by_movie(experiment_parquet) if movie in counted
    }
    lineages, no_tracks, no_cells = read_lineages(lineage_parquet), _empty(OF_TRACKS), _empty(OF_CELLS)
    return {
        movie: measured(row, lineages.get(movie, no_tracks), curves.get(movie) or _curves(row, no_cells))
        for movie, row in counted.items()
    }


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    """The table of a movie without cells, which the joined ones lack."""
    return pd.DataFrame(columns=list(columns))


def _curves(row: Mapping[str, str], cells: pd.DataFrame) -> Curves:
    interval_s = number_of(row.get("frame_interval_s"))
    return curves_of(cells, int(number_of(row["frames"])), interval_s if interval_s > 0 else None)


def _picture(movie_zarr: str | Path) -> bytes:
    """The picture of a movie; none where it cannot be read, which is said where its own report is made."""
    try:
        return picture_of(movie_zarr)
    except (UserError, OSError, ValueError, LookupError) as error:
        log.warning("report: WARNING: %s: no picture (%s)", movie_zarr, error)
        return b""


def _columns(rows: Sequence[Mapping[str, str]], movies: Sequence[Measured | None]) -> list[dict[str, Any]]:
    """The columns of the sheet by which movies can be grouped; first all movies in one group."""
    found: list[dict[str, Any]] = [{"name": "", **facts_of_groups({"": range(len(rows))}, movies)}]
    for name in dict.fromkeys(name for row in rows for name in row if name != "movie"):
        places = grouped(rows, name)
        if len(places) <= MOST_GROUPS:
            found.append({"name": name, **facts_of_groups(places, movies)})
    return found
