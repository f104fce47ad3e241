"""docs/images/overlay.jpg, lineage.png and repair.png: a movie's overlay, a family, cells before and after repair.

Usage, after `make demo`:

    python benchmarks/pictures.py demo/results

They show simulated movies: `plain` (overlay, lineage) and `rough` (repair) of the demo.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import zarr

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from PIL import Image

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b59f00")
# of the overlay
WIDTH_PX = 1400
# half of a picture's side around a cell
HALF_PX = 26
# the cases of the repair picture: what was wrong, its track, its frame
CASES = (("missed", 48, 10), ("merged", 26, 9), ("split", 12, 17))


def main(results: Path) -> None:
    """Draw the pictures."""
    overlay = Image.open(results / "plain" / "overlay.png").convert("RGB")
    overlay.resize((WIDTH_PX, round(overlay.height * WIDTH_PX / overlay.width))).save(
        IMAGES / "overlay.jpg", quality=85
    )
    _lineage(results / "plain", IMAGES / "lineage.png")
    _repair(results, "rough", IMAGES / "repair.png")


def _outlines(axes: Axes, labels: np.ndarray, colour_of: dict[int, str]) -> None:
    for label in np.unique(labels[labels > 0]).tolist():
        colour = colour_of.setdefault(label, COLOURS[len(colour_of) % len(COLOURS)])
        axes.contour(labels == label, levels=[0.5], colors=colour, linewidths=1.6)


def _crop(array: zarr.Array, index: tuple[int, ...], centre_yx: tuple[float, float]) -> np.ndarray:
    frame = np.asarray(array[index])
    y, x = (round(c) for c in centre_yx)
    return np.pad(frame, HALF_PX)[y : y + 2 * HALF_PX, x : x + 2 * HALF_PX]


def _panel(axes: Axes, grey: np.ndarray, labels: np.ndarray, colour_of: dict[int, str]) -> None:
    axes.imshow(grey, cmap="gray", vmin=np.percentile(grey[grey > 0], 1), vmax=np.percentile(grey, 99.8) * 1.1)
    _outlines(axes, labels, colour_of)
    axes.set(xticks=[], yticks=[])


def _lineage(folder: Path, path: Path) -> None:
    """A family whose division is seen half-way: its tree in time, and its cells in five frames."""
    tracks = pd.read_parquet(folder / "tracks.parquet")
    lineage = pd.read_csv(folder / "lineage.csv")
    at_edge = tracks.groupby("lineage_id")["touches_border"].any()
    divided = lineage[(lineage["fate"] == "division") & ~lineage["lineage_id"].map(at_edge)]
    from_middle = (divided["last_frame"] - tracks["frame"].max() / 2).abs()
    founder = int(divided.loc[from_middle.idxmin(), "lineage_id"])
    family = lineage[lineage["lineage_id"] == founder].set_index("track_id")
    movie = zarr.open_group(folder / "movie.ome.zarr", mode="r")
    image, cells = movie["0"], movie["labels/cells/0"]
    colour_of = {track: COLOURS[i % len(COLOURS)] for i, track in enumerate(family.index)}

    leaves = iter(range(len(family)))

    def place(track: int) -> float:
        daughters = family.index[family["parent_track_id"] == track]
        at[track] = float(np.mean([place(d) for d in daughters])) if len(daughters) else float(next(leaves))
        return at[track]

    at: dict[int, float] = {}
    place(founder)
    last = int(family["last_frame"].max())
    shown = np.linspace(0, last, 5).round().astype(int).tolist()
    figure = plt.figure(figsize=(9, 4.2), facecolor="white", layout="constrained")
    grid = figure.add_gridspec(2, len(shown), height_ratios=(1.0, 1.15))
    tree = figure.add_subplot(grid[0, :])
    for track, row in family.iterrows():
        tree.plot([row.first_frame, row.last_frame + 1], [at[track]] * 2, color=colour_of[track], lw=5)
        tree.text(row.first_frame + 0.4, at[track] - 0.12, f"track {track}", fontsize=9, va="bottom")
        if row.parent_track_id:
            tree.plot([row.first_frame] * 2, [at[row.parent_track_id], at[track]], color="#444444", lw=1.2)
    for frame in shown:
        tree.axvline(frame, color="#bbbbbb", lw=0.8, ls=":")
    tree.set(yticks=[], ylim=(max(at.values()) + 0.5, min(at.values()) - 0.9), xlim=(-0.5, last + 1.5), xlabel="frame")
    tree.spines[["top", "left", "right"]].set_visible(False)
    for column, frame in enumerate(shown):
        here = tracks[(tracks["frame"] == frame) & (tracks["lineage_id"] == founder)]
        axes = figure.add_subplot(grid[1, column])
        crop = (float(here["y_px"].mean()), float(here["x_px"].mean()))
        labels = _crop(cells, (frame,), crop)
        _panel(axes, _crop(image, (frame, 0), crop), np.where(np.isin(labels, family.index), labels, 0), colour_of)
        axes.set_title(f"frame {frame}", fontsize=9)
    figure.savefig(path, dpi=110)


def _repair(results: Path, name: str, path: Path) -> None:
    """For each case the frame before, the frame as it was segmented and as it was repaired, and the frame after."""
    tracks = pd.read_parquet(results / name / "tracks.parquet")
    movie = zarr.open_group(results / name / "movie.ome.zarr", mode="r")
    image, repaired = movie["0"], movie["labels/cells/0"]
    segmented = next(a for _, a in zarr.open_group(results / "work" / name / "labels-0.zarr", mode="r").arrays())
    titles = ("frame before", "as segmented", "repaired", "frame after")
    figure, all_axes = plt.subplots(len(CASES), 4, figsize=(7.2, 5.6), facecolor="white", layout="constrained")
    for (what, track, frame), row in zip(CASES, all_axes, strict=True):
        cell = tracks[(tracks["track_id"] == track) & (tracks["frame"] == frame)].iloc[0]
        assert cell["repaired"] == what
        centre = (cell["y_px"], cell["x_px"])
        colour_of: dict[int, str] = {track: COLOURS[0]}
        for axes, title, at in zip(row, titles, (frame - 1, frame, frame, frame + 1), strict=True):
            grey = _crop(image, (at, 0), centre)
            if title == "as segmented":
                labels = _crop(segmented, (at,), centre)
                white = dict.fromkeys(np.unique(labels).tolist(), "#ffffff")
                _panel(axes, grey, labels, white)
            else:
                _panel(axes, grey, _crop(repaired, (at,), centre), colour_of)
            if what == CASES[0][0]:
                axes.set_title(title, fontsize=10)
        row[0].set_ylabel(what, fontsize=11)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
