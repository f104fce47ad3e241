"""The tables of all movies together: every cell of every movie, and a summary with one row a movie."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sidewinder.errors import UserError
from sidewinder.names import COUNTS, SCALES, TRACKS
from sidewinder.progress import progress
from sidewinder.store import atomic_file, open_image


def collect_experiment(
    rows: list[dict[str, str]],
    *,
    movies: Sequence[str | Path],
    tracks: Sequence[str | Path],
    lineages: Sequence[str | Path],
    scores: Sequence[str | Path],
    experiment_parquet: str | Path,
    summary_csv: str | Path,
) -> None:
    """Put the tables of all movies together, one movie in memory at a time.

    Parameters
    ----------
    rows : list of dict
        For each movie `movie`, its name, and whatever else the sheet says of it, as text.
    movies, tracks, lineages : sequence of path
        The movies' `movie.ome.zarr`, `tracks.parquet` and `lineage.csv`, in the order of `rows`.
    scores : sequence of path
        The `scores.csv` of the movies that have one, in a folder of the movie's name.
    experiment_parquet : path
        Written: the movies' `tracks.parquet` one below the other, in the order of `rows`, each row with what the sheet
        says of its movie right behind `movie`. A movie without some measurement, such as the intensity of a channel
        that only others have, has no value there.
    summary_csv : path
        Written: `movie`, what the sheet says, `COUNTS` and `SCALES`, then the scores, in a row for each movie. `cells`
        counts cells in frames, `divisions` the tracks that end in one, `median_cells_per_frame` is taken over all
        frames, also empty ones. What is not known is left empty.

    Raises
    ------
    UserError
        Where a column of the sheet is called like one of the tables.
    """
    extra = list(dict.fromkeys(name for row in rows for name in row if name != "movie"))
    schema = _common_schema(tracks, extra)
    scored = {Path(path).parent.name: _scores(path) for path in scores}
    summary = []
    with (
        atomic_file(experiment_parquet) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        files = zip(rows, movies, tracks, lineages, strict=True)
        for row, movie, path, lineage in progress(files, len(rows), "tables", "movies"):
            table = pq.read_table(path)
            writer.write_table(_with_metadata(table, row, schema))
            summary.append(row | _counts(table, movie, lineage) | scored.get(row["movie"], {}))
    _write_summary(summary, extra, summary_csv)


def _common_schema(tables: Iterable[str | Path], extra: list[str]) -> pa.Schema:
    """All columns of all tables in the order in which they come up, with the sheet's behind `movie`."""
    schemas = [pq.read_schema(path).remove_metadata() for path in tables]
    common = pa.unify_schemas(schemas, promote_options="permissive")
    clash = sorted(set(extra) & set(common.names))
    if clash:
        raise UserError(f"the sheet's column {clash[0]!r} is called like one of {TRACKS}; call it something else")
    fields = [field for field in common if field.name != "movie"]
    return pa.schema([pa.field(name, pa.string()) for name in ("movie", *extra)] + fields)


def _with_metadata(tracks: pa.Table, row: dict[str, str], schema: pa.Schema) -> pa.Table:
    """A movie's tracks in the common schema."""
    columns = []
    for field in schema:
        if field.name in tracks.column_names and field.name != "movie":
            columns.append(tracks[field.name].cast(field.type))
        else:
            value = row.get(field.name)
            column = pa.nulls(len(tracks), field.type) if value is None else pa.repeat(pa.scalar(value), len(tracks))
            columns.append(column)
    return pa.table(columns, schema=schema)


def _counts(tracks: pa.Table, movie: str | Path, lineage_csv: str | Path) -> dict[str, object]:
    """What is counted in a movie: the keys of `COUNTS` and `SCALES`."""
    image = open_image(movie)
    n_frames = image.data.shape[0]
    with open(lineage_csv, newline="", encoding="utf-8") as file:
        lineage = list(csv.DictReader(file))
    cells_per_frame = np.bincount(tracks["frame"].to_numpy().astype(np.int64), minlength=n_frames)
    values = (
        n_frames,
        len(tracks),
        len(lineage),
        sum(track["fate"] == "division" for track in lineage),
        len({track["lineage_id"] for track in lineage}),
        float(np.median(cells_per_frame)),
        image.pixel_size_um,
        image.frame_interval_s,
    )
    return dict(zip((*COUNTS, *SCALES), values, strict=True))


def _scores(path: str | Path) -> dict[str, str]:
    """A movie's scores as they were written."""
    with open(path, newline="", encoding="utf-8") as file:
        (scores,) = csv.DictReader(file)
    return {name: value for name, value in scores.items() if name != "movie"}


def _write_summary(summary: list[dict[str, Any]], extra: list[str], output: str | Path) -> None:
    names = ["movie", *extra, *COUNTS, *SCALES]
    scores = dict.fromkeys(name for row in summary for name in row if name not in names)
    with atomic_file(output) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*names, *scores], lineterminator="\n")
        writer.writeheader()
        writer.writerows(summary)
