"""The two arguments of napari's tracks layer: a table of places, and which track comes of which."""

import json
from pathlib import Path

import pandas as pd

from sidewinder.store import atomic_file
from sidewinder.store.table import read_frame, write_csv

# napari's order: the track, then the axes of the image
COLUMNS = {"track_id": "track_id", "frame": "t", "y_px": "y", "x_px": "x"}


def export_napari(
    tracks_parquet: str | Path, lineage_csv: str | Path, table_csv: str | Path, graph_json: str | Path
) -> None:
    """Write tracks as napari's tracks layer takes them, in pixels, so that they lie over the labels.

    Parameters
    ----------
    tracks_parquet, lineage_csv : str or Path
        The tables of a movie's cells and of its tracks.
    table_csv : str or Path
        The table to write: `track_id, t, y, x`, sorted by track and frame; `t` is the frame.
    graph_json : str or Path
        The graph to write: the parents, of which there is one, by the `track_id` of each track that has any.
    """
    cells = read_frame(tracks_parquet, columns=list(COLUMNS)).sort_values(["track_id", "frame"])
    parents = pd.read_csv(lineage_csv).set_index("track_id")["parent_track_id"]
    write_csv(cells[list(COLUMNS)].rename(columns=COLUMNS), table_csv)
    graph = {str(track): [int(parent)] for track, parent in parents.sort_index().items() if parent > 0}
    with atomic_file(graph_json) as temporary:
        temporary.write_text(json.dumps(graph) + "\n", encoding="ascii")
