"""The tables of all movies, as the page needs them."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from sidewinder.errors import UserError
from sidewinder.store.table import read_frame

# of a row a cell a frame, and of a row a track; what a table lacks is not known
OF_CELLS = ("movie", "track_id", "frame", "time_s", "y_drift_corrected_um", "x_drift_corrected_um")
OF_TRACKS = (
    "movie", "origin", "start_s", "end_s", "cycle_s", "cycle_censored", "mean_speed_um_per_s", "diffusion_um2_per_s",
    "mean_speed_px_per_frame", "diffusion_px2_per_frame", "msd_exponent",
)  # fmt: skip
# what reading a damaged file raises
DAMAGED = (OSError, ValueError, LookupError, TypeError, csv.Error, pa.ArrowException)


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Make a UserError of what is raised where a file is damaged."""
    try:
        yield
    except DAMAGED as error:
        why = " ".join(str(error).split())
        raise UserError(f"{path}: cannot be read ({why}); delete it and start again") from error


def read_summary(path: str | Path) -> dict[str, dict[str, str]]:
    """The rows of `summary.csv` by their movies."""
    with reading(path), open(path, newline="", encoding="utf-8") as file:
        return {row["movie"]: row for row in csv.DictReader(file)}


def read_lineages(path: str | Path) -> dict[str, pd.DataFrame]:
    """The movies' tables of tracks, with the columns `OF_TRACKS`."""
    with reading(path):
        table = read_frame(path, _there(parquet.read_schema(path).names, OF_TRACKS))
        return {str(movie): rows for movie, rows in table.reindex(columns=list(OF_TRACKS)).groupby("movie", sort=False)}


def cells_by_movie(path: str | Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """The movies' tables of cells, with the columns `OF_CELLS`, one in memory at a time."""
    with reading(path), parquet.ParquetFile(path) as file:
        columns = _there(file.schema_arrow.names, OF_CELLS)
        held: list[pd.DataFrame] = []
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns, use_threads=False).to_pandas(use_threads=False)
            for movie, of_movie in rows.reindex(columns=list(OF_CELLS)).groupby("movie", sort=False):
                # a large movie has several groups of rows
                if held and held[0]["movie"].iloc[0] != movie:
                    yield str(held[0]["movie"].iloc[0]), pd.concat(held, ignore_index=True)
                    held = []
                held.append(of_movie)
        if held:
            yield str(held[0]["movie"].iloc[0]), pd.concat(held, ignore_index=True)


def _there(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    return [name for name in wanted if name in names]
