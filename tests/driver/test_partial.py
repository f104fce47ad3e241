"""The tables of all movies after a run that has not finished all of them."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reported import carried
from sidewinder import tables
from sidewinder.driver.outcome import Outcome
from sidewinder.driver.partial import renew_tables
from sidewinder.driver.progress import Progress
from sidewinder.driver.snakemake_inside import Job
from sidewinder.errors import UserError
from sidewinder.names import LONG_AGO_S
from sidewinder.plan import Plan
from sidewinder.sheet import Row
from sidewinder.store import write_image

TABLES = "results/experiment.parquet and results/summary.csv"
BEGUN = f"{TABLES} are made of the movies that are done ..."
BAD = {"bad": Outcome("failed", "bad.tif: is cut off", frozenset({"preprocess", "track", "publish"}))}


@pytest.fixture
def results(tmp_path) -> Path:
    """The results of three movies, of a run or of the one before it."""
    size = {"n_frames": 1, "shape_cyx": (1, 4, 4), "dtype": np.uint8, "attributes": {}, "channel_names": ["a"]}
    scales = {"pixel_size_um": None, "frame_interval_s": None}
    for movie in ("good", "bad", "scored"):
        folder = tmp_path / "results" / movie
        write_image(folder / "movie.ome.zarr", np.zeros((1, 1, 4, 4), np.uint8), **size, **scales)
        pd.DataFrame({"movie": [movie], "track_id": [1], "frame": [0]}).to_parquet(folder / "tracks.parquet")
        (folder / "lineage.csv").write_text("track_id,lineage_id,fate\n1,1,end\n")
        (folder / "scores.csv").write_text(f"movie,SEG\n{movie},0.5\n")
    return tmp_path / "results"


@pytest.fixture
def renew(results) -> Callable[..., list[str]]:
    """End a run of the three movies in which some are not done."""

    def end(
        found: dict[str, Outcome], asked: bool = True, made: bool = False, at: str = "", failed: bool = True
    ) -> list[str]:
        rows = {movie: Row(2, movie, f"{movie}.tif", extra={"dose": "1"}) for movie in ("good", "bad")}
        rows["scored"] = Row(4, "scored", "scored.tif", truth="01_GT")
        plan = Plan(rows, {"exports": []}, Path("shipped"))
        progress = Progress(f"{results}/logs", rows)
        jobs = [Job({}, f"{at}{results}/logs/experiment/experiment.log")] * asked
        progress.begin(jobs, [] if made else jobs)
        progress.failed([Job({"movie": "bad"}, f"{results}/logs/track/bad.log")] * failed, again=False)
        return list(renew_tables(results, results.parent, plan, progress, found))

    return end


@pytest.mark.case("results", "a movie fails: the tables of all movies are made of the others")
def test_old_files_of_a_movie_that_failed_are_left_out_and_scores_that_were_not_made(renew, results, shown):
    (results / "good" / "warnings.csv").write_text("movie,kind,first_frame,last_frame,message\ngood,dim,0,0,too dim\n")
    (results / "bad" / "warnings.csv").write_text("an old one")
    found = BAD | {"scored": Outcome("failed", "01_GT: no truth", frozenset({"evaluate"}))}
    lines = renew(found)
    shown("\n".join(lines[2:]), 1)
    assert lines == [
        BEGUN,
        "WARNING: movie good, frame 0: too dim",
        "1 of 3 movies is not in results/experiment.parquet: bad",
        "1 of 3 movies is in results/experiment.parquet, but not done: scored",
        "Why stands in results/summary.csv, in the columns state and reason.",
    ]
    assert pd.read_parquet(results / "experiment.parquet")["movie"].tolist() == ["good", "scored"]
    page = json.loads(carried(results / "report.html", "facts"))
    rows = [(movie["movie"], movie["state"], movie["reason"], "values" in movie) for movie in page["movies"]]
    assert rows == [
        ("good", "done", "", True),
        ("bad", "failed", "bad.tif: is cut off", False),
        ("scored", "failed", "01_GT: no truth", True),
    ]
    summary = pd.read_csv(results / "summary.csv", keep_default_na=False)
    assert summary["movie"].tolist() == ["good", "bad", "scored"]
    assert summary["state"].tolist() == ["done", "failed", "failed"]
    assert summary["reason"].tolist() == ["", "bad.tif: is cut off", "01_GT: no truth"]
    assert summary["warnings"].tolist() == ["dim (frames 0)", "", ""]
    assert summary["dose"].tolist() == ["1", "1", ""]
    assert "SEG" not in summary


def test_a_damaged_table_costs_its_movie_alone(renew, results):
    (results / "good" / "tracks.parquet").write_text("cut off")
    assert renew(BAD)[1] == "2 of 3 movies are not in results/experiment.parquet: good, bad"
    assert pd.read_csv(results / "summary.csv")["SEG"].tolist()[2] == 0.5


def test_tables_that_are_made_and_of_which_nothing_failed_stay(renew, results):
    assert renew({}, made=True) == []
    assert not (results / "summary.csv").exists()
    assert renew({}) == [BEGUN]
    assert pd.read_csv(results / "summary.csv")["state"].tolist() == ["done"] * 3


def test_a_run_that_was_not_to_make_the_tables_does_not(renew, results):
    assert renew(BAD, asked=False) == []
    (results / "summary.csv").write_text("movie\nold\n")
    assert renew(BAD, asked=False) == [f"{TABLES} are of an earlier run: this one was not asked for them"]
    assert renew({}, asked=False) == []
    assert (results / "summary.csv").read_text() == "movie\nold\n"


@pytest.mark.case("results", "a run is interrupted before it makes the tables")
def test_a_run_that_was_interrupted_takes_no_complete_tables_away(renew, results, shown):
    summary = results / "summary.csv"
    summary.write_text("movie\nold\n")
    late = {"bad": Outcome("missing", "not made: the run ended before its turn", BAD["bad"].left)}
    assert renew(late, failed=False) == [f"{TABLES} are of an earlier run: this one ended before it made them"]
    shown(*renew(late, failed=False), 1)
    assert summary.read_text() == "movie\nold\n"
    # those that are of this run, or not complete, are made again
    for made in (True, False):
        assert "1 of 3 movies is not in" in renew(late, made=made, failed=False)[1]
    assert summary.stat().st_mtime == LONG_AGO_S


def test_in_a_store_no_tables_are_made(renew, results):
    said = f"{TABLES} were not made: the results lie in a store, from which only a run without a failure makes them"
    assert renew(BAD, at=".snakemake/storage/s3/lab/") == [said]
    assert not (results / "summary.csv").exists()


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (UserError("no"), "no"),
        (
            OSError(28, "No space left on device"),
            "no space is left (disk, quota, or number of files) for the results; free some space and start again",
        ),
        (ValueError("odd"), "ValueError: odd"),
        (KeyboardInterrupt(), "interrupted"),
    ],
    ids=["UserError", "OSError", "ValueError", "KeyboardInterrupt"],
)
def test_no_error_reaches_the_run_and_old_tables_are_said_to_be_old(renew, results, monkeypatch, error, why):
    def fail(*arguments, **more):
        raise error

    monkeypatch.setattr(tables, "collect_experiment", fail)
    assert renew(BAD) == [BEGUN, f"{TABLES} were not made: {why}"]
    (results / "summary.csv").touch()
    assert renew(BAD)[1:] == [f"{TABLES} were not made: {why}; those that are there are of an earlier run"]


def test_a_process_with_snakemake_alone_says_what_it_lacks(renew, monkeypatch):
    monkeypatch.setitem(sys.modules, "sidewinder.tables", None)
    lacks = "the Python that runs Snakemake has no sidewinder.tables, which jobs have"
    assert renew(BAD) == [BEGUN, f"{TABLES} were not made: {lacks}"]
