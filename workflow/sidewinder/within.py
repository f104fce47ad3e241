"""Cells of a movie in the cells of another: of one raw movie, segmented twice, as nuclei and as whole cells."""

from pathlib import Path

import numpy as np
import pandas as pd

from sidewinder.errors import UserError
from sidewinder.progress import progress
from sidewinder.store import open_labels
from sidewinder.store.table import read_frame, write_csv, write_parquet

KEYS = ["frame", "track_id"]
# lengths and areas, and how the columns of grey values begin, of which a ratio means something
SIZES = ("area_px", "perimeter_px", "major_axis_px", "minor_axis_px")
GREY = ("mean_", "sum_", "corrected_mean_", "corrected_sum_")


def match_within(
    *,
    movie: str | Path,
    tracks: str | Path,
    outer_movie: str | Path,
    outer_tracks: str | Path,
    output_parquet: str | Path,
    output_csv: str | Path | None = None,
) -> None:
    """Find for each cell of a movie the cell of another one in which it lies.

    Parameters
    ----------
    movie, outer_movie : str or Path
        The published movies, in whose labels a pixel's value is the track_id.
    tracks, outer_tracks : str or Path
        The tables of their cells.
    output_parquet : str or Path
        Written: a row for each row of `tracks`, with `movie, cell_id, track_id, frame`, the `within_cell_id` and
        `within_track_id` of the cell with which it shares most pixels (empty and 0 where there is none, the smaller
        track_id of two alike), `within_share` (of its pixels, those that it shares), and for each column of sizes and
        grey values that both tables have, `ratio_{column}`: its own over that of the other cell.
    output_csv : str or Path, optional
        The same as text.

    Raises
    ------
    UserError
        If the movies differ in the number or the size of their frames.
    """
    inner, outer = open_labels(movie), open_labels(outer_movie)
    if inner.shape != outer.shape:
        found, expected = (f"{t} frames of {y} x {x} px (height x width)" for t, y, x in (inner.shape, outer.shape))
        raise UserError(
            f"{movie} has {found}, but {outer_movie}, which column within names, has {expected}; both rows of the "
            "sheet must be of one raw movie, with the same path, position, frames and z"
        )
    frames = progress(range(inner.shape[0]), inner.shape[0], "within")
    overlaps = pd.concat([largest_overlaps(inner[frame], outer[frame]).assign(frame=frame) for frame in frames])
    table = _table(read_frame(tracks), read_frame(outer_tracks), overlaps)
    write_parquet(table, output_parquet)
    if output_csv is not None:
        write_csv(table, output_csv)


def largest_overlaps(inner: np.ndarray, outer: np.ndarray) -> pd.DataFrame:
    """The label of `outer` with which each label of `inner` shares most pixels.

    Parameters
    ----------
    inner, outer : ndarray of int, shape (Y, X)
        Labels; 0 is background.

    Returns
    -------
    DataFrame
        `track_id`, of `inner`, `within_track_id`, of `outer`, and `within_share` of the pixels of the former; only of
        those that share any.
    """
    n_outer = int(outer.max(initial=0)) + 1
    pairs, n_px = np.unique(inner[inner > 0].astype(np.int64) * n_outer + outer[inner > 0], return_counts=True)
    own, other = np.divmod(pairs, n_outer)
    found = pd.DataFrame({"track_id": own, "within_track_id": other, "n_px": n_px})
    area_px = found.groupby("track_id")["n_px"].transform("sum")
    found["within_share"] = found.pop("n_px") / area_px
    shared = found[found["within_track_id"] > 0].sort_values("within_share", ascending=False, kind="stable")
    return shared.drop_duplicates("track_id").sort_values("track_id", ignore_index=True)


def _table(cells: pd.DataFrame, outer_cells: pd.DataFrame, overlaps: pd.DataFrame) -> pd.DataFrame:
    """A row for each cell, with its overlap and the ratios of what both tables measure."""
    shared = map(str, cells.columns.intersection(outer_cells.columns, sort=False))
    compared = [name for name in shared if name in SIZES or name.startswith(GREY)]
    found = cells[["movie", "cell_id", *KEYS, *compared]].merge(overlaps, how="left", on=KEYS)
    others = outer_cells[["cell_id", *KEYS, *compared]].rename(columns={"track_id": "within_track_id"})
    found = found.merge(others, how="left", on=["frame", "within_track_id"], suffixes=("", "_outer"))
    table = found[["movie", "cell_id", "track_id", "frame"]].copy()
    table["within_cell_id"] = found["cell_id_outer"].fillna("").astype("str")
    table["within_track_id"] = found["within_track_id"].fillna(0).astype("int64")
    table["within_share"] = found["within_share"].fillna(0.0)
    for name in compared:
        below = found[f"{name}_outer"].to_numpy(float)
        table[f"ratio_{name}"] = found[name] / np.where(below == 0, np.nan, below)
    return table
