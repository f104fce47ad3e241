"""Which state movies are in, by what happens to jobs."""

import time

import pytest

from sidewinder.driver.progress import Progress
from sidewinder.driver.snakemake_inside import Job


def job(stage: str, movie: str, results: str = "sub/results") -> Job:
    return Job({"movie": movie}, f"{results}/logs/{stage}/{movie}.log")


TABLES = Job({}, "sub/results/logs/experiment/experiment.log")


@pytest.fixture
def progress() -> Progress:
    """Movies a and b, of which b has two jobs left, and c, which is done."""
    progress = Progress("sub/results/logs", {"a": 1, "b": 2, "c": 3, "d": 4})
    left = [job("infer", "a"), job("infer", "b"), job("track", "b")]
    progress.begin([*left, job("infer", "c"), TABLES, job("infer", "d", "results"), job("infer", "foreign")], left)
    return progress


def test_a_movie_is_done_once_its_jobs_are(progress):
    assert progress.states() == {"a": "waiting", "b": "waiting", "c": "done"}
    progress.submitted([job("infer", "b")], remote=False)
    assert progress.states()["b"] == "running"
    progress.succeeded([job("infer", "b")])
    assert progress.states()["b"] == "waiting"
    progress.submitted([job("track", "b")], remote=True)
    assert progress.states()["b"] == "submitted"
    progress.succeeded([job("track", "b")])
    assert progress.states() == {"a": "waiting", "b": "done", "c": "done"}
    assert progress.failures() == []


def test_only_the_last_failure_counts(progress):
    group = [job("infer", "a"), job("infer", "b")]
    progress.submitted(group, remote=True)
    progress.failed(group, again=True)
    assert progress.states() == {"a": "waiting", "b": "waiting", "c": "done"}
    assert progress.failures() == []
    progress.submitted(group, remote=True)
    assert progress.states() == {"a": "submitted", "b": "submitted", "c": "done"}
    progress.failed(group, again=False)
    assert progress.states() == {"a": "failed", "b": "failed", "c": "done"}
    assert progress.failures() == [group]


def test_what_failed_stays_failed_while_another_job_of_the_movie_runs(progress):
    progress.failed([job("infer", "b")], again=False)
    progress.submitted([job("track", "b")], remote=False)
    assert progress.states()["b"] == "failed"


def test_jobs_of_the_rest_of_the_workflow_are_not_spoken_of(progress):
    foreign = [job("infer", "a", "results"), job("infer", "a", "elsewhere")]
    progress.failed(foreign, again=False)
    assert progress.states()["a"] == "waiting"
    assert progress.failures() == []


def test_a_job_without_a_movie_fails_too(progress):
    progress.failed([TABLES], again=False)
    assert progress.failures() == [[TABLES]]
    assert progress.left()[""] == {TABLES.log: "failed"}


def test_what_is_left_is_known_by_movie_and_whether_tables_are_asked_for(progress):
    progress.succeeded([job("infer", "b")])
    a, b = job("infer", "a").log, job("track", "b").log
    assert progress.left() == {"": {}, "a": {a: "waiting"}, "b": {b: "waiting"}, "c": {}}
    assert progress.tables == TABLES.log
    other = Progress("sub/results/logs", {"a": 1})
    other.begin([job("infer", "a"), Job({}, "results/logs/experiment/experiment.log")], [job("infer", "a")])
    assert other.tables == ""


def test_ten_thousand_movies_cost_little():
    names = [f"m{index}" for index in range(10_000)]
    jobs = [job(f"stage{index}", name) for name in names for index in range(9)]
    progress = Progress("sub/results/logs", set(names))
    start = time.process_time()
    progress.begin(jobs, jobs)
    for one in jobs:
        progress.submitted([one], remote=True)
    for one in jobs[:1000]:
        progress.succeeded([one])
    assert len(progress.states()) == 10_000
    assert time.process_time() - start < 5
