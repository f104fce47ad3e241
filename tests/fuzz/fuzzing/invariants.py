"""What holds of labels, tracks and lineages whatever the maps and the cells are."""

from pathlib import Path
from random import Random

import numpy as np
from scipy import ndimage as ndi

from fuzzing.limited import TryOne
from sidewinder.instances.segment import foreground, segment_frame
from sidewinder.measure import measure_frame
from sidewinder.settings import InstanceSettings, TrackSettings
from valid_tracks import AREAS_PX, MOST_STEPS, N_FRAMES, check_tracks

MOST_CELLS = 9
LARGEST_SIDE_PX = 60


def labels(folder: Path) -> TryOne:
    """Maps of blobs, noise and edges to instances and what is measured of them."""

    def try_one(rng: Random) -> None:
        chance = np.random.default_rng(rng.randrange(2**32))
        shape = (2, rng.randint(1, LARGEST_SIDE_PX), rng.randint(1, LARGEST_SIDE_PX))
        noise = ndi.gaussian_filter(chance.normal(size=shape), (0, *[rng.choice([0, 1, 4])] * 2))
        maps = np.clip(rng.choice([80, 300, 2000]) * noise + rng.choice([0, 128, 255]), 0, 255).astype(np.uint8)
        settings = InstanceSettings(
            foreground=rng.choice([0.01, 0.5, 1.0]), seed=rng.choice([0.01, 0.5, 1.0]), min_area_px=rng.choice([1, 20])
        )
        found = segment_frame(maps, settings)
        check_labels(found, maps, settings)
        cells = measure_frame(found, maps, ("cell", "border"))
        assert cells["label"].tolist() == list(range(1, int(found.max()) + 1))
        assert (cells["area_px"] == np.bincount(found.ravel())[1:]).all()
        assert np.isfinite(cells[["y_px", "x_px", "perimeter_px", "mean_cell"]].to_numpy()).all()

    return try_one


def check_labels(found: np.ndarray, maps: np.ndarray, settings: InstanceSettings) -> None:
    """Cells count from 1 without holes, and lie within the foreground and what cells enclose."""
    assert (found.shape, found.dtype) == (maps.shape[1:], np.int32)
    numbers = np.unique(found[found > 0])
    assert numbers.tolist() == list(range(1, len(numbers) + 1))
    inside = ndi.binary_fill_holes(foreground(maps, settings))
    assert inside[found > 0].all()


def tracks(folder: Path) -> TryOne:
    """Cells that compete, coincide and look like divisions to tracks and lineages."""

    def try_one(rng: Random) -> None:
        def cell() -> tuple[int, int, int]:
            return rng.randint(0, MOST_STEPS), rng.randint(0, MOST_STEPS), rng.choice(AREAS_PX)

        frames = [[cell() for _ in range(rng.randint(0, MOST_CELLS))] for _ in range(N_FRAMES)]
        ranges, gaps = rng.choice([None, 6.0, 25.0]), rng.randint(0, 3)
        check_tracks(frames, TrackSettings(search_range_px=ranges, max_gap_frames=gaps, divisions=rng.random() < 0.7))

    return try_one
