"""Writes a small movie with two channels, a division and a gap, and its tracks for napari, as the workflow does."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from sidewinder.export.napari import export_napari
from sidewinder.store import write_image, write_labels

SHAPE = (6, 90, 120)


def main(folder: Path) -> None:
    """Write `movie.ome.zarr`, `napari_tracks.csv` and `napari_graph.json`, and the labels as `labels.npy`."""
    folder.mkdir(parents=True)
    labels = np.zeros(SHAPE, np.uint32)
    labels[:3, 20:40, 20:40] = 1
    labels[3:, 20:40, 20:28] = 2
    labels[3:, 20:40, 32:40] = 3
    labels[[0, 1, 3, 4, 5], 60:80, 70:100] = 4
    frames = np.stack([100 + 400 * (labels > 0), 100 + 900 * (labels == 4)], axis=1).astype(np.uint16)
    write_image(
        folder / "movie.ome.zarr", frames, n_frames=len(labels), shape_cyx=frames.shape[1:], dtype=frames.dtype,
        pixel_size_um=0.5, frame_interval_s=60.0, channel_names=["DAPI", "GFP"], attributes={},
    )  # fmt: skip
    write_labels(folder / "movie.ome.zarr", labels, largest_label=4)
    np.save(folder / "labels.npy", labels)
    rows = []
    for frame, found in enumerate(labels):
        for track in np.unique(found)[1:]:
            ys, xs = np.nonzero(found == track)
            rows.append((int(track), frame, ys.mean(), xs.mean()))
    pd.DataFrame(rows, columns=["track_id", "frame", "y_px", "x_px"]).to_parquet(folder / "tracks.parquet")
    parents = {"track_id": [1, 2, 3, 4], "parent_track_id": [0, 1, 1, 0]}
    pd.DataFrame(parents).to_csv(folder / "lineage.csv", index=False)
    tables = (folder / name for name in ("tracks.parquet", "lineage.csv", "napari_tracks.csv", "napari_graph.json"))
    export_napari(*tables)


main(Path(sys.argv[1]))
