"""A small experiment: raw data, a model, and jobs that keep records of what they were made of, without Snakemake."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sidewinder.names import CARD, WEIGHTS
from sidewinder.plan import Plan
from sidewinder.provenance.changes import Changes
from sidewinder.provenance.comparison import Comparison
from sidewinder.provenance.keeping import VARIABLE, Job, keep_records, recorded
from sidewinder.provenance.record import BEFORE, names_of
from sidewinder.provenance.sources import SOURCES
from sidewinder.sheet import Row

CONFIG = {"movies": "s.tsv", "model": "./mine", "results": "results", "exports": [], "train": {"model": "./other"}}
SETTINGS = {"instances": {"min_area_px": 30}, "track": {"max_gap_frames": 2, "repair": True}}


@dataclass
class Experiment:
    """Movies of which everything is made by jobs that do nothing but keep their records."""

    plan: Plan

    def job(self, stage: str, movie: str, block: int | None = None, outputs: tuple[str, ...] = ()) -> Job:
        """A job as its rule describes it."""
        row = self.plan.row(movie)
        sources = {"raw": row.path, "model": self.plan.model_folder(movie), "labels": row.labels, "truth": row.truth}
        sources |= {"region": row.region}
        params = {param: sources[kind] for kind, param in SOURCES.get(stage, {}).items()}
        name = movie if block is None else f"{movie}-{block}"
        return Job(
            log=f"results/logs/{stage}/{name}.log",
            wildcards={"movie": movie} if block is None else {"movie": movie, "block": str(block)},
            params=self.plan.settings_of(stage, movie) | params,
            inputs=[f"results/work/{movie}/cells-{number}.parquet" for number in range(row.blocks)],
            outputs=outputs,
            threads=2,
        )

    def make(self, *stages: str) -> None:
        """Run the jobs of stages, of all movies; of all stages if none is named."""
        for movie, row in self.plan.rows.items():
            for stage in stages or BEFORE:
                if stage == "infer" and row.labels:
                    continue
                for name in names_of(stage, movie, range(row.blocks)):
                    block = name.rpartition("-")[2]
                    with recorded(self.job(stage, movie, int(block) if block.isdecimal() else None)):
                        pass

    def changes(self) -> dict[str, Changes]:
        """What has changed, of the movies of which something has."""
        found = Comparison(self.plan, "results", with_settings=True).changes()
        return {one.movie: one for one in found if one.why or one.gone or one.touched}

    def why(self) -> dict[str, list[tuple[str, str]]]:
        """Which stages are to be run again and why."""
        return {movie: one.why for movie, one in self.changes().items() if one.why}


@pytest.fixture
def experiment(tmp_path, monkeypatch) -> Experiment:
    """A movie `a` of three frames, and a movie `b` in one file, with truth and in two blocks."""
    monkeypatch.chdir(tmp_path)
    for name in ("frames/t0.tif", "frames/t1.tif", "frames/t2.tif", "b.tif", "GT/TRA/man_track.txt"):
        write(Path(name), name)
    for name in (CARD, WEIGHTS):
        write(Path("mine", name), name)
    rows = [Row(2, "a", "frames"), Row(3, "b", "b.tif", blocks=2, truth="GT")]
    monkeypatch.setenv(VARIABLE, "")
    keep_records("results")
    return Experiment(Plan({row.movie: row for row in rows}, CONFIG | SETTINGS, Path("shipped")))


def write(path: Path, text: str, age_s: float = 0) -> None:
    """Write a file, as if it had been written before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    time_s = path.stat().st_mtime - age_s
    os.utime(path, (time_s, time_s))


@pytest.fixture
def rewritten() -> Callable[..., None]:
    """A function that writes a file with another date."""
    return write
