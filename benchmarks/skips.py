"""What skip connections are for: the same network with none, with one, with all of them.

    python benchmarks/skips.py [folder [threads]]

prints the table of docs/training.md and draws docs/images/skips.png. Trained like benchmarks/ablations.py, but on all
sets. SEG says how many cells are found and how well they fit; the boundary score how exactly outlines are met: F1 of
the pixels on outlines that lie within one pixel of an outline of the other (Csurka et al. 2013).
"""

from pathlib import Path

import numpy as np
from material import CHECKOUT
from scipy import ndimage as ndi
from skimage.segmentation import find_boundaries
from trained import NUCLEI, PHASE, Frames, folder_and_threads, frames_of, print_table, scored, trained

from sidewinder.model import load_model
from sidewinder.train.annotations import AnnotatedFrame, by_source
from sidewinder.train.settings import Recipe
from sidewinder.train.validation import segment

# finest first
NETWORKS = {
    "none": (False,) * 4,
    "the coarsest": (False, False, False, True),
    "the finest": (True, False, False, False),
    "all": (True,) * 4,
}
TOLERANCE_PX = 1.0
PICTURE = CHECKOUT / "docs" / "images" / "skips.png"
SHOWN_PX = 160


def outlines(labels: np.ndarray) -> np.ndarray:
    """Pixels that have another label beside them, inside of cells."""
    return find_boundaries(labels, mode="inner")


def boundary_f1(truth: np.ndarray, found: np.ndarray, known: np.ndarray) -> float:
    """F1 of the outlines, where the truth is known."""
    true, ours = outlines(truth) & known, outlines(found) & known
    if not true.any() or not ours.any():
        return float(true.any() == ours.any())
    near_true, near_ours = (ndi.distance_transform_edt(~line) <= TOLERANCE_PX for line in (true, ours))
    precision, recall = near_true[ours].mean(), near_ours[true].mean()
    return 2 * precision * recall / max(precision + recall, 1e-9)


def boundaries(network, pixel_size_um: float, frames: Frames) -> dict[str, float]:
    """The boundary score, by set."""
    scores = {}
    for source, of_set in by_source(frames.scored).items():
        found = segment(network, of_set, pixel_size_um)
        values = [boundary_f1(one.labels, labels, one.known) for one, labels in zip(of_set, found, strict=True)]
        scores[f"{Path(source).parts[-3]}, boundary"] = float(np.mean(values))
    return scores


def parted(networks: dict[str, Path], pixel_size_um: float, frame: AnnotatedFrame) -> dict[str, np.ndarray]:
    """A piece of a frame: the image, and its labels as they are annotated and as each network has them."""
    window = _busiest(frame.labels)
    pictures = {"image": frame.image[window], "annotated": frame.labels[window]}
    for name, path in networks.items():
        (labels,) = segment(load_model(path).network, [frame], pixel_size_um)
        pictures[f"skips: {name}"] = labels[window]
    return pictures


def draw(rows: list[dict[str, np.ndarray]]) -> None:
    """The pieces, one a row."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        len(rows), len(rows[0]), figsize=(2.2 * len(rows[0]), 2.35 * len(rows)), layout="constrained"
    )
    for row, pictures in zip(axes, rows, strict=True):
        for ax, (name, labels) in zip(row, pictures.items(), strict=True):
            ax.imshow(pictures["image"], cmap="gray", vmin=0, vmax=np.quantile(pictures["image"], 0.995))
            if name != "image":
                lines = np.ma.masked_equal(outlines(labels), False)
                ax.imshow(lines, cmap="autumn", interpolation="nearest")
            ax.set(xticks=[], yticks=[])
    for ax, name in zip(axes[0], rows[0], strict=True):
        ax.set_title(name)
    figure.savefig(PICTURE, dpi=110)


def _busiest(labels: np.ndarray) -> tuple[slice, slice]:
    """The window with the most outlines."""
    density = ndi.uniform_filter(outlines(labels).astype(np.float32), SHOWN_PX)
    half = SHOWN_PX // 2
    inner = density[half:-half, half:-half]
    y, x = np.unravel_index(inner.argmax(), inner.shape)
    return slice(y, y + SHOWN_PX), slice(x, x + SHOWN_PX)


def main() -> None:
    """Print the table, draw the picture."""
    folder, threads = folder_and_threads()
    rows: dict[str, dict[str, float]] = {name: {} for name in NETWORKS}
    pieces = []
    for settings, sheet, shown in ((NUCLEI, "nuclei.tsv", "HeLa"), (PHASE, "phase.tsv", "T98G")):
        frames, networks = frames_of(sheet, settings), {}
        for name, skips in NETWORKS.items():
            recipe = Recipe(skips=skips)
            networks[name] = trained(folder, settings, recipe, frames, threads)
            rows[name] |= scored(folder, settings, recipe, frames, threads)
            rows[name] |= boundaries(load_model(networks[name]).network, settings.pixel_size_um, frames)
        piece = next(frame for frame in frames.scored if shown in frame.source)
        pieces.append(parted(networks, settings.pixel_size_um, piece))
    print_table("skip connections", rows)
    draw(pieces)


if __name__ == "__main__":
    main()
