"""The profile for Slurm, on a real one; and what only that can play: limits, a dead node, a run as a job, a crowd.

Most stages are stubs, which make empty files; the simulated experiment at the end runs the real ones.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from batch import OnSlurm
from contract import Contract, Survival
from peaks import Peaks
from polling import wait_for
from running import PATIENCE_S, Stubbed, Workflow
from sidewinder.cluster.slurm import NAME
from slurm import call

# of the simulated experiment
TABLES = ("tracks.csv", "tracks.parquet", "lineage.csv", "scores.csv")


@pytest.fixture
def batch_system(slurm) -> OnSlurm:
    """The real Slurm."""
    return OnSlurm(slurm)


class TestContract(Contract, Survival):
    pass


def on_partition(stubbed: Stubbed, name: str) -> Stubbed:
    """The experiment with its jobs on a partition."""
    index = OnSlurm.arguments.index("slurm_account=lab")
    return replace(
        stubbed, arguments=(*OnSlurm.arguments[:index], f"slurm_partition={name}", *OnSlurm.arguments[index:])
    )


def test_a_model_is_trained_on_a_gpu(stubbed, slurm):
    stubbed.movies("a")
    (stubbed.folder / "mine.tsv").write_text("images\tlabels\n01\tSEG\n")
    settings = "train={annotations: mine.tsv, model: models/mine}"
    stubbed = replace(stubbed, arguments=(*OnSlurm.arguments[:2], settings, *OnSlurm.arguments[2:]))
    result = stubbed.run("train")
    assert result.returncode == 0, result.stdout[-3000:]
    (note,) = stubbed.ran()
    job = slurm.details(note["cluster_job"])
    assert (note["name"], job["Partition"], job["TresPerJob"]) == ("train", "gpu", "gres:gpu:1")


def test_out_of_memory_and_out_of_time_each_is_tried_again_with_more(stubbed, slurm):
    stubbed.movies("eats", "slow")
    stubbed.behave({"preprocess/eats": ["eats"], "preprocess/slow": ["hangs"]})
    targets = [f"results/work/{movie}/image.ome.zarr" for movie in ("eats", "slow")]
    # the last of the arguments are resources to set
    result = replace(stubbed, arguments=(*stubbed.arguments, "preprocess:runtime=attempt")).run(*targets)
    assert result.returncode == 0, result.stdout[-3000:]
    for movie in ("eats", "slow"):
        first, second = stubbed.ran(f"preprocess/{movie}")
        assert second["mem_mb"] == pytest.approx(2 * first["mem_mb"], abs=2)
        assert (first["runtime"], second["runtime"]) == (1, 2)
        assert (stubbed.folder / "results/work" / movie / "image.ome.zarr").is_dir()
    assert slurm.details(stubbed.ran("preprocess/slow")[0]["cluster_job"])["JobState"] == "TIMEOUT"


def test_a_job_that_is_ended_from_outside_says_so(stubbed, slurm):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start("--retries", 0)
    call("scancel", stubbed.begun("preprocess/a")["cluster_job"])
    assert process.wait(timeout=PATIENCE_S) == 1
    (line,) = [line for line in stubbed.said().splitlines() if line.startswith("movie a: Slurm ended the job")]
    assert "(CANCELLED): it was cancelled, by somebody or by the cluster: start again to go on (log: " in line


def test_a_node_that_goes_down_gives_its_jobs_back(stubbed, slurm):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = on_partition(stubbed, "frail").start("results/work/a/image.ome.zarr")
    before = stubbed.begun("preprocess/a")
    assert before["node"] == "frail1"
    slurm.crash_node("frail1")
    call("scontrol", "update", "nodename=frail1", "state=down", "reason=crashed")
    wait_for(lambda: slurm.details(before["cluster_job"])["JobState"] == "PENDING", "the job back in the queue")
    slurm.start_node("frail1")
    wait_for(lambda: call("sinfo", "-h", "-n", "frail1", "-o", "%T").strip() == "idle", "the node back")
    assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
    assert [note["cluster_job"] for note in stubbed.ran()] == [before["cluster_job"]] * 2


def test_the_run_itself_may_be_a_job(stubbed, slurm):
    stubbed.movies("a")
    arguments = ("results/work/a/image.ome.zarr", "--directory", stubbed.folder, *stubbed.arguments)
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


def n_waiting() -> int:
    """How many jobs wait on the node for a crowd."""
    return len(call("squeue", "-h", "-p", "many", "-t", "pending").splitlines())


@pytest.mark.parametrize("n_movies", [4, pytest.param(100, marks=pytest.mark.long)])
def test_many_movies_in_flight(stubbed, slurm, n_movies):
    movies = [f"m{number:03d}" for number in range(n_movies)]
    stubbed.movies(*movies)
    targets = [f"results/work/{movie}/image.ome.zarr" for movie in movies]
    process = on_partition(stubbed, "many").start(*targets, "--max-jobs-per-timespan", "100/1s")
    # the node takes no job before all are in the queue at once
    wait_for(lambda: n_waiting() == n_movies or process.poll() is not None, "all in the queue", PATIENCE_S)
    assert n_waiting() == n_movies, stubbed.said()[-3000:]
    call("scontrol", "update", "partitionname=many", "state=up")
    try:
        assert process.wait(timeout=PATIENCE_S + 20 * n_movies) == 0, stubbed.said()[-3000:]
    finally:
        call("scontrol", "update", "partitionname=many", "state=down")
    assert Counter(note["name"] for note in stubbed.ran()) == {f"preprocess/{movie}": 1 for movie in movies}


@pytest.fixture(
    scope="module",
    params=[("plain",), pytest.param(("plain", "crowded", "rough"), marks=pytest.mark.long)],
    ids=["one movie", "the demo"],
)
def on_slurm(request, checkout, slurm, tmp_path_factory):
    """A run of the demo's movies, which they are, and its peaks."""
    workflow = Workflow(checkout, tmp_path_factory.mktemp("demo_on_slurm"), "slurm")
    lines = (checkout / "config" / "demo.tsv").read_text().splitlines()
    head = next(line for line in lines if line.startswith("movie\t"))
    rows = [line for line in lines if line.split("\t")[0] in request.param]
    (workflow.folder / "movies.tsv").write_text("\n".join([head, *rows]) + "\n")
    with Peaks() as peaks:
        result = workflow.run(
            "--config", "movies=movies.tsv", "infer={device: cpu}", "--slurm-init-seconds-before-status-checks", 2,
            "--set-resources", "infer:gpu=1", "infer:slurm_partition=gpu",
        )  # fmt: skip
    assert result.returncode == 0, result.stdout[-3000:]
    return workflow, request.param, peaks


def jobs_of(workflow, slurm):
    """The submissions of a run, which all have its name."""
    name = (workflow.folder / "results" / NAME).read_text().strip()
    return [job for job in slurm.jobs() if job["name"] == name]


def test_the_tables_are_those_of_one_machine(on_slurm, demo):
    workflow, movies, _ = on_slurm
    for movie in movies:
        folder = workflow.folder / "results" / movie
        for name in TABLES:
            assert (folder / name).read_bytes() == (demo.folder / "results" / movie / name).read_bytes(), (movie, name)
        assert (folder / "overlay.png").is_file()


def test_only_the_network_was_on_the_gpu_partition_and_slurm_saw_the_gpu(on_slurm, slurm):
    workflow, movies, _ = on_slurm
    jobs, n = jobs_of(workflow, slurm), len(movies)
    # simulate, preprocess, infer, all after it, evaluate, experiment, report_all
    assert len(jobs) == n + n + 1 + n + n + 1 + 1
    for job in jobs:
        network = "infer" in job["comment"]
        assert job["partition"] == ("gpu" if network else "cpu"), job
        assert ("TresPerJob" in slurm.details(job["job"])) == network
    (network,) = (job for job in jobs if "infer" in job["comment"])
    assert slurm.details(network["job"])["TresPerJob"] == "gres:gpu:1"


def test_each_submission_takes_half_to_all_of_the_memory_it_asked_for(on_slurm, slurm):
    workflow, _, peaks = on_slurm
    shares = {}
    for job in jobs_of(workflow, slurm):
        # what a GPU job asks for holds CUDA's libraries, which are not used here
        if "infer" not in job["comment"]:
            asked_mb = int(re.fullmatch(r"(\d+)M", slurm.details(job["job"])["MinMemoryNode"])[1])
            shares[f"{job['comment']} {asked_mb} MB"] = peaks.mb[job["job"]] * 1e6 / 2**20 / asked_mb
    assert {job: share for job, share in shares.items() if not 0.5 <= share <= 1.0} == {}
