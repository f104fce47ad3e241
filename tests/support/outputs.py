"""Where the stage `track` writes."""

from pathlib import Path


def track_outputs(folder: Path) -> dict[str, Path]:
    """The files of the stage in a folder, by the names that `track_movie` has for them."""
    parquets = ("label_tracks", "repairs")
    tables = {"tracks_parquet": "tracks.parquet", "tracks_csv": "tracks.csv", "lineage_csv": "lineage.csv"}
    return {name: folder / file for name, file in (tables | {name: f"{name}.parquet" for name in parquets}).items()}
