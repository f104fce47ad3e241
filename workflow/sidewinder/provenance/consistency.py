"""Whether what was made of a movie says the same everywhere: tables, labels and exports hold the same cells."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import tifffile
import zarr

from sidewinder.ctc_labels import LARGEST_LABEL
from sidewinder.export.ctc import split_gaps
from sidewinder.export.geff import track_edges
from sidewinder.names import EXPERIMENT, LEFT_OUT, LINEAGE, PUBLISHED, SUMMARY, TRACKS, TRACKS_CSV
from sidewinder.provenance.trackmate import read_trackmate
from sidewinder.store import open_labels


def contradictions(folder: Path) -> Iterator[tuple[str, str]]:
    """Find what in a movie's folder contradicts its table of cells.

    Parameters
    ----------
    folder : Path
        The movie's folder in the results; exports that are not there are left out.

    Yields
    ------
    name, what : str
        The file or folder, and what is wrong with it.
    """
    try:
        cells = pd.read_parquet(folder / TRACKS).sort_values(["track_id", "frame"], ignore_index=True)
    except Exception as error:
        yield TRACKS, _unreadable(error)
        return
    for name, check in CHECKS.items():
        if (folder / name).exists():
            try:
                what = check(folder, cells)
            except Exception as error:
                # the libraries raise whatever comes of a file that is cut off, or is something else
                what = _unreadable(error)
            if what:
                yield name, what


def missing_in_tables(results: Path, movies: Iterable[str]) -> Iterator[str]:
    """Say which movies have other cells in the table of all movies than in their own, or none in the summary."""
    try:
        counts = pd.read_parquet(results / EXPERIMENT, columns=["movie"])["movie"].value_counts()
        summary = set(pd.read_csv(results / SUMMARY, usecols=["movie"], dtype=str)["movie"])
    except Exception:
        # missing or altered, which is said elsewhere
        return
    for movie in movies:
        own = _n_rows(results / movie / TRACKS)
        if own is not None and counts.get(movie, 0) != own:
            yield f"{EXPERIMENT}: has {counts.get(movie, 0)} rows of movie {movie}, whose {TRACKS} has {own}"
        if movie not in summary:
            yield f"{SUMMARY}: has no row of movie {movie}"


def _n_rows(table: Path) -> int | None:
    """The number of rows of a table in Parquet; None where it cannot be read."""
    try:
        return int(pq.read_metadata(table).num_rows)
    except Exception:
        return None


def _unreadable(error: Exception) -> str:
    return f"cannot be read ({(str(error).splitlines() or [type(error).__name__])[0]})"


def _csv(folder: Path, cells: pd.DataFrame) -> str:
    """The table as text has the columns and the cells of the one in Parquet."""
    table = pd.read_csv(folder / TRACKS_CSV)
    if list(table.columns) != list(cells.columns):
        return f"has other columns than {TRACKS}"
    table = table.sort_values(["track_id", "frame"], ignore_index=True)
    same = table[["track_id", "frame"]].equals(cells[["track_id", "frame"]].astype(table.dtypes[["track_id", "frame"]]))
    return "" if same else f"has other cells than {TRACKS}: {len(table)} rows, expected {len(cells)}"


def _lineage(folder: Path, cells: pd.DataFrame) -> str:
    """Each track has a row with its first and last frame, and its parent is a track that ends before it begins."""
    table = pd.read_csv(folder / LINEAGE).set_index("track_id")
    spans = cells.groupby("track_id")["frame"].agg(["min", "max"])
    differing = np.setxor1d(table.index, spans.index)
    if differing.size:
        return f"track {differing[0]} is not in both this table and {TRACKS}"
    other = (table[["first_frame", "last_frame"]].to_numpy() != spans.loc[table.index].to_numpy()).any(axis=1)
    if other.any():
        return f"track {table.index[other][0]} begins or ends in other frames than in {TRACKS}"
    first, last = spans["min"].to_dict(), spans["max"].to_dict()
    children = table.loc[table["parent_track_id"] > 0, "parent_track_id"]
    for track, parent in children.items():
        if parent not in last:
            return f"the parent of track {track} is {parent}, which is no track"
        if last[parent] >= first[track]:
            return f"the parent of track {track}, {parent}, does not end before it"
    return ""


def _labels(folder: Path, cells: pd.DataFrame) -> str:
    """The pixels of each frame have the ids of the tracks that have a cell there."""
    labels = open_labels(folder / PUBLISHED)
    return _frames_differ((labels[frame] for frame in range(labels.shape[0])), labels.shape[0], cells, "track_id")


def _ctc(folder: Path, cells: pd.DataFrame) -> str:
    """Masks and rows are those of the tracks, cut at their gaps."""
    parents = pd.read_csv(folder / LINEAGE).set_index("track_id")["parent_track_id"]
    pieces, rows = split_gaps(cells[["track_id", "frame"]], parents)
    if (folder / "ctc" / LEFT_OUT).is_file():
        return "" if len(rows) and rows[:, 0].max() > LARGEST_LABEL else f"is left out, and need not be: {LEFT_OUT}"
    text = (folder / "ctc" / "res_track.txt").read_text(encoding="ascii")
    found = np.array([line.split() for line in text.splitlines()], np.int64).reshape(-1, 4)
    if not np.array_equal(found, rows):
        return f"res_track.txt does not have the tracks of {TRACKS} and {LINEAGE}"
    masks = sorted((folder / "ctc").glob("mask*.tif"))
    n_frames = open_labels(folder / PUBLISHED).shape[0]
    if len(masks) != n_frames:
        return f"{len(masks)} masks, expected {n_frames}"
    return _frames_differ(map(tifffile.imread, masks), n_frames, pieces, "label")


def _geff(folder: Path, cells: pd.DataFrame) -> str:
    """Nodes are the cells, edges the links between them."""
    graph = zarr.open_group(str(folder / "tracks.geff"), mode="r")
    parents = pd.read_csv(folder / LINEAGE).set_index("track_id")["parent_track_id"]
    for name, column in (("track_id", "track_id"), ("t", "frame")):
        if not np.array_equal(np.asarray(graph[f"nodes/props/{name}/values"]), cells[column].to_numpy()):
            return f"its nodes are not the cells of {TRACKS}"
    edges = np.asarray(graph["edges/ids"]).astype(np.int64).reshape(-1, 2)
    same = np.array_equal(edges, track_edges(cells, parents))
    return "" if same else f"its edges are not the links of {TRACKS} and {LINEAGE}"


def _trackmate(folder: Path, cells: pd.DataFrame) -> str:
    """Spots are the cells, edges the links between them."""
    spots, edges = read_trackmate(folder / "trackmate.xml")
    expected = cells[["track_id", "frame"]].to_numpy()
    if not np.array_equal(spots, np.column_stack([np.arange(len(cells)), expected])):
        return f"its spots are not the cells of {TRACKS}"
    parents = pd.read_csv(folder / LINEAGE).set_index("track_id")["parent_track_id"]
    links = track_edges(cells, parents)
    same = np.array_equal(edges, links[np.lexsort(links.T)])
    return "" if same else f"its edges are not the links of {TRACKS} and {LINEAGE}"


def _napari(folder: Path, cells: pd.DataFrame) -> str:
    """Places are those of the cells."""
    table = pd.read_csv(folder / "napari_tracks.csv")
    same = np.array_equal(table[["track_id", "t"]].to_numpy(), cells[["track_id", "frame"]].to_numpy())
    return "" if same else f"has other cells than {TRACKS}"


def _napari_graph(folder: Path, _: pd.DataFrame) -> str:
    """Tracks have the parents of the table of tracks."""
    graph = json.loads((folder / "napari_graph.json").read_text(encoding="ascii"))
    parents = pd.read_csv(folder / LINEAGE).set_index("track_id")["parent_track_id"]
    same = graph == {str(track): [parent] for track, parent in parents.items() if parent > 0}
    return "" if same else f"does not have the parents of {LINEAGE}"


def _colorizer(folder: Path, cells: pd.DataFrame) -> str:
    """Objects are the cells, by frame and track."""
    rows = cells.sort_values(["frame", "track_id"])
    for name, column in (("tracks", "track_id"), ("times", "frame")):
        found = json.loads((folder / "colorizer" / f"{name}.json").read_text(encoding="utf-8"))["data"]
        if found != rows[column].tolist():
            return f"its objects are not the cells of {TRACKS}"
    return ""


def _frames_differ(frames: Iterator[np.ndarray], n_frames: int, cells: pd.DataFrame, column: str) -> str:
    """The first frame whose pixels have other values than a table's column; empty where there is none."""
    by_frame = {frame: rows[column].to_numpy() for frame, rows in cells.groupby("frame")}
    last = int(cells["frame"].max()) if len(cells) else 0
    if last >= n_frames:
        return f"{n_frames} frames, but {TRACKS} has cells in frame {last}"
    for frame, image in enumerate(frames):
        present = np.unique(image)
        differing = np.setxor1d(present[present > 0], by_frame.get(frame, []))
        if differing.size:
            return f"frame {frame}: {int(differing[0])} is not in both the pixels and {TRACKS}"
    return ""


CHECKS: dict[str, Callable[[Path, pd.DataFrame], str]] = {
    TRACKS_CSV: _csv,
    LINEAGE: _lineage,
    PUBLISHED: _labels,
    "ctc": _ctc,
    "tracks.geff": _geff,
    "trackmate.xml": _trackmate,
    "napari_tracks.csv": _napari,
    "napari_graph.json": _napari_graph,
    "colorizer": _colorizer,
}
