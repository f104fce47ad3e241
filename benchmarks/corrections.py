"""What flat field, bleaching and drift gain: scores of simulated movies with and without each step.

    python benchmarks/corrections.py

prints a table of docs/measurements/preprocess.md: SEG, TRA and the speed of cells of the scene `plain` with uneven
light, cells that fade, and a stage that drifts and jumps over debris on the dish. Takes four minutes of two cores.
"""

import csv
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
from material import CHECKOUT
from scipy import ndimage as ndi

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from segmented import Stages
from sidewinder.evaluate import score_movie
from sidewinder.export.ctc import export_ctc
from sidewinder.export.ome_zarr import publish
from sidewinder.simulate import SCENES
from sidewinder.simulate.movie import SimulatedMovie, simulate
from sidewinder.simulate.write import write_truth

PLAIN = SCENES["plain"]
OFFSET = PLAIN.optics.offset_counts
N_FRAMES, SHAPE, N_SPECKS = 12, (192, 192), 40
LIGHT = {"flat_field": "estimated", "dark_field": OFFSET}
STEPS: dict[str, dict[str, object]] = {
    "none": {},
    "flat field": LIGHT,
    "bleaching": {"bleaching": True},
    "drift": {"drift": True},
    "all": {**LIGHT, "bleaching": True, "drift": True},
}


@dataclass(frozen=True)
class Faults:
    """How much the light falls over a diagonal, to how much cells fade, and how far the stage jumps."""

    vignetting: float
    light_left: float
    jumps_px: dict[int, tuple[float, float]]


MOVIES = {
    "usual": Faults(0.8, 0.15, {5: (5.0, -7.0)}),
    "severe": Faults(0.95, 0.04, {4: (18.0, -22.0), 9: (-25.0, 12.0)}),
}


def film(faults: Faults, folder: Path) -> SimulatedMovie:
    """Write a movie, `m.tif`, and its truth."""
    scene = replace(
        PLAIN, n_frames=N_FRAMES, shape=SHAPE, n_specks=N_SPECKS, drift_px_per_frame=0.6, jumps_px=faults.jumps_px,
        optics=replace(PLAIN.optics, vignetting=faults.vignetting, haze=0),
    )  # fmt: skip
    movie = simulate(scene)
    write_truth(movie, folder / "01_GT")
    left = faults.light_left + (1 - faults.light_left) * np.exp(-np.arange(N_FRAMES) / 2.5)
    frames = np.maximum((movie.frames - float(OFFSET)) * left[:, None, None] + OFFSET, 0)
    tifffile.imwrite(folder / "m.tif", np.rint(frames).astype(np.uint16), photometric="minisblack")
    return movie


def true_speed(movie: SimulatedMovie) -> float:
    """The median of the mean speeds of cells on the dish, in px a frame."""
    speeds = []
    for label, first, last, _ in movie.tracks:
        places = [ndi.center_of_mass(movie.labels[frame] == label) for frame in range(first, last + 1)]
        steps = np.diff(np.array(places) - movie.drift_px[first : last + 1], axis=0)
        speeds.append(np.linalg.norm(steps, axis=1).mean() if len(steps) else np.nan)
    return float(np.nanmedian(speeds))


def scored(folder: Path, name: str, settings: dict[str, object]) -> list[str]:
    """SEG, TRA and the speed with some steps."""
    stages = Stages(folder / name, "nuclei", settings=settings)
    stages.run(folder / "m.tif", pixel_size_um=PLAIN.pixel_size_um)
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
    return [f"{float(scores['SEG']):.3f}", f"{float(scores['TRA']):.3f}", f"{speed:.2f}"]


def rows(folder: Path) -> Iterator[list[str]]:
    """The rows of the table."""
    for movie, faults in MOVIES.items():
        (folder / movie).mkdir()
        simulated = film(faults, folder / movie)
        for name, settings in STEPS.items():
            yield [movie, name, *scored(folder / movie, name, settings), f"{true_speed(simulated):.2f}"]


def main() -> None:
    """Print the table."""
    print("|movie|steps|SEG|TRA|median speed, px a frame|true|\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder)):
            print(f"|{'|'.join(row)}|", flush=True)


if __name__ == "__main__":
    main()
