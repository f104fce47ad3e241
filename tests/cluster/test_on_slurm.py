"""The profile for Slurm, on a real Slurm: what is asked of it, and what happens when jobs, nodes or the run itself die.

Most stages are stubs, which make empty files; the simulated experiment at the end runs the real ones. All that needs
Slurm is in this file, so that tests side by side start only one.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from peaks import Peaks
from running import Stubbed, Workflow
from sidewinder.cluster.slurm import NAME
from slurm import call, wait_for

# polls are seconds apart here, not the tens of seconds that a shared controller is owed
QUICK = ("--config", "movies=movies.tsv", "--slurm-init-seconds-before-status-checks", 2)
# the profile's default-resources and set-resources with what a user adapts; the command line replaces the whole list
ON_CPU = ("--default-resources", "mem_mb=2000", "runtime=60", "slurm_account=lab")
ON_GPU = (
    "--set-resources", "infer:gpu=1", "infer:slurm_partition=gpu", "train:gpu=1", "train:slurm_partition=gpu"
)  # fmt: skip
PER_MOVIE = ("preprocess", "infer", "instances", "track", "publish", "ctc", "geff", "overlay")
PATIENCE_S = 300
# of the simulated experiment
TABLES = ("tracks.csv", "tracks.parquet", "lineage.csv", "scores.csv")
HUNDRED = [f"m{number:03d}" for number in range(100)]


@pytest.fixture
def run(stubbed, slurm):
    """Run stubs to the end on the cluster."""

    def run(*arguments):
        result = stubbed.run(*arguments, *QUICK, *ON_CPU, *ON_GPU)
        (stubbed.folder / "said.txt").write_text(result.stdout)
        return result

    return run


@pytest.fixture(scope="module", autouse=True)
def hundred(stubbed_checkout, slurm, tmp_path_factory):
    """A hundred movies on a node of their own, beside all other tests, which mostly wait."""
    experiment = Stubbed(stubbed_checkout, tmp_path_factory.mktemp("hundred"), "slurm")
    experiment.movies(*HUNDRED)
    targets = [f"results/work/{movie}/image.ome.zarr" for movie in HUNDRED]
    process = experiment.start(*targets, *QUICK, *ON_CPU, "slurm_partition=many", "--max-jobs-per-timespan", "100/1s")
    gathered = []
    opening = threading.Thread(target=open_when_all_are_there, args=(process, gathered), daemon=True)
    opening.start()
    yield experiment, process, gathered
    experiment.kill()
    opening.join()


def open_when_all_are_there(process, gathered):
    """Let the hundred start as soon as they are all in the queue; note how many there are."""

    def all_are_there():
        gathered[:] = [n_waiting()]
        return process.poll() is not None or gathered == [100]

    wait_for(all_are_there, "a hundred", 2 * PATIENCE_S)
    # another test may have stopped the controller
    opens = ("scontrol", "update", "partitionname=many", "state=up")
    wait_for(lambda: subprocess.run(opens, capture_output=True).returncode == 0, "the controller")


def n_waiting():
    """How many of the hundred are waiting in the queue; none where Slurm does not answer."""
    listing = subprocess.run(("squeue", "-h", "-p", "many", "-t", "pending"), capture_output=True, text=True)
    return len(listing.stdout.splitlines())


def started(stubbed, name, attempt=1):
    """Wait until a stub has begun its work; what it noted."""
    wait_for(lambda: len(stubbed.ran(name)) >= attempt, f"{name}, attempt {attempt}", PATIENCE_S)
    return stubbed.ran(name)[attempt - 1]


def test_a_movie_is_three_submissions_and_only_the_network_gets_a_gpu(stubbed, slurm, run):
    stubbed.movies("a", "b")
    result = run()
    assert result.returncode == 0, result.stdout[-3000:]
    assert Counter(note["name"].split("/")[0] for note in stubbed.ran()) == dict.fromkeys(PER_MOVIE, 2) | {
        "experiment": 1
    }
    by_rule = {rule: {note["cluster_job"] for note in stubbed.ran(rule)} for rule in (*PER_MOVIE, "experiment")}
    assert len(by_rule["preprocess"]) == 2
    assert len(by_rule["infer"]) == 1, "both movies share one GPU submission"
    assert len(by_rule["instances"]) == 2
    assert all(by_rule[rule] == by_rule["instances"] for rule in ("track", "publish", "ctc", "geff", "overlay"))
    jobs = {job["job"]: job for job in slurm.jobs()}
    assert {jobs[job]["partition"] for job in by_rule["infer"]} == {"gpu"}
    for rule, numbers in by_rule.items():
        for number in numbers:
            wanted = {"TresPerJob": "gres:gpu:1"} if rule == "infer" else {}
            details = slurm.details(number)
            assert {key: details[key] for key in ("TresPerJob",) if key in details} == wanted
            assert details["Account"] == "lab"
    assert {note["gpus"] for note in stubbed.ran("infer")} <= {"0", "1"}
    assert {note["gpus"] for note in stubbed.ran() if not note["name"].startswith("infer")} == {None}
    # within a submission one after the other: memory of the largest, time of all
    (group,) = {job for job in by_rule["track"] if job == stubbed.ran("track/a")[0]["cluster_job"]}
    of_a = [note for note in stubbed.ran() if note["cluster_job"] == group]
    assert slurm.details(group)["MinMemoryNode"] == f"{max(note['mem_mb'] for note in of_a)}M"
    hours, minutes, _ = slurm.details(group)["TimeLimit"].split(":")
    assert int(hours) * 60 + int(minutes) == sum(note["runtime"] for note in of_a)


def test_a_model_is_trained_on_a_gpu(stubbed, slurm):
    stubbed.movies("a")
    (stubbed.folder / "mine.tsv").touch()
    settings = "train={annotations: mine.tsv, model: models/mine}"
    result = stubbed.run("train", *QUICK[:2], settings, *QUICK[2:], *ON_CPU, *ON_GPU)
    assert result.returncode == 0, result.stdout[-3000:]
    (note,) = stubbed.ran()
    job = slurm.details(note["cluster_job"])
    assert (note["name"], job["Partition"], job["TresPerJob"]) == ("train", "gpu", "gres:gpu:1")


def test_cancelled_out_of_memory_and_out_of_time_each_is_tried_again_with_more(stubbed, slurm, run):
    stubbed.movies("cancelled", "eats", "slow")
    stubbed.behave({"preprocess/cancelled": ["hangs"], "preprocess/eats": ["eats"], "preprocess/slow": ["hangs"]})
    targets = [f"results/work/{movie}/image.ome.zarr" for movie in ("cancelled", "eats", "slow")]
    process = stubbed.start(*targets, *QUICK, *ON_CPU, "--set-resources", "preprocess:runtime=attempt")
    job = started(stubbed, "preprocess/cancelled")["cluster_job"]
    call("scancel", job)
    assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
    for movie in ("cancelled", "eats", "slow"):
        first, second = stubbed.ran(f"preprocess/{movie}")
        assert second["mem_mb"] == pytest.approx(2 * first["mem_mb"], abs=2)
        assert (first["runtime"], second["runtime"]) == (1, 2)
        assert (stubbed.folder / "results/work" / movie / "image.ome.zarr").is_dir()
    states = {job["job"]: job["state"] for job in slurm.jobs()}
    ended = {movie: states[stubbed.ran(f"preprocess/{movie}")[0]["cluster_job"]] for movie in ("cancelled", "slow")}
    assert ended == {"cancelled": "CANCELLED", "slow": "TIMEOUT"}


def test_a_job_that_is_ended_from_outside_says_so(stubbed, slurm, run):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start(*QUICK, *ON_CPU, "--retries", 0)
    call("scancel", started(stubbed, "preprocess/a")["cluster_job"])
    assert process.wait(timeout=PATIENCE_S) == 1
    (line,) = [line for line in stubbed.said().splitlines() if line.startswith("movie a: preprocess was ended")]
    assert "time limit, cancelled, or preempted (log: results/logs/preprocess/a.log)" in line


def test_a_run_that_is_interrupted_ends_its_jobs(stubbed, slurm):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start("results/work/a/image.ome.zarr", *QUICK, *ON_CPU)
    job = started(stubbed, "preprocess/a")["cluster_job"]
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE_S) == 1
    wait_for(lambda: slurm.details(job)["JobState"] == "CANCELLED", "the job's end")
    assert len(stubbed.ran()) == 1


def test_a_node_that_goes_down_gives_its_jobs_back(stubbed, slurm, run):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start("results/work/a/image.ome.zarr", *QUICK, *ON_CPU, "slurm_partition=frail")
    before = started(stubbed, "preprocess/a")
    assert before["node"] == "frail1"
    slurm.crash_node("frail1")
    call("scontrol", "update", "nodename=frail1", "state=down", "reason=crashed")
    wait_for(lambda: slurm.details(before["cluster_job"])["JobState"] == "PENDING", "the job back in the queue")
    slurm.start_node("frail1")
    wait_for(lambda: call("sinfo", "-h", "-n", "frail1", "-o", "%T").strip() == "idle", "the node back")
    assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
    assert [note["cluster_job"] for note in stubbed.ran()] == [before["cluster_job"]] * 2


def test_the_run_is_killed_and_started_again(stubbed, slurm, run):
    stubbed.movies("a", "b")
    stubbed.behave({"track/a": ["hangs"], "track/b": ["hangs"]})
    targets = [f"results/work/{movie}/links.parquet" for movie in "ab"]
    process = stubbed.start(*targets, *QUICK, *ON_CPU, *ON_GPU)
    orphans = {started(stubbed, f"track/{movie}")["cluster_job"] for movie in "ab"}
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert {slurm.details(orphan)["JobState"] for orphan in orphans} == {"RUNNING"}
    result = run(*targets)
    assert result.returncode == 0, result.stdout[-3000:]
    assert "an earlier run was killed; its 2 jobs that were in the queue or running are cancelled" in result.stdout
    assert {slurm.details(orphan)["JobState"] for orphan in orphans} == {"CANCELLED"}
    times = Counter(note["name"] for note in stubbed.ran())
    assert {name for name, n in times.items() if n == 2} == {"track/a", "track/b"}
    assert {name for name, n in times.items() if n == 1} == {
        f"{rule}/{movie}{block}"
        for movie in "ab"
        for rule, block in (("preprocess", ""), ("infer", "/0"), ("instances", "/0"))
    }


def test_what_jobs_finish_after_the_run_was_killed_is_not_done_again(stubbed, slurm, run):
    stubbed.movies("a", "b")
    targets = [f"results/work/{movie}/maps-0.zarr" for movie in "ab"]
    process = stubbed.start(*targets, *QUICK, *ON_CPU, *ON_GPU)
    started(stubbed, "preprocess/a")
    started(stubbed, "preprocess/b")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not call("squeue", "-h", "-p", "cpu").strip(), "the end of what was left", PATIENCE_S)
    result = run(*targets)
    assert result.returncode == 0, result.stdout[-3000:]
    assert Counter(note["name"] for note in stubbed.ran()) == {
        "preprocess/a": 1, "preprocess/b": 1, "infer/a/0": 1, "infer/b/0": 1,
    }  # fmt: skip


def test_a_controller_that_does_not_answer_costs_no_job(stubbed, slurm, run):
    stubbed.movies("a")
    process = stubbed.start("results/work/a/image.ome.zarr", *QUICK, *ON_CPU, "--slurm-status-attempts", 1)
    wait_for(lambda: "has been submitted" in stubbed.said(), "a submission", PATIENCE_S)
    slurm.stop_controller()
    try:
        wait_for(lambda: "Slurm does not answer: 1 jobs" in stubbed.said(), "a poll without an answer", PATIENCE_S)
    finally:
        slurm.start_controller()
    assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
    assert len(stubbed.ran("preprocess/a")) == 1


def test_of_jobs_that_share_a_submission_one_that_fails_undoes_no_other(stubbed, slurm, run):
    stubbed.movies("bad", "good")
    stubbed.behave({"infer/bad/0": ["fails"]})
    targets = [f"results/work/{movie}/maps-0.zarr" for movie in ("bad", "good")]
    result = run(*targets, "--retries", 0)
    assert result.returncode == 1
    assert "movie bad: infer/bad/0: this one fails (log: results/logs/infer/bad-0.log)" in result.stdout
    held_up = "movie good: held up by movie bad, which shared its submission; start again to go on"
    assert held_up in result.stdout.splitlines()
    result = run(*targets)
    assert result.returncode == 0, result.stdout[-3000:]
    assert Counter(note["name"] for note in stubbed.ran("infer")) == {"infer/bad/0": 2, "infer/good/0": 1}


def test_the_run_itself_may_be_a_job(stubbed, slurm):
    stubbed.movies("a")
    arguments = ("results/work/a/image.ome.zarr", "--directory", stubbed.folder, *QUICK, *ON_CPU)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    script = stubbed.checkout / "profiles" / "slurm" / "driver.sbatch"
    submitted = subprocess.run(
        ["sbatch", "--parsable", "--time=10", script, *map(str, arguments)],
        cwd=stubbed.checkout, env=os.environ | {"PATH": path}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    driver = submitted.stdout.strip()
    wait_for(lambda: slurm.details(driver)["JobState"] not in ("PENDING", "RUNNING"), "the run", PATIENCE_S)
    said = (stubbed.checkout / f"sidewinder-{driver}.log").read_text()
    assert slurm.details(driver)["JobState"] == "COMPLETED", said
    (note,) = stubbed.ran()
    assert note["cluster_job"] != driver


def test_a_hundred_movies_in_flight(hundred):
    experiment, process, gathered = hundred
    assert process.wait(timeout=3 * PATIENCE_S) == 0, experiment.said()[-3000:]
    assert gathered == [100], "movies in the queue at once"
    assert Counter(note["name"] for note in experiment.ran()) == {f"preprocess/{movie}": 1 for movie in HUNDRED}


@pytest.fixture(scope="module")
def on_slurm(checkout, slurm, tmp_path_factory):
    """The run, its peaks, and what it said."""
    workflow = Workflow(checkout, tmp_path_factory.mktemp("demo_on_slurm"), "slurm")
    with Peaks() as peaks:
        result = workflow.run(
            "--config", f"movies={checkout / 'config' / 'demo.tsv'}", "infer={device: cpu}",
            "--slurm-init-seconds-before-status-checks", 2, "--set-resources", "infer:gpu=1",
            "infer:slurm_partition=gpu",
        )  # fmt: skip
    assert result.returncode == 0, result.stdout[-3000:]
    return workflow, peaks, result.stdout


def jobs_of(workflow, slurm):
    """The submissions of a run, which all have its name."""
    name = (workflow.folder / "results" / NAME).read_text().strip()
    return [job for job in slurm.jobs() if job["name"] == name]


@pytest.mark.parametrize("movie", ["plain", "crowded", "rough"])
def test_the_tables_are_those_of_one_machine(on_slurm, demo, movie):
    folder = on_slurm[0].folder / "results" / movie
    for name in TABLES:
        assert (folder / name).read_bytes() == (demo.folder / "results" / movie / name).read_bytes(), name
    assert (folder / "overlay.png").is_file()


def test_only_the_network_was_on_the_gpu_partition_and_slurm_saw_the_gpu(on_slurm, slurm):
    jobs = jobs_of(on_slurm[0], slurm)
    assert len(jobs) == 3 + 3 + 1 + 3 + 3 + 1  # simulate, preprocess, infer, all after it, evaluate, experiment
    for job in jobs:
        network = "infer" in job["comment"]
        assert job["partition"] == ("gpu" if network else "cpu"), job
        assert ("TresPerJob" in slurm.details(job["job"])) == network
    (network,) = (job for job in jobs if "infer" in job["comment"])
    assert slurm.details(network["job"])["TresPerJob"] == "gres:gpu:1"


def test_each_submission_takes_half_to_all_of_the_memory_it_asked_for(on_slurm, slurm):
    peaks = on_slurm[1]
    shares = {}
    for job in jobs_of(on_slurm[0], slurm):
        # what a GPU job asks for holds CUDA's libraries, which are not used here
        if "infer" not in job["comment"]:
            asked_mb = int(re.fullmatch(r"(\d+)M", slurm.details(job["job"])["MinMemoryNode"])[1])
            shares[f"{job['comment']} {asked_mb} MB"] = peaks.mb[job["job"]] * 1e6 / 2**20 / asked_mb
    assert {job: share for job, share in shares.items() if not 0.5 <= share <= 1.0} == {}
