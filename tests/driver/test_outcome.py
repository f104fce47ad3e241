"""What became of the movies of a run that ended with an error."""

import os
from pathlib import Path

import pytest

from sidewinder.driver.failures import Failure
from sidewinder.driver.outcome import Outcome, outcomes

HELD_UP = "held up by movie bad, which shared its submission; start again to go on"


@pytest.fixture
def logs(tmp_path) -> Path:
    """The logs of a run that began 100 s after 1970 did; the job track of the movie half ended well."""
    path = tmp_path / "track" / "half.log"
    path.parent.mkdir()
    path.write_text("2026-11-22 10:00:00 track on node\n2026-11-22 10:00:09 done in 9.0 s\n")
    os.utime(path, (150, 150))
    return tmp_path


def test_a_movie_is_failed_by_its_own_jobs_and_else_missing(logs):
    def log(stage: str, movie: str) -> str:
        return str(logs / stage / f"{movie}.log")

    left = {
        "": {log("experiment", "experiment"): "waiting"},
        "done": {},
        "bad": {log("infer", "bad-0"): "failed", log("track", "bad"): "waiting"},
        # of a submission whose other job failed
        "half": {log("track", "half"): "failed", log("evaluate", "half"): "failed"},
        "held": {log("track", "held"): "failed"},
        "late": {log("preprocess", "late"): "waiting"},
    }
    failures = [
        Failure("movie bad", "bad", "the last", log("infer", "bad-1"), 120.0),
        Failure("movie bad", "bad", "the first", log("infer", "bad-0"), 110.0),
        Failure("movie half", "half", "no truth", log("evaluate", "half"), 151.0),
        Failure("movie held", "held", HELD_UP, None),
    ]
    assert outcomes(left, failures, since=100) == {
        "bad": Outcome("failed", "the last", frozenset({"infer", "track"})),
        "half": Outcome("failed", "no truth", frozenset({"evaluate"})),
        "held": Outcome("missing", HELD_UP, frozenset({"track"})),
        "late": Outcome("missing", "not made: the run ended before its turn", frozenset({"preprocess"})),
    }
    # that it ended well was in another run
    assert outcomes(left, failures, since=200)["half"].left == {"track", "evaluate"}


def test_what_failed_for_all_movies_is_named():
    left = {"a": {"logs/infer/a-0.log": "waiting"}}
    failures = [Failure("train", "", "no frames", "logs/train/train.log")]
    assert outcomes(left, failures, since=0)["a"].reason == "not made: train failed, and the run ended before its turn"


def test_files_are_lacking_whose_stage_is_left():
    outcome = Outcome("failed", "", frozenset({"evaluate", "ctc"}))
    names = ("movie.ome.zarr", "tracks.parquet", "lineage.csv", "scores.csv", "ctc", "unknown.csv")
    assert [name for name in names if outcome.lacks(name)] == ["scores.csv", "ctc"]
