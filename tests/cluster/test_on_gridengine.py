"""The profile for SGE, on a real Grid Engine; and what only that can play: errors, refusals, a silent queue.

The stages are stubs, which make empty files.
"""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from batch import OnGridengine
from contract import Contract, Survival
from impatient import IMPATIENCE, QUICK
from polling import wait_for
from running import PATIENCE_S
from sidewinder.cluster import engine
from slurm import call


@pytest.fixture
def batch_system(gridengine, impatient) -> OnGridengine:
    """The real Grid Engine."""
    return OnGridengine(gridengine)


class TestContract(Contract, Survival):
    pass


def test_a_job_that_is_stuck_is_a_failure(batch_system, tmp_path, monkeypatch):
    for name, value in IMPATIENCE.items():
        monkeypatch.setattr(engine, name, value)
    command = ["qsub", "-terse", "-N", "stuck", "-S", "/bin/sh", "-wd", f"{tmp_path}/nowhere", "-o", "/dev/null"]
    number = engine.submit(tmp_path, "sge", command, "true")
    wait_for(lambda: re.search(rf"{number} .* Eqw ", call("qstat")), "the error", PATIENCE_S)
    wait_for(lambda: engine.status(tmp_path, "sge", number) != "running", "the job given up", PATIENCE_S)
    wait_for(lambda: not batch_system.in_queue(number), "its removal from the queue", PATIENCE_S)


def test_a_job_that_is_refused_is_said_at_once(stubbed):
    stubbed.movies("a")
    result = stubbed.run("--retries", 0, "--cluster-generic-submit-cmd",
                         "$SIDEWINDER_ENGINE submit sge qsub -terse -pe nowhere 2")  # fmt: skip
    assert result.returncode == 1
    assert 'the requested parallel environment "nowhere" does not exist' in result.stdout
    assert "sge does not take the job: see above, and the submit command in the profile" in result.stdout


def test_a_queue_that_cannot_be_asked_costs_no_job(stubbed, gridengine):
    stubbed.movies("a")
    stubbed.behave({"preprocess/a": ["hangs"]})
    process = stubbed.start("results/work/a/image.ome.zarr", "--retries", 0)
    number = stubbed.begun("preprocess/a")["cluster_job"]
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


def test_the_profile_works_from_another_folder(stubbed, gridengine):
    stubbed.movies("a")
    profile = os.path.relpath(stubbed.checkout / "profiles" / "sge", stubbed.folder.parent)
    command = [*stubbed.command()[:4], "--snakefile", stubbed.checkout / "Snakefile", "--profile", profile,
               "--directory", stubbed.folder, "results/work/a/image.ome.zarr", *QUICK]  # fmt: skip
    result = subprocess.run([*map(str, command)], cwd=stubbed.folder.parent, capture_output=True)
    assert result.returncode == 0, result.stderr[-3000:]
    assert stubbed.ran("preprocess/a")[0]["cluster_job"]
