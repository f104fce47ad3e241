"""What a report says of the records of a movie."""

from pathlib import Path

import pytest

from sidewinder.provenance.described import described


@pytest.fixture
def made(experiment):
    """The experiment, of which all is made."""
    experiment.make()
    return experiment


def test_each_stage_says_when_and_of_what_it_was_made(made):
    found = {one["stage"]: one for one in described("results", "a")}
    assert list(found) == ["preprocess", "infer", "instances", "track", "plausibility", "publish"]
    raw = found["preprocess"]["sources"]["raw"]
    assert raw["n"] >= len(raw["files"]) >= 1
    assert all(len(digest) == 64 for _, digest in raw["files"])
    assert found["track"]["settings"]["settings"] == made.plan.config["track"]
    assert found["track"]["versions"]["sidewinder"]
    assert found["track"]["made"].startswith("20")


def test_where_no_records_are_kept_nothing_is_said(made):
    Path("results/records/track/a.json").unlink()
    assert "track" not in {one["stage"] for one in described("results", "a")}
    assert described("elsewhere", "a") == []
