"""The profiles for LSF and PBS, against stand-ins of their commands: neither was ever run on the real thing.

The stages are stubs, which make empty files.
"""

import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import standin as standin_commands
from impatient import PATIENCE_S, PER_MOVIE, QUICK, SLOTS, impatient_checkout
from running import Stubbed
from slurm import call, wait_for

LIST = {"lsf": ("bjobs", "-noheader", "-o", "jobid stat"), "pbs": ("qstat", "-u", "somebody")}
CANCEL = {"lsf": "bkill", "pbs": "qdel"}
NAMES = {
    "lsf": {"infer": "gpu_infer", "track": "movie_ctc_geff_instances_overlay_publish_..."},
    "pbs": {"infer": "GROUP", "track": "GROUP"},
}


@pytest.fixture(scope="module")
def impatient(checkout, tmp_path_factory):
    """The workflow with stubs, which gives jobs up after seconds."""
    return impatient_checkout(checkout, tmp_path_factory.mktemp("impatient"))


@pytest.fixture(params=["lsf", "pbs"])
def stubbed(request, impatient, tmp_path, standin) -> Iterator[Stubbed]:
    """An empty experiment of stubs, for each engine."""
    experiment = Stubbed(impatient, tmp_path, request.param)
    yield experiment
    experiment.kill()


@pytest.fixture
def standin(tmp_path_factory, monkeypatch):
    """The folder of stand-ins that are found before any real commands."""
    folder = tmp_path_factory.mktemp("standin")
    for name in standin_commands.COMMANDS:
        command = folder / "bin" / name
        command.parent.mkdir(exist_ok=True)
        shutil.copy2(standin_commands.__file__, command)
        command.write_text(f"#!{sys.executable}\n" + command.read_text())
        command.chmod(0o755)
    monkeypatch.setenv("STANDIN", str(folder))
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
    yield folder
    for path in folder.glob("*.json"):
        process = json.loads(path.read_text())["process"]
        if standin_commands.is_running(process):
            os.killpg(process, signal.SIGKILL)


def asked(standin, job):
    """What the stand-in was asked for."""
    return {key: value for key, value in json.loads((standin / f"{job}.json").read_text()).items() if key != "process"}


def started(stubbed, name, attempt=1):
    """Wait until a stub has begun its work; the number of its job."""
    wait_for(lambda: len(stubbed.ran(name)) >= attempt, f"{name}, attempt {attempt}", PATIENCE_S)
    return number_of(stubbed.ran(name)[attempt - 1])


def number_of(note):
    """The number of a stub's job; PBS has the server's name in it."""
    return note["cluster_job"].removesuffix(f".{standin_commands.SERVER}")


def test_a_movie_is_three_submissions_and_only_the_network_gets_a_gpu(stubbed, standin):
    stubbed.movies("a", "b")
    result = stubbed.run(*QUICK)
    assert result.returncode == 0, result.stdout[-3000:]
    assert Counter(note["name"].split("/")[0] for note in stubbed.ran()) == dict.fromkeys(PER_MOVIE, 2) | {
        "experiment": 1
    }
    assert len(list(standin.glob("*.json"))) == 6
    submissions = {number_of(note): rule for rule in SLOTS for note in stubbed.ran(rule)}
    for number, rule in submissions.items():
        notes = [note for note in stubbed.ran() if number_of(note) == number]
        # one after the other: memory of the largest and time of all
        assert asked(standin, number) == {
            "name": NAMES[stubbed.profile].get(rule, rule),
            "slots": SLOTS[rule],
            "mem_mb": max(note["mem_mb"] for note in notes),
            "runtime_min": sum(note["runtime"] for note in notes),
            "gpu": int(rule == "infer"),
        }
    assert not list((stubbed.folder / "results/logs" / stubbed.profile).iterdir())


def test_a_job_that_is_killed_is_tried_again_with_more(stubbed, standin):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start("results/work/a/image.ome.zarr", *QUICK)
    number = started(stubbed, "preprocess/a")
    call(CANCEL[stubbed.profile], number)
    assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
    assert f"{stubbed.profile} job {number} is gone without an exit code" in stubbed.said()
    first, second = (asked(standin, number_of(note)) for note in stubbed.ran("preprocess/a"))
    assert second["mem_mb"] == pytest.approx(2 * first["mem_mb"], abs=2)
    assert second["runtime_min"] == pytest.approx(2 * first["runtime_min"], abs=1)


def test_an_engine_that_does_not_answer_costs_no_job(stubbed, standin):
    stubbed.movies("a")
    process = stubbed.start("results/work/a/maps-0.zarr", *QUICK, "--retries", 0)
    started(stubbed, "preprocess/a")
    (standin / "down").touch()
    wait_for(lambda: "sub: cannot connect to server" in stubbed.said(), "a submission that fails", PATIENCE_S)
    (standin / "down").unlink()
    assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
    assert Counter(note["name"] for note in stubbed.ran()) == {"preprocess/a": 1, "infer/a/0": 1}


def test_the_run_is_killed_and_started_again(stubbed, standin):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    target = "results/work/a/image.ome.zarr"
    process = stubbed.start(target, *QUICK)
    orphan = started(stubbed, "preprocess/a")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert orphan in call(*LIST[stubbed.profile])
    result = stubbed.run(target, *QUICK)
    assert result.returncode == 0, result.stdout[-3000:]
    assert "an earlier run was killed; its 1 jobs that were in the queue or running are cancelled" in result.stdout
    assert len(stubbed.ran("preprocess/a")) == 2
    assert not list(Path(stubbed.folder, "results/.engine").glob("[0-9]*"))


def test_an_interrupted_run_ends_its_jobs(stubbed, standin):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start("results/work/a/image.ome.zarr", *QUICK)
    job = json.loads((standin / f"{started(stubbed, 'preprocess/a')}.json").read_text())
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE_S) == 1
    assert not standin_commands.is_running(job["process"])
