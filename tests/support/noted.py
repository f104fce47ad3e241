"""An experiment whose jobs note when they begin and end, and in which every rule of the workflow is at work."""

import json
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import tifffile

from running import Workflow, copy_workflow
from segmented import discs, written
from sidewinder.simulate import training_frames

TARGETS = ("everything", "train", "annotate", "package", "explorer")
TRAINING = "{annotations: mine.tsv, model: models/mine, simulated_frames: 2, iterations: 3, base_width: 2, depth: 2}"
CONFIG = (
    "--config", "movies=movies.tsv", f"train={TRAINING}", "annotate={regions: 2, region_px: 64}",
    "explorer={movie: discs, region_px: 64}", "infer={device: cpu}",
    "exports=[ctc, geff, trackmate, napari, colorizer, video, ome_zarr_04]",
    # the same wherever it runs: the last digits of what is learnt depend on it
    "--set-threads", "infer=2", "train=2", "explorer=2",
)  # fmt: skip
# what makes the simulated movie small
SMALLER = {"n_frames: int = 40": "n_frames: int = 6", "(256, 256)": "(128, 128)", "n_cells=34": "n_cells=9"}


class Note(NamedTuple):
    """What a job has noted of itself."""

    what: str
    name: str
    process: int
    time_s: float
    cluster_job: str | None

    @property
    def rule(self) -> str:
        """The rule of the job."""
        return self.name.split("/")[0]


def noted_checkout(checkout: Path, copy: Path) -> Path:
    """A copy of the workflow whose jobs note that they run, and whose simulated movies are small."""
    copy_workflow(checkout, copy)
    (copy / "scripts" / "job.py").rename(copy / "scripts" / "unnoted_job.py")
    shutil.copy(Path(__file__).with_name("noted_job.py"), copy / "scripts" / "job.py")
    scenes = copy / "workflow" / "sidewinder" / "simulate" / "scenes.py"
    text = scenes.read_text()
    for old, new in SMALLER.items():
        assert old in text, old
        text = text.replace(old, new)
    scenes.write_text(text)
    return copy


@dataclass(frozen=True)
class Noted(Workflow):
    """An experiment in a working directory of its own.

    Parameters
    ----------
    arguments : tuple
        Of every run.
    """

    arguments: tuple[object, ...] = CONFIG

    def command(self, *arguments: object) -> list[str]:
        """The command line of a run, whose temporary files go to a folder of the experiment."""
        (self.folder / "temporary").mkdir(exist_ok=True)
        return [
            "env",
            f"TMPDIR={self.folder / 'temporary'}",
            *super().command(*arguments, *self.arguments),
        ]

    def prepare(self) -> None:
        """Write the sheet of movies, a movie that is not simulated, and annotated frames."""
        written(self.folder / "discs.tif", discs(4, side=128, radius_px=8, spacing_px=32))
        simulated = {"path": "simulated/plain/01.ome.tif", "truth": "simulated/plain/01_GT", "blocks": "2"}
        single = {"truth": "", "blocks": "1", "pixel_size_um": "0.5", "within": ""}
        self.sheet(
            "movies.tsv",
            {"movie": "plain", **simulated, "pixel_size_um": "", "within": ""},
            {"movie": "discs", "path": "discs.tif", **single},
            {"movie": "within", "path": "discs.tif", **single, "within": "discs"},
        )
        images, labels = training_frames(7, seed=3, shape=(96, 96))
        for folder, stacks, prefix in (("01", images, "t"), ("SEG", labels, "man_seg")):
            (self.folder / folder).mkdir()
            for frame, values in enumerate(stacks):
                path = self.folder / folder / f"{prefix}{frame:03}.tif"
                tifffile.imwrite(path, np.round(values).astype(np.uint16))
        self.sheet("mine.tsv", {"images": "01", "labels": "SEG", "complete": "yes"})

    def notes(self, what: str) -> list[Note]:
        """What jobs have noted, in order: "begun" or "ended"."""
        path = self.folder / "jobs.jsonl"
        notes = [Note(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
        return [note for note in notes if note.what == what]

    def at_work(self) -> list[Note]:
        """The jobs that have begun and not ended, and whose processes are there."""
        ended = {(note.process, note.name) for note in self.notes("ended")}
        begun = [note for note in self.notes("begun") if (note.process, note.name) not in ended]
        return [note for note in begun if psutil.pid_exists(note.process)]

    def note_start(self) -> None:
        """Note that a run is being started, beside what jobs note."""
        with open(self.folder / "jobs.jsonl", "a") as file:
            file.write(json.dumps(Note("started", "run", 0, time.time(), None)._asdict()) + "\n")

    def repeated(self) -> dict[str, int]:
        """How often jobs began again after they had ended well, by their names.

        What was still at work, on a cluster, when the next run was started may end while that run is being planned: it
        is done again.
        """
        lines = (self.folder / "jobs.jsonl").read_text().splitlines()
        at_work: set[int] = set()
        ended: set[str] = set()
        again: Counter[str] = Counter()
        for note in (Note(**json.loads(line)) for line in lines):
            again[note.name] += note.what == "begun" and note.name in ended
            at_work |= {note.process} if note.what == "begun" else set()
            ended |= {note.name} if note.what == "ended" and note.process in at_work else set()
            at_work = set() if note.what == "started" else at_work
        return {name: times for name, times in again.items() if times}
