"""How far an experiment is, from crafted results folders."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sidewinder.driver import lock, status
from sidewinder.driver.status import status_lines
from sidewinder.errors import UserError
from sidewinder.names import IMAGE, LONG_AGO_S, PUBLISHED
from sidewinder.plan import Plan
from sidewinder.sheet import Row

AT = "2026-11-22 10:00:00 "
BEGAN = f"{AT}on node7\n{AT}infer: 12/92 frames, 1.2 frames/s, 66 s left\n"
DONE = BEGAN + f"{AT}done in 77.0 s\n"
NO_RUN = "no run is going on"
HOUR = 3600


class Experiment:
    """A results folder, as far as its state can be seen; times are in seconds before now."""

    def __init__(self, results: Path) -> None:
        self.results, self.now = results, time.time()
        self.rows: dict[str, Row] = {}

    def movie(self, name: str, blocks: int = 1, truth: str | None = None) -> str:
        self.rows[name] = Row(2, name, f"{name}.tif", blocks=blocks, truth=truth)
        return name

    def image(self, path: str, n_frames: int) -> None:
        folder = self.results / path / "0"
        folder.mkdir(parents=True)
        (folder / "zarr.json").write_text(json.dumps({"shape": [n_frames, 1, 64, 64], "data_type": "uint16"}))

    def preprocessed(self, movie: str, n_frames: int) -> None:
        self.image(f"work/{movie}/{IMAGE}", n_frames)
        self.log(f"preprocess/{movie}", DONE, age=0)

    def done(self, movie: str, n_frames: int, age: float = 0, without: str | None = None) -> None:
        self.image(f"{movie}/{PUBLISHED}", n_frames)
        tables = "tracks.parquet", "tracks.csv", "lineage.csv", "warnings.csv"
        for name in (*tables, "overlay.png", "report.html", "ctc", "tracks.geff"):
            if name != without:
                (self.results / movie / name).touch()
        os.utime(self.results / movie, (self.now - age, self.now - age))

    def log(self, name: str, text: str, age: float) -> None:
        path = self.results / "logs" / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (self.now - age, self.now - age))

    def run_began(self, age: float) -> Path:
        self.results.mkdir(exist_ok=True)
        path = self.results / lock.NAME
        path.write_text("process 12 on node7\n")
        os.utime(path, (self.now - age, self.now - age))
        return path

    def lines(self) -> list[str]:
        config = {"movies": "s.tsv", "model": "nuclei", "exports": ["ctc", "geff"], "train": {"model": "models/mine"}}
        return status_lines(Plan(self.rows, config, Path("shipped")), self.results, self.results.parent)


@pytest.fixture
def experiment(tmp_path) -> Experiment:
    """An experiment without movies."""
    return Experiment(tmp_path / "results")


@pytest.fixture
def held(experiment) -> Iterator[Callable[[float], None]]:
    """Hold the experiment, by a run that began so many seconds ago."""
    files = []

    def hold(age: float) -> None:
        files.append(open(experiment.run_began(age)))
        fcntl.flock(files[-1], fcntl.LOCK_EX)

    yield hold
    for file in files:
        file.close()


def test_before_anything_all_movies_wait_and_nothing_is_made(experiment):
    for name in "ab":
        experiment.movie(name)
    assert experiment.lines() == ["2 movies: 0 done, 2 waiting", NO_RUN]
    assert not experiment.results.exists()


def test_a_run_at_work(experiment, held):
    held(4 * HOUR)
    experiment.done(experiment.movie("before"), n_frames=92, age=5 * HOUR)
    experiment.done(experiment.movie("now"), n_frames=92, age=HOUR)
    experiment.log(f"preprocess/{experiment.movie('bad')}", "ERROR: movie bad: raw/bad.tif: cut off", age=HOUR)
    experiment.preprocessed(experiment.movie("busy"), n_frames=92)
    experiment.log("infer/busy-0", BEGAN, age=2)
    experiment.preprocessed(experiment.movie("next"), n_frames=46)
    experiment.log(f"preprocess/{experiment.movie('silent')}", f"{AT}on node7\n", age=HOUR)
    experiment.movie("later")
    # one movie of 92 frames in four hours; 92, 46 and twice the mean of 80.5 are left
    assert experiment.lines() == [
        "7 movies: 2 done, 1 failed, 2 running, 2 waiting; 184 of about 564 frames; about 13 h left",
        "a run is going on: process 12 on node7, for 4 h",
        "failed       bad: raw/bad.tif: cut off (log: results/logs/preprocess/bad.log)",
        "running      busy: infer, 12/92 frames",
        "running      silent: preprocess, silent for 60 min",
    ]


def test_jobs_that_outlive_their_run_are_told_from_those_that_do_not(experiment):
    experiment.run_began(2 * HOUR)
    experiment.log(f"preprocess/{experiment.movie('lives')}", BEGAN, age=2)
    experiment.log(f"preprocess/{experiment.movie('silent')}", BEGAN, age=HOUR)
    experiment.log(f"preprocess/{experiment.movie('ended')}", BEGAN + f"{AT}interrupted: the run is gone\n", age=2)
    assert experiment.lines() == [
        "3 movies: 0 done, 1 running, 2 interrupted",
        "no run is going on, but jobs of the last one are",
        "running      lives: preprocess, 12/92 frames",
        "interrupted  silent: cut off at preprocess, 12/92 frames; the next run makes it again",
        "interrupted  ended: cut off at preprocess, 12/92 frames; the next run makes it again",
    ]


def test_what_an_earlier_run_left_is_said_so(experiment, held):
    held(HOUR)
    error = "ERROR: movie x: no memory"
    experiment.log(f"preprocess/{experiment.movie('failed')}", error, age=2 * HOUR)
    experiment.log(f"preprocess/{experiment.movie('cut')}", BEGAN, age=2 * HOUR)
    experiment.preprocessed(experiment.movie("again"), n_frames=92)
    experiment.log("track/again", error, age=2 * HOUR)
    experiment.log("infer/again-0", BEGAN, age=2)
    experiment.preprocessed(experiment.movie("repaired"), n_frames=92)
    experiment.log("preprocess/repaired", error, age=2 * HOUR)
    assert experiment.lines() == [
        "4 movies: 0 done, 1 failed, 1 running, 1 interrupted, 1 waiting; 0 of about 368 frames; "
        "time left not known yet",
        "a run is going on: process 12 on node7, for 60 min",
        "failed       failed: in an earlier run: no memory (log: results/logs/preprocess/failed.log)",
        "running      again: infer, 12/92 frames",
        "interrupted  cut: cut off at preprocess, 12/92 frames; the next run makes it again",
    ]


def test_blocks_are_looked_at_one_by_one_and_one_that_failed_fails_the_movie(experiment):
    experiment.run_began(HOUR)
    for name in ("a", "b"):
        experiment.preprocessed(experiment.movie(name, blocks=3), n_frames=92)
        experiment.log(f"infer/{name}-0", BEGAN, age=2)
        experiment.log(f"infer/{name}-1", DONE, age=2)
        experiment.log(f"instances/{name}-1", BEGAN, age=1)
        (experiment.results / "work" / name / "maps-1.zarr").mkdir()
        # ended well, whatever the log of the maps, which are gone, says
        (experiment.results / "work" / name / "cells-2.parquet").touch()
        experiment.log(f"infer/{name}-2", "ERROR: movie a: stale", age=0)
    experiment.log("infer/b-0", "ERROR: movie b: no GPU", age=3)
    assert experiment.lines()[2:] == [
        "failed       b: no GPU (log: results/logs/infer/b-0.log)",
        "running      a: instances of block 1, 12/92 frames",
    ]


def test_a_movie_is_done_when_all_its_products_are_there(experiment):
    for name, without in {"all": None, "no_geff": "tracks.geff"}.items():
        experiment.done(experiment.movie(name), n_frames=10, without=without)
    experiment.done(experiment.movie("no_scores", truth="01_GT"), n_frames=10)
    experiment.log("geff/no_geff", "ERROR: movie no_geff: no space is left", age=0)
    experiment.log("evaluate/no_scores", f"{AT}on node7\n", age=0)
    # what is there counts, not what an old log says of it
    for name in ("all", "no_scores"):
        experiment.log(f"overlay/{name}", f"ERROR: movie {name}: stale", age=0)
    assert experiment.lines() == [
        "3 movies: 1 done, 1 failed, 1 running; 10 of 30 frames",
        "no run is going on, but jobs of the last one are",
        "failed       no_geff: no space is left (log: results/logs/geff/no_geff.log)",
        "running      no_scores: evaluate",
    ]


def test_tables_of_all_movies_that_failed_are_named_until_they_are_there(experiment):
    experiment.done(experiment.movie("a"), n_frames=10)
    experiment.log("experiment/experiment", "ERROR: experiment: two movies of one name", age=0)
    failed = "failed       all movies: two movies of one name (log: results/logs/experiment/experiment.log)"
    assert experiment.lines() == ["1 movie: 1 done; 10 of 10 frames", NO_RUN, failed]
    (experiment.results / "summary.csv").touch()
    assert experiment.lines() == ["1 movie: 1 done; 10 of 10 frames", NO_RUN]


@pytest.mark.case("results", "status: a movie whose re-run failed")
def test_a_movie_whose_re_run_failed_is_not_done_though_its_old_results_are_there(experiment, shown):
    experiment.run_began(HOUR)
    for name in ("good", "hurt", "cut", "cleared", "infer"):
        experiment.done(experiment.movie(name), n_frames=10, age=2 * HOUR)
    experiment.preprocessed("good", n_frames=10)
    (experiment.results / "work" / "good" / "cells-0.parquet").touch()
    # what a job is to make again is taken away before it begins
    for name in ("hurt", "cut", "cleared"):
        (experiment.results / "work" / name).mkdir()
    experiment.log("preprocess/hurt", "ERROR: movie hurt: hurt.tif: is cut off", age=1)
    experiment.log("preprocess/cut", BEGAN, age=HOUR / 2)
    experiment.log("preprocess/cleared", DONE, age=2 * HOUR)
    experiment.preprocessed("infer", n_frames=10)
    experiment.log("infer/infer-0", "ERROR: movie infer: no GPU", age=1)
    tables = [experiment.results / name for name in ("experiment.parquet", "summary.csv")]
    for table in tables:
        table.touch()
        os.utime(table, (experiment.now - 2 * HOUR,) * 2)
    lines = [
        "5 movies: 2 done, 2 failed, 1 interrupted; 20 of 50 frames",
        NO_RUN,
        "failed       hurt: hurt.tif: is cut off (log: results/logs/preprocess/hurt.log)",
        "failed       infer: no GPU (log: results/logs/infer/infer-0.log)",
        "interrupted  cut: cut off at preprocess, 12/92 frames; the next run makes it again",
    ]
    assert experiment.lines() == [*lines, "results/experiment.parquet and results/summary.csv are of an earlier run"]
    shown(lines[2], 0)
    # those that were made in spite of the failures
    os.utime(tables[1], (LONG_AGO_S, LONG_AGO_S))
    assert experiment.lines() == lines


@pytest.mark.case("results", "a results folder that may not be read")
def test_a_folder_that_cannot_be_read_is_named(experiment, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(status.os, "listdir", refuse)
    with pytest.raises(UserError, match=r"results cannot be read: Permission denied$"):
        experiment.lines()


COUNT = """
import sys
sys.path.insert(0, sys.argv[1])
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_status import Experiment
experiment = Experiment(Path(sys.argv[3]))
n_movies = 10_000
for index in range(n_movies):
    experiment.movie(f"m{index}")
assert not {"numpy", "pandas", "zarr", "torch"} & set(sys.modules), "imports something heavy"
seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, arguments)))
print(experiment.lines()[0])
seen = [event for event, arguments in seen if arguments and str(arguments[0]).startswith(sys.argv[3])]
print(*(seen.count(event) for event in ("open", "os.listdir", "os.scandir")))
"""


def test_of_10_000_movies_only_those_that_have_begun_cost_a_few_calls(experiment, checkout):
    held = experiment.run_began(HOUR)
    for index in range(300):
        if index < 100:
            experiment.done(f"m{index}", n_frames=10)
        else:
            experiment.preprocessed(f"m{index}", n_frames=10)
        for stage in ("infer", "instances"):
            experiment.log(f"{stage}/m{index}-0", DONE if index < 200 else BEGAN, age=0)
        if 100 <= index < 200:
            (experiment.results / "work" / f"m{index}" / "cells-0.parquet").touch()
    command = [sys.executable, "-c", COUNT, checkout / "workflow", checkout / "tests" / "driver", experiment.results]
    with open(held) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    overview, calls = result.stdout.splitlines()
    assert overview.startswith("10,000 movies: 100 done, 100 running, 9,800 waiting; 1,000 of about 100,000 frames")
    n_opened, n_listed, n_scanned = map(int, calls.split())
    # each movie that has begun: its folder, its number of frames; of those at work two logs; and the lock
    assert n_opened == 300 + 2 * 100 + 1
    # and results, work, logs, three stages
    assert n_listed == 300 + 6
    assert n_scanned == 0
