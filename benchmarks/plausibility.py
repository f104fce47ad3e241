"""What is warned of, and what not: every set with each model, and movies made for each kind.

    python benchmarks/plausibility.py [folder [set ...]]

prints the tables of docs/measurements/warnings.md. Of real movies the first frames are taken, as tracks need
neighbours and whole movies take an hour; a number behind a set's name, as in `PSC:150`, takes so many of them. What was
computed stays in the folder, so that a run that was ended goes on.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
from material import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from segmented import Stages, discs, noise, part, written
from sidewinder.plausibility.fit import area_changes
from sidewinder.plausibility.light import measure_light
from sidewinder.simulate import write_scene
from sidewinder.store import open_image

DATA = CHECKOUT.parent / "shared" / "data"
FRAMES = 10
# enlarged 4.6 times for `nuclei`
FEWER_FRAMES = {"PSC": 4}
# folder, pixel size in um
REAL = {
    "SIM+": ("Fluo-N2DH-SIM+", 0.125),
    "GOWT1": ("Fluo-N2DH-GOWT1", 0.24),
    "HeLa": ("Fluo-N2DL-HeLa", 0.645),
    "U373": ("PhC-C2DH-U373", 0.65),
    "PSC": ("PhC-C2DL-PSC", 1.6),
    "MSC": ("Fluo-C2DL-MSC", 0.3),
    "DIC-HeLa": ("DIC-C2DH-HeLa", 0.19),
}
SIMULATED = ("plain", "crowded", "rough")
SIDE = 160


def usual(n_frames: int = 8) -> np.ndarray:
    """Discs as large as cells."""
    return discs(n_frames, SIDE, radius_px=9, spacing_px=40)


def with_frames(change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Discs of which frames 3 and 4 are changed."""
    frames = usual()
    frames[3:5] = change(frames[3:5])
    return frames


def bubble() -> np.ndarray:
    """Discs under a bright object as large as most of the frame."""
    frames = usual()
    frames[:, 8:150, 8:150] += 4000
    return frames


MADE: dict[str, Callable[[], np.ndarray]] = {
    "discs": usual,
    "one disc": lambda: discs(8, 64, radius_px=9, spacing_px=64),
    "discs that bleach": lambda: (usual() * (0.85 ** np.arange(8))[:, None, None]).astype(np.uint16),
    "small discs": lambda: discs(5, SIDE, radius_px=2.6, spacing_px=20),
    "noise": lambda: noise(5, SIDE, width_px=2),
    "empty": lambda: np.random.default_rng(0).poisson(200, (5, SIDE, SIDE)).astype(np.uint16),
    "two frames without discs": lambda: with_frames(lambda _: np.random.default_rng(0).poisson(150, (2, SIDE, SIDE))),
    "two frames with a quarter of the discs": lambda: with_frames(lambda frames: np.where(quarter(), frames, 150)),
    "two black frames": lambda: with_frames(lambda frames: 0 * frames),
    "two frames overexposed": lambda: with_frames(lambda frames: np.minimum(frames.astype(int) * 90, 65535)),
    "a bubble": bubble,
    "discs cut by the edge": lambda: usual()[:, 18:62, 18:62],
}


def quarter() -> np.ndarray:
    """Where the upper left quarter of the frame is."""
    inside = np.zeros((SIDE, SIDE), bool)
    inside[: SIDE // 2, : SIDE // 2] = True
    return inside


def raw_of(folder: Path, name: str, n_frames: int) -> tuple[Path, float | None]:
    """A movie's raw frames and its pixel size."""
    if name in REAL:
        movie, pixel_size_um = REAL[name]
        return part(folder / "raw" / f"{name}-{n_frames}", DATA / movie, n_frames), pixel_size_um
    path = folder / "raw" / f"{name}.ome.tif"
    path.parent.mkdir(parents=True, exist_ok=True)
    if name in SIMULATED:
        if not path.is_file():
            write_scene(name, path, folder / "raw" / f"{name}_GT")
        part_of = folder / "raw" / f"{name}-{n_frames}.tif"
        return written(part_of, tifffile.imread(path)[:n_frames]), 0.35
    return written(path.with_suffix("").with_suffix(".tif"), MADE[name]()), 0.35


def measured(stages: Stages) -> dict[str, str]:
    """The quantities that thresholds are about."""
    image, tracks = open_image(stages.path("image.ome.zarr")), pd.read_parquet(stages.path("tracks.parquet"))
    cells = pd.read_parquet(stages.path("cells-0.parquet"))
    n_frames, frame_px = image.data.shape[0], np.prod(image.data.shape[2:])
    uncertain = float(np.median(np.load(stages.path("uncertainty-0.npy")).mean(axis=(1, 2)) / 255))
    covered = cells["area_px"].sum() / n_frames / frame_px
    counts = np.bincount(cells["frame"].astype(int), minlength=n_frames)
    ratios = counts[1:][counts[:-1] > 0] / counts[:-1][counts[:-1] > 0]
    lengths = tracks.groupby("track_id").size()
    short = lengths[lengths < 3]
    light = measure_light(image.data[frame, 0] for frame in range(n_frames))
    whole = cells.loc[~cells["touches_border"], "area_px"]
    changes = area_changes(tracks)
    return {
        "diameter, px": f"{2 * np.sqrt(whole.median() / np.pi):.3g}" if len(whole) else "",
        "tracks below 3 frames; cells in them": f"{len(short) / len(lengths):.2f}; {short.sum() / len(tracks):.2f}"
        if len(lengths)
        else "",
        "change of area": f"{np.median(changes):.3f}" if len(changes) else "",
        "uncertain; covered": f"{uncertain:.3f}; {covered:.3f}",
        "count over that before": f"{ratios.min():.2f} to {ratios.max():.2f}" if len(ratios) else "",
        "at the highest value": f"{light.at_highest.max():.3f}",
        "largest cell": f"{cells['area_px'].max() / frame_px:.3f}" if len(cells) else "",
        "at the border": f"{cells['touches_border'].mean():.2f}" if len(cells) else "",
    }


def row(folder: Path, name: str, model: str, n_frames: int) -> dict[str, str]:
    """One line of the table."""
    raw, pixel_size_um = raw_of(folder, name, n_frames)
    stages = Stages(folder / f"{name.replace(' ', '_')}-{model}-{n_frames}", model)
    found = stages.run(raw, pixel_size_um)
    fired = ", ".join(dict.fromkeys(f"`{warning['kind']}`" for warning in found)) or "nothing"
    n_frames = open_image(stages.path("image.ome.zarr")).data.shape[0]
    return {"movie": name, "model": model, "frames": str(n_frames), "warned of": fired} | measured(stages)


def main() -> None:
    """Print the table, a line at a time."""
    os.nice(15)
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()).resolve()
    wanted = sys.argv[2:] or [*REAL, *SIMULATED, *MADE]
    header = False
    for one in wanted:
        name, _, n_frames = one.partition(":")
        for model in ("nuclei", "phase") if name in REAL else ("nuclei",):
            cells = row(folder, name, model, int(n_frames or FEWER_FRAMES.get(name, FRAMES)))
            if not header:
                print(f"|{'|'.join(cells)}|\n|{'---|' * len(cells)}")
                header = True
            print(f"|{'|'.join(cells.values())}|", flush=True)


if __name__ == "__main__":
    main()
