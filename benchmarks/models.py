"""Every shipped model on every set, on frames that took no part in training, and `nuclei` on frames made worse.

    python benchmarks/models.py [model ...]

prints the tables of docs/measurements/training.md; other model folders are added as rows. Of each movie at most 15
frames are scored, evenly spread over those that the sheets in config/training keep from training; of stills all.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import worsened
from material import CHECKOUT
from trained import SHEETS, print_table, set_of, spread

from sidewinder.evaluate import match_frame
from sidewinder.infer.memory import keep_freed_memory
from sidewinder.model import Model, load_model
from sidewinder.store import read_tiff_frame
from sidewinder.train.annotations import AnnotatedFrame, by_source, read_annotations
from sidewinder.train.validation import seg_by_source, segment

MODELS = [CHECKOUT / "workflow" / "models" / name for name in ("nuclei", "phase", "dic")]
SHEETS_OF_SETS = ("nuclei.tsv", "phase.tsv", "dic.tsv", "msc.tsv")
FRAMES_OF_EACH = 15
STILLS = "BBBC038"
# grey values and labels to worse ones
Worse = Callable[[np.ndarray, np.ndarray], np.ndarray]
WORSE: dict[str, Worse] = {
    "as it is": lambda image, _: image,
    "1/2 of the contrast": lambda image, labels: worsened.fainter(image, labels, 1 / 2),
    "1/3": lambda image, labels: worsened.fainter(image, labels, 1 / 3),
    "1/5": lambda image, labels: worsened.fainter(image, labels, 1 / 5),
    "blur": lambda image, _: worsened.blurred(image),
    "uneven light": lambda image, _: worsened.unevenly_lit(image),
    "8 bits": lambda image, _: worsened.in_8_bits(image),
}


def counted(frames: list[AnnotatedFrame], found: list[np.ndarray]) -> tuple[int, int, float]:
    """Right and false objects of all frames, and F1; an object is right whose IoU with a true one is above 0.5."""
    matches = [match_frame(frame.labels, labels) for frame, labels in zip(frames, found, strict=True)]
    hits = sum(int((np.asarray(match.ious) > 0.5).sum()) for match in matches)
    n_true, n_found = (
        sum(np.unique(labels[labels > 0]).size for labels in images)
        for images in ([frame.labels for frame in frames], found)
    )
    return hits, n_found - hits, 2 * hits / max(n_true + n_found, 1)


def scored(model: Model, frames: list[AnnotatedFrame]) -> tuple[float, float]:
    """SEG and F1 on the frames of one set."""
    found = list(segment(model.network, frames, model.pixel_size_um))
    (seg,) = seg_by_source(frames, found).values()
    return seg, counted(frames, found)[2]


def on_all_sets(folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """SEG of a model on every set, and F1 on stills."""
    model, segs, f1s = load_model(folder), {}, {}
    for sheet in SHEETS_OF_SETS:
        kept = (frame for frame in read_annotations(SHEETS / sheet, model.normalization) if frame.validate)
        for source, frames in by_source(kept).items():
            name = set_of(source)
            stills = name.startswith(STILLS)
            segs[name], found = scored(model, frames if stills else spread(frames, FRAMES_OF_EACH))
            if stills:
                f1s[name] = found
            print(folder.name, name, segs[name], file=sys.stderr, flush=True)
    return segs, f1s


def on_worse(folder: Path) -> dict[str, float]:
    """SEG of a model on SIM+'s frames made worse, by the background of all of them."""
    model, row = load_model(folder), {}
    frames = [
        frame
        for frame in read_annotations(SHEETS / "nuclei.tsv", model.normalization)
        if frame.validate and "SIM+" in frame.source
    ]
    images = Path(frames[0].source).parents[1] / "01"
    raw = [read_tiff_frame(images / f"t{Path(frame.name).stem[-3:]}.tif") for frame in frames]
    for name, worse in WORSE.items():
        made = [worse(image, frame.labels) for image, frame in zip(raw, frames, strict=True)]
        limits = model.normalization.limits_of(np.stack(made))
        seen = [
            replace(frame, image=model.normalization.apply(image, *limits))
            for frame, image in zip(frames, made, strict=True)
        ]
        row[name], _ = scored(model, seen)
    return row


def main() -> None:
    """Print the tables."""
    torch.set_num_threads(2)
    keep_freed_memory()
    others = [Path(name) for name in sys.argv[1:]]
    scores = {folder.name: on_all_sets(folder) for folder in (*MODELS, *others)}
    print_table("SEG", {name: segs for name, (segs, _) in scores.items()})
    print()
    print_table("F1 of objects", {name: f1s for name, (_, f1s) in scores.items()})
    print()
    print_table("SIM+, SEG", {folder.name: on_worse(folder) for folder in (MODELS[0], *others)})


if __name__ == "__main__":
    main()
