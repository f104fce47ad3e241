"""Short trainings that are scored: what the tables of docs/measurements/training.md are made of.

What a training has scored is kept in the folder, so that a benchmark that was killed goes on where it was, and two
that need the same training share it.
"""

import json
import logging
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

import torch
from material import CHECKOUT

from sidewinder.infer.memory import keep_freed_memory
from sidewinder.model import CLASSES, load_model, save_model
from sidewinder.settings import TrainSettings
from sidewinder.train.annotations import AnnotatedFrame, by_source, read_annotations
from sidewinder.train.checkpoint import remove_checkpoint
from sidewinder.train.crops import Crops
from sidewinder.train.loop import fit
from sidewinder.train.recipe import Recipe
from sidewinder.train.run import first_network, normalization_of, simulated_frames
from sidewinder.train.validation import validate

SCORED_OF_EACH = 8
SHEETS = CHECKOUT / "config" / "training"
# short, and all alike
NUCLEI = TrainSettings(
    simulated_frames=100, pixel_size_um=0.35, diameter_px=(12, 70), iterations=400, crop_px=128, seed=1
)
PHASE = TrainSettings(pixel_size_um=0.65, diameter_px=(12, 75), gamma=1.0, iterations=400, crop_px=128, seed=1)


@dataclass(frozen=True)
class Frames:
    """Annotated frames to learn from, and others to score on."""

    training: list[AnnotatedFrame]
    scored: list[AnnotatedFrame]

    def of(self, *names: str) -> "Frames":
        """To learn only from the sets of these names."""
        return Frames([frame for frame in self.training if any(name in frame.source for name in names)], self.scored)


def frames_of(sheet: str, settings: TrainSettings) -> Frames:
    """The frames of one of the sheets that the shipped models were made of; a few of each set are scored on."""
    frames = read_annotations(SHEETS / sheet, normalization_of(settings))
    kept = by_source(frame for frame in frames if frame.validate).values()
    return Frames(
        [frame for frame in frames if not frame.validate],
        [frame for of_set in kept for frame in spread(of_set, SCORED_OF_EACH)],
    )


def set_of(source: str) -> str:
    """The name of the set that a folder of masks is of, such as SIM+ or one kind of the stills of BBBC038."""
    *_, name, kind, _ = Path(source).parts
    return f"{name} {kind}" if "x" in kind else name


def spread(frames: list[AnnotatedFrame], number: int) -> list[AnnotatedFrame]:
    """At most so many of a movie's frames, evenly spread, beginning with the first."""
    number = min(number, len(frames))
    return [frames[index * len(frames) // number] for index in range(number)]


def trained(folder: Path, settings: TrainSettings, recipe: Recipe, frames: Frames, threads: int) -> Path:
    """A model folder, made unless it is there."""
    key = _key([asdict(settings), asdict(recipe), sorted(frame.name for frame in frames.training)])
    path = folder / key
    if not path.is_dir():
        torch.set_num_threads(threads)
        network, normalization = first_network(settings, recipe)
        simulated = simulated_frames(settings, normalization) if settings.simulated_frames else []
        crops = Crops(frames.training, simulated, settings, recipe, settings.pixel_size_um, normalization)
        network, _ = fit(network, crops, folder / f"{key}.checkpoint", lambda now: {}, threads)
        remove_checkpoint(folder / f"{key}.checkpoint")
        save_model(path, network, normalization, CLASSES, {"pixel_size_um": settings.pixel_size_um})
    return path


def scored(folder: Path, settings: TrainSettings, recipe: Recipe, frames: Frames, threads: int) -> dict[str, float]:
    """SEG of a training on frames that it did not learn from, by their set."""
    path = trained(folder, settings, recipe, frames, threads)
    scores = path / f"scores-{_key(sorted(frame.name for frame in frames.scored))}.json"
    if not scores.is_file():
        by_source = validate(load_model(path).network, frames.scored, settings.pixel_size_um)
        scores.write_text(json.dumps({set_of(source): seg for source, seg in by_source.items()}))
    return json.loads(scores.read_text())


def _key(what: list) -> str:
    """A short name of what can be written as JSON."""
    return sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def of_one_movie(settings: TrainSettings, iterations: int, start_from: str = "") -> TrainSettings:
    """How one movie is learnt: from scratch, or more slowly from a model of others."""
    rate = 1e-3 if start_from else settings.learning_rate
    return replace(
        settings, simulated_frames=0, diameter_px="auto", iterations=iterations, start_from=start_from,
        learning_rate=rate,
    )  # fmt: skip


def folder_and_threads() -> tuple[Path, int]:
    """The command line of these benchmarks: [folder [threads]]."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    keep_freed_memory()
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder, int(sys.argv[2]) if len(sys.argv) > 2 else 2


def print_table(first: str, rows: dict[str, dict[str, float]]) -> None:
    """Markdown: one row a training, one column a set."""
    columns = list(dict.fromkeys(column for scores in rows.values() for column in scores))
    print(f"|{first}|{'|'.join(columns)}|\n|---|{'---|' * len(columns)}")
    for name, scores in rows.items():
        print(f"|{name}|{'|'.join(_cell(scores.get(column)) for column in columns)}|")


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
