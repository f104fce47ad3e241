"""What dropping objects in doubt gains and costs: right and false objects for several values of the limit.

    python benchmarks/doubts.py

prints the table of docs/measurements/instances.md, for the shipped models on frames that took no part in training. An
object is right whose intersection with a true cell is more than half of their union.
"""

from pathlib import Path

import numpy as np
import torch
from material import CHECKOUT
from trained import SHEETS, set_of, spread

from sidewinder.evaluate import match_frame
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.frame import frame_maps
from sidewinder.infer.memory import keep_freed_memory
from sidewinder.infer.rescale import scaled_shape
from sidewinder.instances import segment as stage
from sidewinder.model import CLASSES, Model, load_model
from sidewinder.normalization import ByQuantiles
from sidewinder.settings import InstanceSettings
from sidewinder.train.annotations import AnnotatedFrame, by_source, read_annotations
from sidewinder.train.validation import TILE_PX

LIMITS = (0.0, stage.SHARE_TO_CERTAINTY, 0.5, 0.6)
FRAMES_OF_EACH = 12
# sets of which all cells of a frame are annotated
COMPLETE = ("SIM+", "BBBC038", "PSC", "T98G")


def maps_of(engine: Engine, frame: AnnotatedFrame, pixel_size_um: float | None) -> np.ndarray:
    """What the network makes of a frame that is normalised already."""
    shape = frame.image.shape
    if pixel_size_um is not None and frame.pixel_size_um is not None:
        shape = scaled_shape(shape, frame.pixel_size_um, pixel_size_um)
    return frame_maps(engine, frame.image[None], shape)


def counted(frames: list[AnnotatedFrame], found: list[np.ndarray]) -> tuple[int, int, float]:
    """Right and false objects, and F1."""
    hits = sum(
        int((np.asarray(match_frame(frame.labels, labels).ious) > 0.5).sum())
        for frame, labels in zip(frames, found, strict=True)
    )
    n_found, n_true = (
        sum(np.unique(labels[labels > 0]).size for labels in images)
        for images in (found, [frame.labels for frame in frames])
    )
    return hits, n_found - hits, 2 * hits / max(n_found + n_true, 1)


def rows_of(folder: Path) -> None:
    """Print the rows of one model."""
    model = load_model(folder)
    engine = Engine(Model(model.network, ByQuantiles(), CLASSES, {}), TILE_PX, finish=as_uint8)
    kept = (frame for frame in read_annotations(SHEETS / f"{folder.name}.tsv", model.normalization) if frame.validate)
    for source, frames in by_source(kept).items():
        name = set_of(source)
        if not any(complete in name for complete in COMPLETE):
            continue
        chosen = frames if "BBBC038" in name else spread(frames, FRAMES_OF_EACH)
        maps = [maps_of(engine, frame, model.pixel_size_um) for frame in chosen]
        cells = []
        for stage.SHARE_TO_CERTAINTY in LIMITS:
            hits, false, f1 = counted(chosen, [stage.segment_frame(one, InstanceSettings()) for one in maps])
            cells.append(f"{hits}, {false}, {f1:.3f}")
        print(f"|{name}|{'|'.join(cells)}|", flush=True)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(2)
    keep_freed_memory()
    print(f"|right, false, F1|{'|'.join(map(str, LIMITS))}|\n|---|{'---|' * len(LIMITS)}")
    for name in ("nuclei", "phase"):
        rows_of(CHECKOUT / "workflow" / "models" / name)


if __name__ == "__main__":
    main()
