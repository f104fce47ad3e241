"""What dropping objects in doubt gains and costs: right and false objects for several values of the limit.

    python benchmarks/doubts.py

prints the table of docs/measurements/instances.md, for the shipped models on frames that took no part in training. An
object is right whose intersection with a true cell is more than half of their union.
"""

from pathlib import Path

import torch
from material import CHECKOUT
from trained import SHEETS, set_of, spread

from models import STILLS, counted
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.memory import keep_freed_memory
from sidewinder.instances import segment as stage
from sidewinder.model import CLASSES, Model, load_model
from sidewinder.normalization import ByQuantiles
from sidewinder.settings import InstanceSettings
from sidewinder.train.annotations import by_source, read_annotations
from sidewinder.train.validation import TILE_PX, maps_by

LIMITS = (0.0, stage.SHARE_TO_CERTAINTY, 0.5, 0.6)
FRAMES_OF_EACH = 12
# sets of which all cells of a frame are annotated
COMPLETE = ("SIM+", STILLS, "PSC", "T98G")


def rows_of(folder: Path) -> None:
    """Print the rows of one model."""
    model = load_model(folder)
    # the frames are normalised already
    engine = Engine(Model(model.network, ByQuantiles(), CLASSES, {}), TILE_PX, finish=as_uint8)
    kept = (frame for frame in read_annotations(SHEETS / f"{folder.name}.tsv", model.normalization) if frame.validate)
    for source, frames in by_source(kept).items():
        name = set_of(source)
        if not any(complete in name for complete in COMPLETE):
            continue
        chosen = frames if STILLS in name else spread(frames, FRAMES_OF_EACH)
        maps = list(maps_by(engine, chosen, model.pixel_size_um))
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
