"""What the shipped models lose when their skip connections are switched off after training: all sixteen combinations.

    python benchmarks/skips_switched.py [threads]

prints the table of docs/measurements/training.md and hands it to the explorer page, where the same switches are. Scores
are those of benchmarks/skips.py, whose networks were trained without the connections that they lack; here the expanding
path finds zeros in place of what it has learnt to take. The frames are four of each set, evenly spread over those kept
from training; all of them are scored there, too.
"""

import itertools
import logging
import sys

import torch
from material import CHECKOUT
from skip_scores import boundary_by_source, write_for_explorer
from trained import SHEETS, print_table, set_of, spread

from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.memory import keep_freed_memory
from sidewinder.model import load_model
from sidewinder.train.annotations import AnnotatedFrame, by_source, read_annotations
from sidewinder.train.validation import TILE_PX, seg_by_source, segment_by

log = logging.getLogger(__name__)
FRAMES_OF_EACH = 4
# finest first
SWITCHED = list(itertools.product((True, False), repeat=4))


def scored(engine: Engine, frames: list[AnnotatedFrame], pixel_size_um: float | None) -> dict[str, float]:
    """Both scores of a set, by column."""
    found = list(segment_by(engine, frames, pixel_size_um))
    (source,) = by_source(frames)
    return {
        set_of(source): seg_by_source(frames, found)[source],
        f"{set_of(source)}, boundary": boundary_by_source(frames, found)[source],
    }


def main() -> None:
    """Print the table."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    keep_freed_memory()
    rows: dict[tuple[bool, ...], dict[str, float]] = {skips: {} for skips in SWITCHED}
    for name in ("nuclei", "phase"):
        model = load_model(CHECKOUT / "workflow" / "models" / name)
        engine = Engine(model, TILE_PX, finish=as_uint8)
        kept = by_source(
            frame for frame in read_annotations(SHEETS / f"{name}.tsv", model.normalization) if frame.validate
        )
        for frames, skips in itertools.product(kept.values(), SWITCHED):
            engine.skips = skips
            scores = scored(engine, spread(frames, FRAMES_OF_EACH), model.pixel_size_um)
            log.info("%s", f"{name}: {words(skips)}: {scores}")
            rows[skips] |= scores
    print_table("on, finest on the left", {words(skips): scores for skips, scores in rows.items()})
    of_explorer = [({"skips": skips}, scores) for skips, scores in rows.items()]
    write_for_explorer("switched", "python benchmarks/skips_switched.py", of_explorer, frames_of_each=FRAMES_OF_EACH)


def words(skips: tuple[bool, ...]) -> str:
    """Which are on, in a row's name."""
    return " ".join("on" if skip else "off" for skip in skips)


if __name__ == "__main__":
    main()
