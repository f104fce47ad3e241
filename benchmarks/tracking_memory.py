"""Memory and time of the stage `track` for a long and crowded movie: 1,000 frames of 5,000 cells, with everything on.

    python benchmarks/tracking_memory.py [frames] [cells]

simulates a crowd as discs, measures them as the stage `instances` does, tracks, repairs and writes all tables, and
prints what docs/measurements/tracking.md says: peak memory, CPU seconds, and seconds a million cells. Memory is that of
the whole job, in a process of its own. Takes half an hour, most of which is to make the movie.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from material import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "workflow"))
sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from outputs import track_outputs
from sidewinder.measure import measure_frame
from sidewinder.simulate.crowd import Crowd, simulate_crowd
from sidewinder.store import write_image, write_stack
from sidewinder.track import track_movie

SIDE_PX, RADIUS_PX, N_BLOCKS = 2048, 6, 4
INPUTS = (("cells", "parquet"), ("labels", "zarr"))


def discs(cells: pd.DataFrame) -> np.ndarray:
    """The labels of a frame's cells."""
    labels = np.zeros((SIDE_PX, SIDE_PX), np.uint32)
    dy, dx = np.indices((2 * RADIUS_PX + 1,) * 2).reshape(2, -1) - RADIUS_PX
    inside = np.hypot(dy, dx) <= RADIUS_PX
    y = np.rint(cells["y_px"].to_numpy())[:, None].astype(int) + dy[inside]
    x = np.rint(cells["x_px"].to_numpy())[:, None].astype(int) + dx[inside]
    place = np.clip(y, 0, SIDE_PX - 1), np.clip(x, 0, SIDE_PX - 1)
    labels[place] = np.broadcast_to(np.arange(1, len(cells) + 1)[:, None], y.shape)
    return labels


def make(folder: Path, n_frames: int, n_cells: int) -> None:
    """Write a movie as the stages before leave it."""
    # as many die as are born, and nothing drifts out of sight
    still = {"division": 0.005, "death": 0.005, "drift_px": (0.0, 0.0), "side_px": SIDE_PX}
    crowd = simulate_crowd(Crowd(n_cells, n_frames=n_frames, **still)).cells
    frames = [cells for _, cells in crowd.groupby("frame")]
    image = np.random.default_rng(0).integers(90, 110, (1, SIDE_PX, SIDE_PX), dtype=np.uint16)
    scale = {"pixel_size_um": 0.5, "frame_interval_s": 300.0, "channel_names": ["GFP"], "attributes": {}}
    size = {"n_frames": n_frames, "shape_cyx": image.shape, "dtype": np.uint16}
    write_image(folder / "image.zarr", (image for _ in range(n_frames)), **size, **scale)
    for block, numbers in enumerate(np.array_split(np.arange(n_frames), N_BLOCKS)):
        tables = []

        def labels() -> Iterator[np.ndarray]:
            for number in numbers:  # noqa: B023
                found = discs(frames[number])
                tables.append(measure_frame(found, image, ("GFP",)).assign(frame=number))  # noqa: B023
                yield found

        about = {"first_frame": int(numbers[0]), "n_frames": len(numbers), "block": block, "n_blocks": N_BLOCKS}
        shape = {"n_frames": len(numbers), "frame_shape": image.shape[1:], "dtype": np.uint32}
        write_stack(folder / f"labels-{block}.zarr", labels(), **shape, attributes=about)
        pd.concat(tables, ignore_index=True).to_parquet(folder / f"cells-{block}.parquet", index=False)


def track(folder: Path) -> None:
    """The job; prints its memory in GB and its CPU seconds."""
    inputs = {name: [folder / f"{name}-{block}.{end}" for block in range(N_BLOCKS)] for name, end in INPUTS}
    start = time.process_time()
    track_movie(**inputs, image=folder / "image.zarr", **track_outputs(folder), movie="m", settings={}, measure={})
    seconds = time.process_time() - start
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, seconds)


def main() -> None:
    """Make the movie, run the job, print."""
    n_frames, n_cells = (int(number) for number in (sys.argv[1:] or (1000, 5000)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, n_frames, n_cells)
        job = [sys.executable, __file__, "--track", name]
        memory_gb, seconds = map(float, subprocess.check_output(job, text=True).split())
        rows = pd.read_parquet(folder / "tracks.parquet", columns=["repaired"])
    repaired = (rows["repaired"] != "").sum()
    counts = f"{n_frames:,} frames, {len(rows):,} cells, {repaired:,} of them repaired"
    print(f"{counts}: {memory_gb:.2f} GB, {seconds:.0f} s CPU")


if __name__ == "__main__":
    if "--track" in sys.argv:
        track(Path(sys.argv[2]))
    else:
        main()
