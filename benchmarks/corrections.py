"""What flat field, bleaching and drift gain: scores of a simulated movie with and without each step.

    python benchmarks/corrections.py

prints a table of docs/measurements/preprocess.md: SEG, TRA and the speed of cells of the scene `plain` with uneven
light, cells that fade and a stage that drifts and jumps, over debris on the dish.
"""

import csv
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
from material import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from segmented import Stages
from sidewinder.evaluate import score_movie
from sidewinder.export.ctc import export_ctc
from sidewinder.export.ome_zarr import publish
from sidewinder.simulate import SCENES
from sidewinder.simulate.movie import simulate
from sidewinder.simulate.write import write_truth

N_FRAMES, SHAPE, SPECKS, VIGNETTING = 10, (192, 192), 40, 0.8
LIGHT = {"flat_field": "estimated", "dark_field": SCENES["plain"].optics.offset_counts}
STEPS: dict[str, dict[str, object]] = {
    "none": {},
    "flat field": LIGHT,
    "bleaching": {"bleaching": True},
    "drift": {"drift": True},
    "all": {**LIGHT, "bleaching": True, "drift": True},
}


def film(folder: Path) -> Path:
    """Write the movie and its truth; the movie's path."""
    plain = SCENES["plain"]
    optics = replace(plain.optics, vignetting=VIGNETTING, haze=0)
    scene = replace(
        plain, n_frames=N_FRAMES, shape=SHAPE, n_specks=SPECKS, optics=optics, drift_px_per_frame=0.6,
        jumps_px={5: (5.0, -7.0)},
    )  # fmt: skip
    movie = simulate(scene)
    write_truth(movie, folder / "01_GT")
    left = (0.15 + 0.85 * np.exp(-np.arange(N_FRAMES) / 3))[:, None, None]
    offset = plain.optics.offset_counts
    frames = np.maximum((movie.frames - float(offset)) * left + offset, 0)
    tifffile.imwrite(folder / "m.tif", np.rint(frames).astype(np.uint16), photometric="minisblack")
    return folder / "m.tif"


def scored(folder: Path, name: str, settings: dict[str, object]) -> list[str]:
    """A row of the table."""
    stages = Stages(folder / name, "nuclei", settings=settings)
    stages.run(folder / "m.tif", pixel_size_um=SCENES["plain"].pixel_size_um)
    at = stages.path
    publish(
        image=at("image.ome.zarr"), labels=[at("labels-0.zarr")], label_tracks=at("label_tracks.parquet"),
        repairs=at("repairs.parquet"), output=at("movie.ome.zarr"),
    )  # fmt: skip
    export_ctc(at("movie.ome.zarr"), at("tracks.parquet"), at("lineage.csv"), at("ctc"))
    score_movie(at("ctc"), folder / "01_GT", at("scores.csv"), movie="m")
    with open(at("scores.csv"), newline="", encoding="utf-8") as file:
        (scores,) = csv.DictReader(file)
    speed = pd.read_csv(at("lineage.csv"))["mean_speed_px_per_frame"].median()
    return [name, scores["SEG"], scores["TRA"], f"{speed:.2f}"]


def main() -> None:
    """Print the table."""
    print("|steps|SEG|TRA|median speed, px a frame|\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        film(Path(folder))
        for name, settings in STEPS.items():
            print(f"|{'|'.join(scored(Path(folder), name, settings))}|", flush=True)


if __name__ == "__main__":
    main()
