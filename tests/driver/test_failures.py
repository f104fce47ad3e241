"""Which jobs failed and why."""

import os
from pathlib import Path

import pytest

from sidewinder.driver.failures import Failure, job_name, read_failures

SILENT = (
    "infer ended without a word: killed, most likely for lack of memory or time; run fewer jobs at a time, or give "
    "this rule more mem_mb or runtime in the profile, and start again"
)


@pytest.fixture
def log(tmp_path) -> Path:
    """A job's log, written 100 s after 1970 began."""
    path = tmp_path / "bad.log"
    path.write_text("2026-11-22 10:00:00 preprocess on node\nERROR: first\nERROR: movie bad: x.tif: no TIFF file\n")
    os.utime(path, (100, 100))
    return path


def test_the_last_error_of_a_job_is_the_reason(log):
    expected = [Failure("movie bad", "bad", "x.tif: no TIFF file", log, 100.0)]
    assert read_failures([("preprocess", {"movie": "bad"}, log)], since=100) == expected


@pytest.mark.case("machine", "a job is killed, or its node dies")
def test_an_error_of_an_earlier_run_explains_nothing(log, shown):
    job = ("infer", {"movie": "bad", "block": "0"}, log)
    expected = [Failure("movie bad", "bad", SILENT, log)]
    assert read_failures([job], since=101) == expected
    log.unlink()
    assert read_failures([job], since=0) == expected
    shown(f"movie bad: {SILENT}", 1)


@pytest.mark.case("machine", "a movie shared its submission with one that failed")
def test_of_a_submission_of_many_jobs_only_those_that_failed_are_blamed(log, shown):
    done, silent = log.with_name("good.log"), log.with_name("next.log")
    done.write_text("2026-11-22 10:00:00 infer on node\n2026-11-22 10:00:09 done in 9.0 s\n")
    silent.write_text("2026-11-22 10:00:00 infer on node\n")
    good, bad, cut = (("infer", {"movie": path.stem}, path) for path in (done, log, silent))
    shown("movie good: held up by movie bad, which shared its submission; start again to go on", 1)
    because = "held up by movie {}, which shared its submission; start again to go on"
    assert read_failures([good, bad], since=100) == [
        Failure("movie bad", "bad", "x.tif: no TIFF file", log, 100.0),
        Failure("movie good", "good", because.format("bad"), None),
    ]
    assert read_failures([good, cut], since=100) == [
        Failure("movie next", "next", SILENT, silent, silent.stat().st_mtime),
        Failure("movie good", "good", because.format("next"), None),
    ]


def test_the_reason_of_the_batch_system_stands_where_the_job_does_not_know(log):
    job = ("preprocess", {"movie": "bad"}, log)
    why = "Slurm ended the job (TIMEOUT): the time limit was reached"
    assert [one.reason for one in read_failures([job], 100, why)] == ["x.tif: no TIFF file"]
    log.write_text(
        "ERROR: movie bad: preprocess was ended from outside after 9 s: time limit, cancelled, or preempted\n"
    )
    assert [one.reason for one in read_failures([job], 100, why)] == [why]
    log.unlink()
    assert [one.reason for one in read_failures([job], 100, why)] == [why]


def test_jobs_are_called_by_what_they_work_on():
    assert job_name("infer", {"movie": "a", "block": "1"}) == "movie a"
    assert job_name("simulate", {"scene": "plain"}) == "scene plain"
    assert job_name("experiment", {}) == "experiment"
