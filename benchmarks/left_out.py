"""Each set left out in turn: what the recipe of the shipped models learns from the others, scored on what it never saw.

    python benchmarks/left_out.py [folder [iterations [seeds [set ...]]]]

prints a table; a recipe is chosen by the mean of its scores. Trainings are those of config/training with fewer
iterations. What is done is kept in the folder, and goes on where it was stopped.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from trained import SHEETS, Frames, print_table, set_of, spread, trained

from models import FRAMES_OF_EACH, STILLS, on_worse, scored
from sidewinder.infer.memory import keep_freed_memory
from sidewinder.model import load_model
from sidewinder.plain_yaml import load_yaml
from sidewinder.settings import TrainSettings, from_section
from sidewinder.train.annotations import AnnotatedFrame, read_annotations
from sidewinder.train.recipe import Recipe
from sidewinder.train.run import normalization_of

# what is left out together, by the model that it would be part of
LEFT_OUT = {
    "nuclei": {
        "SIM+": ["Fluo-N2DH-SIM+"], "GOWT1": ["Fluo-N2DH-GOWT1"], "HeLa": ["Fluo-N2DL-HeLa"],
        "256x256": ["256x256"], "360x360": ["360x360"], "520x696": ["520x696"], "small kinds": ["256x320", "603x1272"],
    },
    "phase": {"U373": ["U373"], "PSC": ["PSC"], "T98G": ["T98G"]},
}  # fmt: skip


@dataclass(frozen=True)
class Family:
    """A shipped model's recipe and annotated frames."""

    name: str
    settings: TrainSettings
    frames: list[AnnotatedFrame]

    @classmethod
    def read(cls, name: str) -> "Family":
        """What config/training says of a model."""
        section = load_yaml((SHEETS / f"{name}.yaml").read_text())["train"]
        settings = from_section(TrainSettings, "train", {key: section[key] for key in section if key != "model"})
        return cls(name, settings, read_annotations(SHEETS / f"{name}.tsv", normalization_of(settings)))

    def without(self, kinds: list[str]) -> Frames:
        """What is learnt from when these sets are left out, and the frames of theirs that are scored."""
        left_out = [frame for frame in self.frames if any(kind in frame.source for kind in kinds)]
        known = {id(frame) for frame in left_out}
        kept = [frame for frame in left_out if frame.validate]
        stills = STILLS in kept[0].source
        return Frames(
            [frame for frame in self.frames if id(frame) not in known and not frame.validate],
            kept if stills else spread(kept, FRAMES_OF_EACH),
        )


def scores(folder: Path, family: Family, name: str, iterations: int, seed: int) -> dict[str, float]:
    """What the training of one seed reaches on the set that it was not shown; kept beside its model."""
    frames = family.without(LEFT_OUT[family.name][name])
    settings = replace(family.settings, iterations=iterations, seed=seed)
    path = trained(folder, settings, Recipe(), frames, torch.get_num_threads())
    kept = path / f"left_out-{name}.json"
    if not kept.is_file():
        seg, f1 = scored(load_model(path), frames.scored)
        found = {"SEG": seg, "F1": f1} if STILLS in set_of(frames.scored[0].source) else {"SEG": seg}
        if name == "SIM+":
            found |= {f"SEG, {worse}": value for worse, value in on_worse(path).items() if worse != "as it is"}
        kept.write_text(json.dumps(found))
    return json.loads(kept.read_text())


def rows(folder: Path, iterations: int, seeds: int, only: list[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """The mean scores over seeds of each set."""
    for model, left_out in LEFT_OUT.items():
        chosen = [name for name in left_out if not only or name in only]
        family = Family.read(model) if chosen else None
        for name in chosen:
            assert family is not None
            of_seeds = [scores(folder, family, name, iterations, seed) for seed in range(seeds)]
            row = {key: float(np.mean([found[key] for found in of_seeds])) for key in of_seeds[0]}
            print(name, row, file=sys.stderr, flush=True)
            yield name, row


def main() -> None:
    """Print the table."""
    torch.set_num_threads(2)
    keep_freed_memory()
    folder, iterations, seeds, *only = [*sys.argv[1:], *("", "1500", "1")[len(sys.argv) - 1 :]]
    where = Path(folder or tempfile.mkdtemp()).resolve()
    where.mkdir(parents=True, exist_ok=True)
    print_table("left out", dict(rows(where, int(iterations), int(seeds), only)))


if __name__ == "__main__":
    main()
