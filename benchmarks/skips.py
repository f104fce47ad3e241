"""What skip connections are for: the same network with none, with one, with all of them.

    python benchmarks/skips.py [folder [threads]]

prints the table of docs/measurements/training.md, hands it to the explorer page and draws docs/images/skips.png.
Trained like benchmarks/ablations.py, but on all sets. SEG says how many cells are found and how well they fit; the
boundary score how exactly outlines are met: F1 of the pixels on outlines that lie within one pixel of an outline of the
other (Csurka et al. 2013).
"""

from pathlib import Path

import numpy as np
from material import CHECKOUT
from scipy import ndimage as ndi
from skip_scores import boundary_by_source, outlines, write_for_explorer
from trained import NUCLEI, PHASE, folder_and_threads, frames_of, print_table, scored, set_of, trained

from sidewinder.model import load_model
from sidewinder.train.annotations import AnnotatedFrame
from sidewinder.train.recipe import Recipe
from sidewinder.train.validation import segment

# finest first
NETWORKS = {
    "none": (False,) * 4,
    "the coarsest": (False, False, False, True),
    "the finest": (True, False, False, False),
    "all": (True,) * 4,
}
PICTURE = CHECKOUT / "docs" / "images" / "skips.png"
SHOWN_PX = 160


def separated(networks: dict[str, Path], pixel_size_um: float, frame: AnnotatedFrame) -> dict[str, np.ndarray]:
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
            found = segment(load_model(networks[name]).network, frames.scored, settings.pixel_size_um)
            met = boundary_by_source(frames.scored, found)
            rows[name] |= {f"{set_of(source)}, boundary": value for source, value in met.items()}
        piece = next(frame for frame in frames.scored if shown in frame.source)
        pieces.append(separated(networks, settings.pixel_size_um, piece))
    print_table("skip connections", rows)
    of_explorer = [({"name": name, "skips": skips}, rows[name]) for name, skips in NETWORKS.items()]
    write_for_explorer("trained", "python benchmarks/skips.py", of_explorer)
    draw(pieces)


if __name__ == "__main__":
    main()
