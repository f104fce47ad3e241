"""The tables of all movies together: every cell of every movie, and a summary with one row a movie."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sidewinder.errors import UserError
from sidewinder.joined import joined_schema, lineage_of_rows, lineage_schema, writing_joined
from sidewinder.names import COUNTS, LINEAGE, LONG_AGO_S, OUTCOME, SCALES, TRACKS
from sidewinder.progress import progress
from sidewinder.store import open_image, write_rows
from sidewinder.store.table import read_table

# what reading a damaged file raises
DAMAGED = (OSError, ValueError, LookupError, TypeError, csv.Error, pa.ArrowException)


def collect_experiment(
    rows: list[dict[str, str]],
    *,
    movies: Sequence[str | Path],
    tracks: Sequence[str | Path],
    lineages: Sequence[str | Path],
    scores: Sequence[str | Path],
    warnings: Sequence[str | Path] = (),
    experiment_parquet: str | Path,
    lineage_parquet: str | Path,
    summary_csv: str | Path,
    with_csv: bool,
    not_done: Mapping[str, tuple[str, str]] | None = None,
) -> list[str]:
    """Put the tables of all movies together, one movie in memory at a time.

    Parameters
    ----------
    rows : list of dict
        For each movie `movie`, its name, and whatever else the sheet says of it, as text.
    movies, tracks, lineages : sequence of path
        The movies' `movie.ome.zarr`, `tracks.parquet` and `lineage.csv`, each in a folder of the movie's name. What
        has not all three is not in `experiment_parquet`, and has no counts in `summary_csv`.
    scores, warnings : sequence of path
        The `scores.csv` and `warnings.csv` of the movies that have them, in folders of the same names.
    experiment_parquet : path
        Written: the movies' `tracks.parquet` one below the other, in the order of `rows`, each row with what the sheet
        says of its movie right behind `movie`. A movie without some measurement, such as the intensity of a channel
        that only others have, has no value there.
    lineage_parquet : path
        Written: the movies' `lineage.csv` in the same way.
    summary_csv : path
        Written: `movie`, what the sheet says, `OUTCOME`, `COUNTS` and `SCALES`, then the scores, in a row for each
        movie. `warnings` names each kind once with its frames; `cells` counts cells in frames, `divisions` the tracks
        that end in one, `median_cells_per_frame` is taken over all frames, also empty ones. What is not known is left
        empty.
    with_csv : bool
        Whether the two tables in Parquet are written as text beside these, too; texts of the sheet then go through
        `no_formula`.
    not_done : dict of str to (str, str), optional
        State and reason of the movies that are not done. Where it is given, a movie whose files cannot be read is one
        of them, and both files say that they were written on `LONG_AGO_S`: Snakemake makes them again in any case.
        Else all movies are done.

    Returns
    -------
    movies : list of str
        Those in `experiment_parquet`.

    Raises
    ------
    UserError
        Where a column of the sheet is called like one of the tables, or, without `not_done`, where a file cannot be
        read.
    """
    extra = list(dict.fromkeys(name for row in rows for name in row if name != "movie"))
    held = _whole(rows, tracks, movies, lineages)
    damaged: dict[str, str] | None = None if not_done is None else {}
    written_s = None if not_done is None else LONG_AGO_S
    schemas = _schemas(held, damaged)
    joined = [
        joined_schema((of_movie[table] for of_movie in schemas.values()), rows, name)
        for table, name in enumerate((TRACKS, LINEAGE))
    ]
    scores_of, warnings_of = _by_movie(scores), _by_movie(warnings)
    found: dict[str, dict[str, object]] = {row["movie"]: {} for row in rows}
    collected = []
    outputs = zip((experiment_parquet, lineage_parquet), joined, strict=True)
    with ExitStack() as stack:
        adders = [
            stack.enter_context(writing_joined(Path(path), schema, with_csv, written_s)) for path, schema in outputs
        ]
        for row in progress(rows, len(rows), "tables", "movies"):
            movie = row["movie"]
            with _naming(movie, damaged):
                if movie in schemas:
                    read, found[movie] = _read_movie(*held[movie])
                    for add, table in zip(adders, read, strict=True):
                        add(table, row)
                    collected.append(movie)
                found[movie] |= _scores(scores_of.get(movie)) | _warnings(warnings_of.get(movie))
    outcomes = {movie: ("failed", reason) for movie, reason in (damaged or {}).items()} | dict(not_done or {})
    _write_summary(rows, extra, found, outcomes, summary_csv, written_s)
    return collected


def _by_movie(paths: Iterable[str | Path]) -> dict[str, str | Path]:
    """Files by the movie in whose folder they are."""
    return {Path(path).parent.name: path for path in paths}


def _whole(rows: list[dict[str, str]], *kinds: Sequence[str | Path]) -> dict[str, list[str | Path]]:
    """For each movie that has a file of all kinds these files, in the order of the rows."""
    files = [_by_movie(paths) for paths in kinds]
    names = [row["movie"] for row in rows]
    return {name: [paths[name] for paths in files] for name in names if all(name in paths for paths in files)}


@contextmanager
def _naming(movie: str, damaged: dict[str, str] | None) -> Iterator[None]:
    """Say of which movie a file cannot be read: in `damaged` where that is given, else by an error."""
    try:
        yield
    except UserError as error:
        if damaged is None:
            raise UserError(f"movie {movie}: {error}") from error
        damaged[movie] = " ".join(str(error).splitlines())


@contextmanager
def _reading(path: str | Path) -> Iterator[None]:
    """Make a UserError of what is raised where a file is damaged."""
    try:
        yield
    except DAMAGED as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        raise UserError(f"{path}: cannot be read ({why}); delete it and start again") from error


def _schemas(held: Mapping[str, list[str | Path]], damaged: dict[str, str] | None) -> dict[str, list[pa.Schema]]:
    """The schemas of each movie's tracks and of its lineage."""
    schemas = {}
    for movie, (tracks, _, lineage_csv) in held.items():
        with _naming(movie, damaged):
            with _reading(tracks):
                of_tracks = pq.read_schema(tracks).remove_metadata()
            with _reading(lineage_csv):
                schemas[movie] = [of_tracks, lineage_schema(_columns(lineage_csv))]
    return schemas


def _read_movie(
    tracks: str | Path, movie: str | Path, lineage_csv: str | Path
) -> tuple[list[pa.Table], dict[str, object]]:
    """A movie's tracks and its lineage, and what is counted in it."""
    with _reading(tracks):
        table = read_table(tracks)
    with _reading(lineage_csv):
        rows = _rows(lineage_csv)
        lineage = lineage_of_rows(_columns(lineage_csv), rows)
        counts = _counts(table, movie, rows)
    return [table, lineage], counts


def _counts(tracks: pa.Table, movie: str | Path, lineage: list[dict[str, str]]) -> dict[str, object]:
    """What is counted in a movie: the keys of `COUNTS` and `SCALES`."""
    with _reading(movie):
        image = open_image(movie)
        n_frames = image.data.shape[0]
    fates = [track["fate"] for track in lineage]
    lineages = {track["lineage_id"] for track in lineage}
    cells_per_frame = np.bincount(tracks["frame"].to_numpy().astype(np.int64), minlength=n_frames)
    values = (
        n_frames,
        len(tracks),
        len(lineage),
        fates.count("division"),
        len(lineages),
        float(np.median(cells_per_frame)),
        image.pixel_size_um,
        image.frame_interval_s,
    )
    return dict(zip((*COUNTS, *SCALES), values, strict=True))


def _rows(path: str | Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _columns(path: str | Path) -> list[str]:
    with open(path, newline="", encoding="utf-8") as file:
        columns = next(csv.reader(file), [])
    if not columns:
        raise ValueError("it is empty")
    return columns


def _scores(path: str | Path | None) -> dict[str, object]:
    """A movie's scores as they were written, where it has any."""
    if path is None:
        return {}
    with _reading(path):
        (scores,) = _rows(path)
        return {name: value for name, value in scores.items() if name != "movie"}


def _warnings(path: str | Path | None) -> dict[str, object]:
    """What a movie is warned of, each kind once with its frames, where there is a table of it."""
    if path is None:
        return {}
    with _reading(path):
        ranges: dict[str, list[str]] = {}
        for warning in _rows(path):
            first, last = warning["first_frame"], warning["last_frame"]
            ranges.setdefault(warning["kind"], []).append(first if first == last else f"{first} to {last}")
        return {"warnings": "; ".join(f"{kind} (frames {', '.join(frames)})" for kind, frames in ranges.items())}


def _write_summary(
    rows: list[dict[str, str]],
    extra: list[str],
    found: Mapping[str, dict[str, object]],
    outcomes: Mapping[str, tuple[str, str]],
    output: str | Path,
    written_s: float | None,
) -> None:
    names = ["movie", *extra, *OUTCOME, *COUNTS, *SCALES]
    summary = []
    for row in rows:
        state, reason = outcomes.get(row["movie"], ("done", ""))
        summary.append({**row, "state": state, "reason": reason, **found[row["movie"]]})
    scores = dict.fromkeys(name for row in summary for name in row if name not in names)
    write_rows(output, [*names, *scores], summary, written_s)
