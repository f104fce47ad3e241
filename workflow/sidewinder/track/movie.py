"""The stage `track`: the cells of all blocks of a movie to its tables."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from sidewinder.edits.masks import EditedMasks, edit_masks
from sidewinder.edits.table import Broken, Edit, read_edits
from sidewinder.errors import UserError
from sidewinder.limits import MOST_CELLS_OF_A_MOVIE
from sidewinder.measure import measure_frame
from sidewinder.names import DRIFT_CSV, EDITS
from sidewinder.pixel_size import height_and_width
from sidewinder.repair import consume_and_repair, joined_repairs
from sidewinder.settings import MeasureSettings, TrackSettings, from_section
from sidewinder.store import Blocks, Image, open_image
from sidewinder.store.table import read_table, write_csv, write_parquet
from sidewinder.track.cells_to_tracks import Tracks, by_frame, consume_into_tables, link_cells
from sidewinder.track.recording import Recording

log = logging.getLogger("sidewinder")

# the edits that do not hold, in the metadata of the table
BROKEN = "edits_do_not_hold"


def track_movie(
    *,
    cells: Sequence[str | Path],
    labels: Sequence[str | Path],
    image: str | Path,
    tracks_parquet: str | Path,
    tracks_csv: str | Path | None,
    lineage_csv: str | Path,
    drift_csv: str | Path | None = None,
    label_tracks: str | Path,
    repairs: str | Path,
    movie: str,
    settings: dict[str, Any],
    measure: dict[str, Any],
    frame_interval_s: float | None = None,
    pixel_size_um: float | str | None = None,
    made_of: dict[str, Any] | None = None,
    curated: str | Path | None = None,
) -> None:
    """Track a movie, repair it and write its tables. How it was cut into blocks makes no difference.

    Parameters
    ----------
    cells : sequence of path
        Parquet: the cell tables of all blocks.
    labels : sequence of path
        The label stacks of all blocks, to repair them.
    image : path
        The movie as preprocessed, for its size, pixel size and times, to measure what was repaired, and to leave as
        they are frames that are no image, pixels that hold no data and those outside of the region.
    tracks_parquet, tracks_csv : path
        One row a cell a frame. Without a path for the text none is written, and one of an earlier run is removed.
    lineage_csv : path
        One row a track.
    drift_csv : path or None
        One row a frame: `drift_table`. Without a path none is written, and one of an earlier run is removed.
    label_tracks : path
        Parquet: `frame, label, track_id`; also of labels that repairs bring in, and of those left out (0).
    repairs : path
        Parquet: what to paint over the labels: `frame`, then as `sidewinder.repair.repairs_of`.
    movie : str
        The movie's name, the first column of all tables but `label_tracks` and `repairs`; `cell_id` is the second.
    settings : dict
        Fields of `TrackSettings`.
    measure : dict
        Fields of `MeasureSettings`.
    frame_interval_s : float or None
        What the sheet says; overrides what the image says, and its times of frames.
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.
    made_of : dict, optional
        What the metadata of `tracks_parquet` say of how it was made.
    curated : path or None
        The folder of the movie's corrections: `edits.tsv`, and masks that it names. Edits that do not hold are in the
        metadata of `tracks_parquet`, too.

    Raises
    ------
    UserError
        If the settings are wrong, or need a pixel size that is not known; if there are too many cells; or if the list
        of edits is wrong.
    """
    chosen = from_section(TrackSettings, "track", settings)
    to_measure = from_section(MeasureSettings, "measure", measure)
    opened = open_image(image, frame_interval_s, pixel_size_um)
    recording = Recording.of(opened)

    def measure_labels(frame: int, labels_of_frame: np.ndarray) -> pd.DataFrame:
        image, missing = opened.data[frame], opened.missing(frame)
        return measure_frame(
            masks.cells_of(frame, labels_of_frame), image, opened.channel_names, to_measure, missing,
            outside=opened.outside, pixel_aspect=opened.pixel_aspect,
        )  # fmt: skip

    def measure_again(frame: int, repaired: np.ndarray) -> pd.DataFrame:
        return recording.in_sides(measure_labels(frame, repaired))

    found, edits, broken = _read(cells), [] if curated is None else read_edits(Path(curated, EDITS)), list[Broken]()
    masks = EditedMasks(Blocks(labels).__getitem__)
    if curated is not None:
        places = recording.in_sides(by_frame(found))
        masks = edit_masks(masks.found, places, edits, Path(curated), recording.n_frames, recording.sides)
        found = _with_edited(found, masks, measure_labels)
    tracked = link_cells(found, recording, chosen, edits, broken)
    tracked = replace(tracked, corrected={**masks.corrected, **tracked.corrected})
    painted = joined_repairs({})
    if chosen.repair:
        repaired = consume_and_repair(
            tracked,
            masks.__getitem__,
            measure_again,
            lambda frame: not opened.has_no_image[frame],
            opened.missing,
        )
        tracked, painted = repaired.tracked, repaired.repairs
    painted = masks.with_repairs(painted)
    result = _with_names(consume_into_tables(tracked, recording, chosen.min_frames), movie)
    if masks.taken_away:
        rows = pd.concat([result.label_tracks, masks.rows_of_taken_away()])
        result = replace(result, label_tracks=rows.sort_values(["frame", "label"], ignore_index=True))
    write_parquet(result.label_tracks, label_tracks)
    write_parquet(painted, repairs)
    write_csv(result.lineage, lineage_csv)
    _write_if_wanted(drift_table(movie, opened), drift_csv, Path(lineage_csv).with_name(DRIFT_CSV))
    _write_if_wanted(result.tracks, tracks_csv, Path(tracks_parquet).with_suffix(".csv"))
    not_held = _said(edits, sorted([*masks.broken, *broken], key=lambda one: one.line))
    write_parquet(result.tracks, tracks_parquet, (made_of or {}) | {BROKEN: not_held} if not_held else made_of)


def _with_names(result: Tracks, movie: str) -> Tracks:
    """The tables with the movie's name, and a name for each cell, in front."""
    for table in (result.tracks, result.lineage):
        table.insert(0, "movie", pd.Series(movie, index=table.index, dtype="str"))
        table.insert(1, "cell_id", cell_ids(movie, table["track_id"].to_numpy()))
    return result


def _write_if_wanted(table: pd.DataFrame, path: str | Path | None, usual: Path) -> None:
    """Write a table of text; without a path, remove that of an earlier run from its usual place."""
    if path is None:
        usual.unlink(missing_ok=True)
    else:
        write_csv(table, path)


def drift_table(movie: str, image: Image) -> pd.DataFrame:
    """How far the stage has moved the specimen since the first frame; empty columns where that was not found.

    Parameters
    ----------
    movie : str
        The movie's name.
    image : Image
        The movie as preprocessed.

    Returns
    -------
    DataFrame
        One row a frame: `movie, frame, source_frame, time_s, y_px, x_px, y_um, x_um, measured`; `measured` is false
        where the place lies between those of other frames.
    """
    frames = np.arange(image.data.shape[0])
    found = image.attributes.get("drift", {"yx_px": np.full((len(frames), 2), np.nan), "measured": frames < 0})
    y_px, x_px = np.asarray(found["yx_px"], np.float64).T
    size_um = np.nan if image.pixel_size_um is None else image.pixel_size_um
    y_um, x_um = size_um * np.array(height_and_width(image.pixel_aspect))
    times_s = np.full(len(frames), np.nan) if image.times_s is None else image.times_s
    columns = {"movie": movie, "frame": frames, "source_frame": image.source_frames, "time_s": times_s}
    places = {"y_px": y_px, "x_px": x_px, "y_um": y_px * y_um, "x_um": x_px * x_um}
    return pd.DataFrame(columns | places | {"measured": found["measured"]})


def cell_ids(movie: str, track_id: np.ndarray) -> pd.Series:
    """What cells are called in the experiment: `movie_track_id`, of which no two movies have the same."""
    texts = pa.compute.binary_join_element_wise(movie, pa.array(track_id).cast(pa.string()), "_")
    return pd.Series(texts.to_pandas(), dtype="str")


def _with_edited(
    cells: pd.DataFrame, masks: EditedMasks, measure: Callable[[int, np.ndarray], pd.DataFrame]
) -> pd.DataFrame:
    """The cells, in frames whose masks were corrected measured again."""
    again = []
    for frame in masks.repairs:
        table = measure(frame, masks[frame])
        table.insert(0, "frame", np.full(len(table), frame, dtype=np.int64))
        again.append(table)
    return pd.concat([cells[~cells["frame"].isin(list(masks.repairs))], *again], ignore_index=True)


def _said(edits: Sequence[Edit], broken: Sequence[Broken]) -> list[dict[str, Any]]:
    """The edits that do not hold, for the metadata; says in the log how many edits there are."""
    if edits:
        log.info("%d edits, of which %d do not hold", len(edits), len(broken))
    return [asdict(one) for one in broken]


def _read(blocks: Sequence[str | Path]) -> pd.DataFrame:
    """The cell tables of all blocks below each other, in memory once. Without cells, columns have no types."""
    n_cells = sum(parquet.read_metadata(path).num_rows for path in blocks)
    if n_cells > MOST_CELLS_OF_A_MOVIE:
        raise UserError(
            f"the movie has {n_cells:,} cells in all frames; {MOST_CELLS_OF_A_MOVIE:,} are allowed: split it into "
            "several movies, in time or in space, or set instances.min_area_px, in pixels, if most of them are specks"
        )
    tables = [read_table(path) for path in blocks]
    whole = pa.concat_tables(tables, promote_options="permissive")
    tables.clear()
    return whole.to_pandas(split_blocks=True, self_destruct=True, use_threads=False, ignore_metadata=True)
