"""Instances and cell tables beside the obvious code, from the same maps: time and F1.

    python benchmarks/instances.py [scene ...]

prints the table of docs/measurements/instances.md. Scenes are drawn, with exact truth; their maps are those of an ideal
network, blurred and under noise. The obvious code is SciPy's and scikit-image's: the distance to the background,
smoothed, its peaks (at least half a cell's radius apart), a watershed from there, objects below a tenth of a cell's
area dropped, and `regionprops_table` with the columns of our cell table; the radius is the scene's, which no user
knows. It also runs with the pieces of the cell class as seeds instead of peaks. Seconds are CPU time, the least of
several runs in one process.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from material import CHECKOUT
from scipy import ndimage as ndi
from skimage.feature import peak_local_max
from skimage.measure import label, regionprops_table
from skimage.segmentation import watershed

sys.path.insert(0, str(CHECKOUT / "workflow"))

from sidewinder.instances.segment import segment_frame
from sidewinder.measure import measure_frame
from sidewinder.settings import InstanceSettings
from sidewinder.train.targets import BORDER, CELL, class_targets

RUNS, RUNS_OF_OBVIOUS = 5, 2
SMOOTH_PX = 2.0
# of the maps, as of a network that is sure but not exact
BLUR_PX, NOISE = 0.7, 0.03
COLUMNS = (
    "label",
    "centroid",
    "area",
    "perimeter",
    "axis_major_length",
    "axis_minor_length",
    "orientation",
    "eccentricity",
    "solidity",
    "intensity_mean",
    "intensity_std",
    "intensity_min",
    "intensity_max",
)


@dataclass(frozen=True)
class Scene:
    """A frame: true labels, maps and image, and what the obvious code is told."""

    truth: np.ndarray
    maps: np.ndarray
    image: np.ndarray
    radius_px: float


def ellipses(side_px: int, cells_a_side: int, n_cells: int | None = None) -> np.ndarray:
    """Ellipses on a grid, jittered and turned, so large that they touch; all places of the grid, or some by chance."""
    rng = np.random.default_rng(0)
    pitch = side_px / cells_a_side
    labels, depth = np.zeros((side_px, side_px), np.int32), np.ones((side_px, side_px))
    places = rng.permutation(cells_a_side**2)[:n_cells]
    for number, place in enumerate(np.sort(places), start=1):
        centre = (np.array(divmod(place, cells_a_side)) + 0.5 + rng.uniform(-0.06, 0.06, 2)) * pitch
        long, short, angle = pitch * rng.uniform(0.5, 0.66), pitch * rng.uniform(0.38, 0.5), rng.uniform(0, np.pi)
        low, high = (np.clip(centre + way * long, 0, side_px).astype(int) for way in (-1, 1))
        box = tuple(slice(first, last + 1) for first, last in zip(low, high, strict=True))
        dy, dx = (np.arange(side_px)[side] - middle for side, middle in zip(box, centre, strict=True))
        dy = dy[:, None]
        along, across = dy * np.cos(angle) + dx * np.sin(angle), dx * np.cos(angle) - dy * np.sin(angle)
        distance = (along / long) ** 2 + (across / short) ** 2
        # touching cells meet where they are equally deep
        nearer = distance < depth[box]
        depth[box][nearer], labels[box][nearer] = distance[nearer], number
    return labels


def confluent(side_px: int, cells_a_side: int) -> np.ndarray:
    """Cells without a gap, each around a point of a grid whose points were moved by chance."""
    rng = np.random.default_rng(0)
    steps = np.indices((cells_a_side, cells_a_side)).reshape(2, -1) + 0.5
    y, x = ((steps + rng.uniform(-0.3, 0.3, steps.shape)) * side_px / cells_a_side).astype(int)
    points = np.zeros((side_px, side_px), np.int32)
    points[y, x] = np.arange(1, len(y) + 1)
    return points[tuple(ndi.distance_transform_edt(points == 0, return_distances=False, return_indices=True))]


def ragged(side_px: int) -> np.ndarray:
    """One connected piece with bays and holes of all sizes."""
    smooth = ndi.gaussian_filter(np.random.default_rng(0).normal(size=(side_px, side_px)), side_px / 100)
    pieces = ndi.label(smooth > 0)[0]
    return (pieces == np.bincount(pieces.ravel())[1:].argmax() + 1).astype(np.int32)


def specks(truth: np.ndarray, n_specks: int) -> np.ndarray:
    """Where there is debris of a few pixels, away from cells or not; bool."""
    rng = np.random.default_rng(1)
    there = np.zeros(truth.shape, bool)
    there[tuple(rng.integers(0, truth.shape[0], (2, n_specks)))] = True
    return ndi.binary_dilation(there, iterations=2) & ~ndi.binary_dilation(truth > 0, iterations=3)


def scene(truth: np.ndarray, radius_px: float, n_specks: int = 0) -> Scene:
    """Maps and image of true labels."""
    rng = np.random.default_rng(2)
    classes = class_targets(truth)
    cell = (classes == CELL) | (specks(truth, n_specks) if n_specks else False)
    soft = [ndi.gaussian_filter(wanted.astype(np.float32), BLUR_PX) for wanted in (cell, classes == BORDER)]
    # no network is uncertain where there is nothing, or in the midst of cells
    unsure = [4 * plane * (1 - plane) + 0.01 for plane in soft]
    noise = [NOISE * uncertainty * rng.standard_normal(truth.shape) for uncertainty in unsure]
    image = rng.poisson(200 + 800 * ndi.gaussian_filter((truth > 0).astype(np.float32), 2)).astype(np.uint16)
    return Scene(truth, np.rint(255 * np.clip(np.add(soft, noise), 0, 1)).astype(np.uint8), image, radius_px)


SCENES: dict[str, Callable[[], Scene]] = {
    "1,936 touching": lambda: scene(ellipses(2048, 44), 23),
    "1,936 without a gap": lambda: scene(confluent(2048, 44), 23),
    "20,164 touching, 4096 px": lambda: scene(ellipses(4096, 142), 14),
    "20,164 touching, small": lambda: scene(ellipses(2048, 142), 7),
    "few, isolated": lambda: scene(ellipses(2048, 44, 40), 23),
    "debris": lambda: scene(ellipses(2048, 44, 200), 23, n_specks=5000),
    "one cell": lambda: scene(ellipses(2048, 44, 1), 23),
    "one ragged piece": lambda: scene(ragged(2048), 23),
    "nothing": lambda: scene(np.zeros((2048, 2048), np.int32), 23),
}


def by_distance(scene: Scene) -> np.ndarray:
    """The obvious code: labels from the distance to the background."""
    foreground, depth_px = _foreground_and_depth(scene)
    smooth = ndi.gaussian_filter(depth_px, SMOOTH_PX)
    markers = np.zeros(foreground.shape, np.int32)
    peaks = peak_local_max(smooth, min_distance=int(scene.radius_px / 2), labels=foreground.astype(int))
    markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    return _without_small(watershed(-smooth, markers, mask=foreground), scene)


def by_seeds(scene: Scene) -> np.ndarray:
    """The same with the cell class as seeds."""
    foreground, depth_px = _foreground_and_depth(scene)
    return _without_small(watershed(-depth_px, label(scene.maps[0] > 127), mask=foreground), scene)


def _foreground_and_depth(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    foreground = scene.maps.sum(axis=0, dtype=np.uint16) > 127
    return foreground, ndi.distance_transform_edt(foreground)


def _without_small(labels: np.ndarray, scene: Scene) -> np.ndarray:
    area_px = np.bincount(labels.ravel())
    return np.where(area_px[labels] < 0.1 * np.pi * scene.radius_px**2, 0, labels)


def f1(truth: np.ndarray, found: np.ndarray) -> float:
    """F1 of cells at an intersection over union of more than a half; 1 where there are none, and none are found."""
    n_true, n_found = (len(np.unique(labels[labels > 0])) for labels in (truth, found))
    both = (truth > 0) & (found > 0)
    pairs, shared = np.unique(np.stack([truth[both], found[both]]), axis=1, return_counts=True)
    area_true, area_found = (np.bincount(labels.ravel()) for labels in (truth, found))
    matched = shared > (area_true[pairs[0]] + area_found[pairs[1]] - shared) / 2
    return 2 * matched.sum() / (n_true + n_found) if n_true + n_found else 1.0


def min_s(run: Callable, runs: int) -> tuple[float, object]:
    """CPU seconds of the fastest of several runs, and what it returns."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        result = run()
        seconds.append(time.process_time() - start)
    return min(seconds), result


def row(scene: Scene) -> str:
    """A row of the table, without the scene's name."""
    labels_s, labels = min_s(lambda: segment_frame(scene.maps, InstanceSettings()), RUNS)
    table_s, _ = min_s(lambda: measure_frame(labels, scene.image[None], ("c",)), RUNS)
    cells = [f"{labels_s:.3f}|{table_s:.3f}|{f1(scene.truth, labels):.3f}"]
    for obvious in (by_distance, by_seeds):
        obvious_labels_s, found = min_s(lambda: obvious(scene), RUNS_OF_OBVIOUS)  # noqa: B023
        properties = lambda: regionprops_table(found, scene.image, properties=COLUMNS)  # noqa: B023, E731
        obvious_table_s, _ = min_s(properties, RUNS_OF_OBVIOUS)
        ratio = (obvious_labels_s + obvious_table_s) / (labels_s + table_s)
        cells.append(f"{obvious_labels_s:.2f}|{obvious_table_s:.2f}|{f1(scene.truth, found):.3f}|{ratio:.1f}")
    return "|".join(cells)


def main() -> None:
    """Print the table."""
    print(
        "|scene|Sidewinder: labels, s|table, s|F1|obvious: labels, s|table, s|F1|times as fast|"
        "obvious, with our seeds: labels, s|table, s|F1|times as fast|"
    )
    print("|---|" + "---|" * 11)
    for name in sys.argv[1:] or SCENES:
        print(f"|{name}|{row(SCENES[name]())}|", flush=True)


if __name__ == "__main__":
    main()
