"""Sidewinder with its defaults."""

import sys
from pathlib import Path

import pandas as pd
import trackpy  # noqa: F401  (Sidewinder imports it when it links; imports are not measured)
from adapter import run

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow"))

from sidewinder.track import Recording, TrackSettings, track_cells


def track(cells: pd.DataFrame, movie) -> pd.DataFrame:
    """All of the stage `track`: drift, links, gaps, divisions."""
    recording = Recording(movie.n_frames, (movie.height_px, movie.width_px), None, None)
    found = track_cells(cells, recording, TrackSettings())
    parents = found.lineage.set_index("track_id")["parent_track_id"]
    links = found.label_tracks.rename(columns={"track_id": "track"})
    return links.assign(parent=links["track"].map(parents).fillna(0))


if __name__ == "__main__":
    run(track)
