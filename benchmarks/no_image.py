"""What frames that are no image, and pixels without data, do to all other frames: found and left out, and not.

    python benchmarks/no_image.py [folder]

prints the tables of docs/measurements/preprocess.md: of a simulated movie with each fault SEG, areas, cells where none
are and tracks, with and without the look that `preprocess` takes at frames; and how near real movies come to what is
taken for a frame out of focus. What was computed stays in the folder.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import tifffile
from material import CHECKOUT
from scipy.ndimage import gaussian_filter

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from segmented import Stages, written
from sidewinder.evaluate import match_frame
from sidewinder.preprocess import inspection
from sidewinder.preprocess.look import look_at
from sidewinder.preprocess.no_image import BESIDE, FEWEST_OCTAVES, QUARTILE, NoImage
from sidewinder.simulate import SCENES, simulate
from sidewinder.store import open_stack

N_FRAMES, SHAPE, PIXEL_SIZE_UM = 10, (160, 180), 0.35
SPOILT = (3, 6)
DATA = CHECKOUT.parent / "shared" / "data"
REAL = (
    "Fluo-N2DH-SIM+", "Fluo-N2DH-GOWT1", "Fluo-N2DL-HeLa", "PhC-C2DH-U373", "PhC-C2DL-PSC", "Fluo-C2DL-MSC",
    "Usiigaci-T98G", "DIC-C2DH-HeLa",
)  # fmt: skip
Frames = np.ndarray


def spoilt(change: Callable[[Frames], Frames]) -> Callable[[Frames], Frames]:
    """A fault that changes two frames."""

    def fault(frames: Frames) -> Frames:
        frames = frames.copy()
        frames[list(SPOILT)] = change(frames)
        return frames

    return fault


def out_of_focus(frames: Frames) -> Frames:
    """Two frames so blurred that cells run into each other."""
    light = gaussian_filter(frames[list(SPOILT)].astype(float), (0, 12, 12))
    return np.random.default_rng(0).poisson(light)


def registered(frames: Frames) -> Frames:
    """Nothing was seen in a border of 0 that grows by 3 pixels a frame on two sides."""
    frames = frames.copy()
    for number, frame in enumerate(frames):
        frame[: 3 * number] = 0
        frame[:, : 3 * number] = 0
    return frames


FAULTS: dict[str, Callable[[Frames], Frames]] = {
    "none": lambda frames: frames,
    "two frames are black": spoilt(lambda frames: 0 * frames[list(SPOILT)]),
    "two frames are overexposed": spoilt(lambda frames: 0 * frames[list(SPOILT)] + 65535),
    "two frames are copies": spoilt(lambda frames: frames[[frame - 1 for frame in SPOILT]]),
    "two frames are out of focus": spoilt(out_of_focus),
    "registered, 0 at two sides": registered,
}


def half_seen(labels: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """What is seen of the cells of which half is seen at least."""
    kept = np.where(seen, labels, 0)
    for whole, of_frame in zip(labels, kept, strict=True):
        of_whole, of_seen = (np.bincount(each.ravel(), minlength=whole.max() + 1) for each in (whole, of_frame))
        of_frame[(2 * of_seen < of_whole)[of_frame]] = 0
    return kept


def measured(stages: Stages, truth: np.ndarray, spoilt_frames: bool) -> dict[str, str]:
    """SEG and areas of the frames that are images, and what was found where there is nothing to find."""
    found, tracks = open_stack(stages.path("labels-0.zarr")).data[:], pd.read_parquet(stages.path("tracks.parquet"))
    bad = SPOILT if spoilt_frames else ()
    good = [frame for frame in range(N_FRAMES) if frame not in bad]
    scores, areas = [], []
    invented = sum(len(np.unique(found[frame])) - 1 for frame in bad)
    for frame in good:
        match = match_frame(truth[frame], found[frame])
        of_true, of_found = (np.bincount(labels.ravel()) for labels in (truth[frame], found[frame]))
        scores += [*match.ious, *[0.0] * (len(match.labels_ref) - len(match.ious))]
        areas += [of_found[b] / of_true[a] for a, b in zip(match.mapped_ref, match.mapped_comp, strict=True)]
        invented += len(set(match.labels_comp) - set(match.mapped_comp))
    n_tracks = tracks["track_id"].nunique()
    return {
        "SEG": f"{np.mean(scores):.3f}",
        "area over true": f"{np.median(areas):.3f}" if areas else "",
        "cells where none are": str(invented),
        "tracks": str(n_tracks),
    }


def row(folder: Path, fault: str, look: bool) -> dict[str, str]:
    """One line of the first table."""
    movie = simulate(replace(SCENES["plain"], n_frames=N_FRAMES, shape=SHAPE, n_cells=20))
    frames = FAULTS[fault](movie.frames)
    truth = half_seen(movie.labels, frames > 0) if fault.startswith("registered") else movie.labels
    name = fault.replace(" ", "_").replace(",", "")
    stages = Stages(folder / f"{name}-{look}", "nuclei")
    raw = written(folder / f"{name}.tif", frames.astype(np.uint16))
    with (
        patch.object(inspection, "no_data", inspection.no_data if look else lambda f: np.zeros(f.shape[1:], bool)),
        patch.object(NoImage, "find", NoImage.find if look else lambda self: {}),
    ):
        stages.run(raw, PIXEL_SIZE_UM)
    found = measured(stages, truth, fault.startswith("two frames"))
    return {"fault": fault, "looked at": "yes" if look else "no"} | found


def least_detail(paths: list[Path]) -> dict[str, str]:
    """How little detail a frame of a movie has beside those before and behind it."""
    detail = np.array([look_at(tifffile.imread(path), None).detail for path in paths])
    ratios = []
    for frame in range(1, len(detail) - 1):
        sides = detail[max(frame - BESIDE, 0) : frame], detail[frame + 1 : frame + 1 + BESIDE]
        ratio = detail[frame] / np.min([np.percentile(side, QUARTILE, axis=0) for side in sides], axis=0)
        ratios.append(np.sort(ratio)[FEWEST_OCTAVES - 1])
    return {"frames": str(len(paths)), "least detail": f"{min(ratios):.2f}"}


def print_table(rows: list[dict[str, str]]) -> None:
    """Print rows of the same columns."""
    print(f"|{'|'.join(rows[0])}|\n|{'---|' * len(rows[0])}")
    for cells in rows:
        print(f"|{'|'.join(cells.values())}|")


def main() -> None:
    """Print both tables."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print_table([row(folder, fault, look) for fault in FAULTS for look in (True, False)])
    print()
    print_table([{"movie": name} | least_detail(sorted((DATA / name / "01").glob("*.tif"))) for name in REAL])


if __name__ == "__main__":
    main()
