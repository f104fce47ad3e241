"""The profile for SGE, on a real Grid Engine: what is asked of it, and what happens when jobs, it or the run die.

The stages are stubs, which make empty files.
"""

import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridengine import Gridengine, missing
from impatient import IMPATIENCE, IN_MOVIE, PATIENCE_S, PER_MOVIE, QUICK, SLOTS, impatient_checkout
from running import Stubbed
from sidewinder.cluster import engine
from slurm import call, wait_for


@pytest.fixture(scope="module")
def gridengine(tmp_path_factory):
    """A Grid Engine of one host on this machine."""
    why = missing()
    if why:
        pytest.skip(f"SKIPPED LOUDLY: no Grid Engine: {why}; nothing is shown here of SGE")
    cluster = Gridengine(tmp_path_factory.mktemp("gridengine"))
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in cluster.environment.items():
            patch.setenv(variable, value)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="module")
def impatient(checkout, tmp_path_factory):
    """The workflow with stubs, which gives jobs up after seconds."""
    return impatient_checkout(checkout, tmp_path_factory.mktemp("impatient"))


@pytest.fixture
def stubbed(gridengine, impatient, tmp_path) -> Iterator[Stubbed]:
    """An empty experiment of stubs for SGE."""
    experiment = Stubbed(impatient, tmp_path, "sge")
    yield experiment
    experiment.kill()
    # what a test that fails leaves in the queue would be in the way of the next one
    subprocess.run(["qdel", "-u", "*"], capture_output=True)


def started(stubbed, name, attempt=1):
    """Wait until a stub has begun its work; what it noted."""
    wait_for(lambda: len(stubbed.ran(name)) >= attempt, f"{name}, attempt {attempt}", PATIENCE_S)
    return stubbed.ran(name)[attempt - 1]


def in_queue(number):
    """Whether a job is in the queue or running."""
    return re.search(rf"(?m)^\s*{number}\s", call("qstat")) is not None


def asked(gridengine, job):
    """What Grid Engine was asked for, as it accounts it: -l gpu=1,h_rt=600,... -pe smp 4."""
    category = gridengine.accounts(job)["category"]
    return dict(pair.split("=") for pair in re.search(r"-l (\S+)", category)[1].split(",")) | {
        "slots": int(re.search(r"-pe smp (\d+)", category)[1])
    }


def test_a_movie_is_three_submissions_and_only_the_network_gets_a_gpu(stubbed, gridengine):
    stubbed.movies("a", "b")
    result = stubbed.run(*QUICK)
    assert result.returncode == 0, result.stdout[-3000:]
    assert Counter(note["name"].split("/")[0] for note in stubbed.ran()) == dict.fromkeys(PER_MOVIE, 2) | {
        "experiment": 1
    }
    by_rule = {rule: {note["cluster_job"] for note in stubbed.ran(rule)} for rule in (*PER_MOVIE, "experiment")}
    assert [len(by_rule[rule]) for rule in ("preprocess", "infer", "track", "experiment")] == [2, 1, 2, 1]
    assert all(by_rule[rule] == by_rule["track"] for rule in IN_MOVIE)
    submissions = {number: rule for rule in SLOTS for number in by_rule[rule]}
    for number, rule in submissions.items():
        notes = [note for note in stubbed.ran() if note["cluster_job"] == number]
        # one after the other: memory of the largest, in shares of the slots, and time of all
        assert asked(gridengine, number) == {
            "mem_free": f"{-(-max(note['mem_mb'] for note in notes) // SLOTS[rule])}M",
            "h_rt": str(60 * sum(note["runtime"] for note in notes)),
            "slots": SLOTS[rule],
        } | ({"gpu": "1"} if rule == "infer" else {})
        assert gridengine.accounts(number)["exit_status"] == "0"
    # jobs that ended well leave nothing behind
    left = [path.name for path in (stubbed.folder / "results" / engine.FOLDER).iterdir()]
    assert set(left) <= {engine.QUEUE}
    assert not list((stubbed.folder / "results/logs/sge").iterdir())


def test_a_job_that_is_killed_is_tried_again_with_more(stubbed, gridengine):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start("results/work/a/image.ome.zarr", *QUICK)
    number = started(stubbed, "preprocess/a")["cluster_job"]
    call("qdel", number)
    assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
    first, second = stubbed.ran("preprocess/a")
    assert second["mem_mb"] == pytest.approx(2 * first["mem_mb"], abs=2)
    assert second["runtime"] == pytest.approx(2 * first["runtime"], abs=1)
    assert f"sge job {number} is gone without an exit code: killed, or out of memory or time?" in stubbed.said()
    assert gridengine.accounts(number)["failed"].startswith("100")
    assert asked(gridengine, second["cluster_job"])["mem_free"] == f"{-(-second['mem_mb'] // 2)}M"


def test_a_job_that_fails_says_why_and_leaves_its_log(stubbed, gridengine):
    stubbed.movies("bad", "good")
    stubbed.behave({"infer/bad/0": ["fails"]})
    targets = [f"results/work/{movie}/maps-0.zarr" for movie in ("bad", "good")]
    result = stubbed.run(*targets, *QUICK, "--retries", 0)
    assert result.returncode == 1
    assert "movie bad: infer/bad/0: this one fails (log: results/logs/infer/bad-0.log)" in result.stdout
    number = stubbed.ran("infer/bad")[0]["cluster_job"]
    assert gridengine.accounts(number)["exit_status"] == "1"
    assert "infer/bad/0: this one fails" in (stubbed.folder / f"results/logs/sge/{number}.log").read_text()
    # of those that share a submission one that fails undoes no other
    assert stubbed.run(*targets, *QUICK, "--retries", 0).returncode == 0
    assert Counter(note["name"] for note in stubbed.ran("infer")) == {"infer/bad/0": 2, "infer/good/0": 1}


def test_a_job_that_is_stuck_is_a_failure(gridengine, tmp_path, monkeypatch):
    for name, value in IMPATIENCE.items():
        monkeypatch.setattr(engine, name, value)
    command = ["qsub", "-terse", "-N", "stuck", "-S", "/bin/sh", "-wd", f"{tmp_path}/nowhere", "-o", "/dev/null"]
    number = engine.submit(tmp_path, "sge", command, "true")
    wait_for(lambda: re.search(rf"{number} .* Eqw ", call("qstat")), "the error", PATIENCE_S)
    wait_for(lambda: engine.status(tmp_path, "sge", number) != "running", "the job given up", PATIENCE_S)
    wait_for(lambda: not in_queue(number), "its removal from the queue", PATIENCE_S)


def test_a_job_that_is_refused_is_said_at_once(stubbed):
    stubbed.movies("a")
    result = stubbed.run(*QUICK, "--retries", 0, "--cluster-generic-submit-cmd",
                         "$SIDEWINDER_ENGINE submit sge qsub -terse -pe nowhere 2")  # fmt: skip
    assert result.returncode == 1
    assert 'the requested parallel environment "nowhere" does not exist' in result.stdout
    assert "sge does not take the job: see above, and the submit command in the profile" in result.stdout


def test_an_engine_that_does_not_answer_costs_no_job(stubbed, gridengine):
    stubbed.movies("a")
    process = stubbed.start("results/work/a/maps-0.zarr", *QUICK)
    started(stubbed, "preprocess/a")
    gridengine.stop_master()
    try:
        # what runs, ends; what comes next waits
        wait_for(lambda: "qsub: " in stubbed.said(), "a submission that fails", PATIENCE_S)
    finally:
        gridengine.restart_master()
    assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
    assert Counter(note["name"] for note in stubbed.ran()) == {"preprocess/a": 1, "infer/a/0": 1}


def test_a_queue_that_cannot_be_asked_costs_no_job(stubbed, gridengine):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start("results/work/a/image.ome.zarr", *QUICK, "--retries", 0)
    number = started(stubbed, "preprocess/a")["cluster_job"]
    gridengine.stop_master()
    try:
        wait_for(lambda: stubbed.said().count("qstat: ") > 2 * IMPATIENCE["GONE_AFTER_S"], "no answers", PATIENCE_S)
        assert process.poll() is None
    finally:
        gridengine.restart_master()
    assert call("qstat", "-j", number)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE_S) == 1
    assert f"has registered the job {number} for deletion" in stubbed.said()
    (note,) = stubbed.ran()
    process = Path(f"/proc/{note['process']}")
    wait_for(lambda: not process.exists(), "the end of the job of a run that was interrupted", PATIENCE_S)


def test_the_run_is_killed_and_started_again(stubbed, gridengine):
    stubbed.movies("a", "b")
    stubbed.behave({"infer/a/0": ["hangs"]})
    targets = [f"results/work/{movie}/maps-0.zarr" for movie in "ab"]
    process = stubbed.start(*targets, *QUICK)
    orphan = started(stubbed, "infer/a")["cluster_job"]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert call("qstat", "-j", orphan)
    result = stubbed.run(*targets, *QUICK)
    assert result.returncode == 0, result.stdout[-3000:]
    assert "an earlier run was killed; its 1 jobs that were in the queue or running are cancelled" in result.stdout
    assert gridengine.accounts(orphan)["failed"].startswith("100")
    again = Counter(note["name"] for note in stubbed.ran())
    assert {name for name, times in again.items() if times > 1} == {"infer/a/0"}


def test_what_jobs_finish_after_the_run_was_killed_is_not_done_again(stubbed, gridengine):
    stubbed.movies("a")
    target = "results/work/a/maps-0.zarr"
    process = stubbed.start(target, *QUICK)
    number = started(stubbed, "preprocess/a")["cluster_job"]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not in_queue(number), "the end of what was left", PATIENCE_S)
    result = stubbed.run(target, *QUICK)
    assert result.returncode == 0, result.stdout[-3000:]
    assert Counter(note["name"] for note in stubbed.ran()) == {"preprocess/a": 1, "infer/a/0": 1}


def test_the_profile_works_from_another_folder(stubbed, gridengine):
    stubbed.movies("a")
    profile = os.path.relpath(stubbed.checkout / "profiles" / "sge", stubbed.folder.parent)
    command = [*stubbed.command()[:4], "--snakefile", stubbed.checkout / "Snakefile", "--profile", profile,
               "--directory", stubbed.folder, "results/work/a/image.ome.zarr"]  # fmt: skip
    result = subprocess.run([*map(str, command), *map(str, QUICK)], cwd=stubbed.folder.parent, capture_output=True)
    assert result.returncode == 0, result.stderr[-3000:]
    assert stubbed.ran("preprocess/a")[0]["cluster_job"]
