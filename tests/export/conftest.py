"""What the tests of the export formats share: a small movie with exact truth, as the stages before would leave it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from skimage.measure import regionprops_table

from sidewinder.simulate import SCENES, SimulatedMovie, simulate
from sidewinder.store import write_image, write_labels


@dataclass(frozen=True)
class Published:
    """A movie's results on disk."""

    movie: Path
    tracks: Path
    lineage: Path


def lineage_ids(parents: dict[int, int]) -> dict[int, int]:
    """The first ancestor of each track; mothers have smaller ids than their daughters."""
    ancestors: dict[int, int] = {}
    for track, parent in sorted(parents.items()):
        ancestors[track] = ancestors[parent] if parent else track
    return ancestors


def tables(
    labels: np.ndarray, parents: dict[int, int], pixel_size_um: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tracks and lineage of labels (T, Y, X) whose values are track ids."""
    frames = [
        pd.DataFrame(regionprops_table(picture, properties=("label", "centroid", "area"))).assign(frame=frame)
        for frame, picture in enumerate(labels)
        if picture.any()
    ]
    names = {"label": "track_id", "centroid-0": "y_px", "centroid-1": "x_px", "area": "area_px"}
    cells = pd.concat(frames).rename(columns=names).astype({"track_id": np.int64, "frame": np.int64})
    scale = np.nan if pixel_size_um is None else pixel_size_um
    lineages = lineage_ids(parents)
    cells = cells.assign(
        movie="m",
        y_um=cells["y_px"] * scale,
        x_um=cells["x_px"] * scale,
        area_um2=cells["area_px"] * scale**2,
        touches_border=False,
        link_score=1 / (1 + cells["frame"] + cells["track_id"]),
        parent_track_id=cells["track_id"].map(parents),
        lineage_id=cells["track_id"].map(lineages),
    ).sort_values(["track_id", "frame"], ignore_index=True)
    lineage = pd.DataFrame({"movie": "m", "track_id": parents.keys(), "parent_track_id": parents.values()})
    return cells, lineage.assign(lineage_id=lineage["track_id"].map(lineages)).sort_values("track_id")


@pytest.fixture(scope="session")
def truth() -> SimulatedMovie:
    """Eight frames with divisions."""
    return simulate(replace(SCENES["plain"], n_frames=8, shape=(112, 128), n_cells=14, cycle_frames=10, n_deaths=1))


@pytest.fixture
def publish_labels(tmp_path):
    """A function that lays labels (T, Y, X) and parents out as a published movie with its tables."""

    def to(labels: np.ndarray, parents: dict[int, int], pixel_size_um: float | None = 0.5) -> Published:
        results = Published(tmp_path / "movie.ome.zarr", tmp_path / "tracks.parquet", tmp_path / "lineage.csv")
        cells, lineage = tables(labels, parents, pixel_size_um)
        cells.to_parquet(results.tracks)
        lineage.to_csv(results.lineage, index=False)
        write_image(
            results.movie,
            np.zeros((len(labels), 1, *labels.shape[1:]), np.uint16),
            n_frames=len(labels),
            shape_cyx=(1, *labels.shape[1:]),
            dtype=np.uint16,
            pixel_size_um=pixel_size_um,
            frame_interval_s=300.0,
            channel_names=["nuclei"],
            attributes={},
        )
        write_labels(results.movie, labels, largest_label=int(labels.max()))
        return results

    return to


@pytest.fixture
def tripolar() -> tuple[np.ndarray, dict[int, int]]:
    """Four frames of squares: track 1 divides into 2, 3 and 4."""
    labels = np.zeros((4, 24, 40), np.int32)
    labels[:2, 2:8, 2:8] = 1
    for track in (2, 3, 4):
        labels[2:, 2:6, 8 * track - 14 : 8 * track - 10] = track
    return labels, {1: 0, 2: 1, 3: 1, 4: 1}


@pytest.fixture
def gapped() -> tuple[np.ndarray, dict[int, int]]:
    """Eight frames of squares, the last of them empty.

    Track 1 is missing in frames 2 and 4, then divides into 2 and 3; 4 goes through; 5 and 6 are seen once.
    """
    labels = np.zeros((8, 24, 40), np.int32)
    labels[[0, 1, 3], 2:8, 2:8] = 1
    labels[5:7, 2:8, 2:5] = 2
    labels[5:7, 2:8, 6:9] = 3
    labels[:7, 12:20, 20:28] = 4
    labels[1, 2:6, 30:34] = 5
    labels[4, 12:14, 2:4] = 6
    return labels, {1: 0, 2: 1, 3: 1, 4: 0, 5: 0, 6: 0}
