"""Every shipped model on every set: SEG on frames that took no part in training.

    python benchmarks/models.py [model ...]

prints the table of docs/measurements/training.md; other model folders are added as rows. Of each set at most 15 frames
are scored, evenly spread over those that the sheets in config/training keep from training.
"""

import sys
from pathlib import Path

import torch
from material import CHECKOUT
from trained import SHEETS, print_table, spread

from sidewinder.infer.memory import keep_freed_memory
from sidewinder.model import load_model
from sidewinder.train.annotations import by_source, read_annotations
from sidewinder.train.validation import validate

MODELS = [CHECKOUT / "workflow" / "models" / name for name in ("nuclei", "phase")]
FRAMES_OF_EACH = 15


def main() -> None:
    """Print the table."""
    torch.set_num_threads(2)
    keep_freed_memory()
    rows = {}
    for folder in (*MODELS, *map(Path, sys.argv[1:])):
        model = load_model(folder)
        rows[folder.name] = {}
        for sheet in ("nuclei.tsv", "phase.tsv", "msc.tsv"):
            kept = (frame for frame in read_annotations(SHEETS / sheet, model.normalization) if frame.validate)
            for source, frames in by_source(kept).items():
                (seg,) = validate(model.network, spread(frames, FRAMES_OF_EACH), model.pixel_size_um).values()
                rows[folder.name][Path(source).parts[-3]] = seg
                print(folder.name, source, seg, file=sys.stderr, flush=True)
    print_table("model", rows)


if __name__ == "__main__":
    main()
