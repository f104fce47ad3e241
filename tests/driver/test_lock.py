"""One run at a time on a results folder, whatever the end of the run before."""

import fcntl
import math
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sidewinder.driver import lock, run
from sidewinder.driver.snakemake_inside import Job
from sidewinder.errors import UserError
from sidewinder.plan import Plan
from sidewinder.sheet import Row

HOLDER = """
import sys
from sidewinder.driver import lock
lock.hold(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path, checkout) -> Iterator[subprocess.Popen]:
    """Another process that holds tmp_path/results."""
    command = [sys.executable, "-c", HOLDER, tmp_path / "results"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=checkout / "workflow", **pipes) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.case("machine", "a second run on the same results")
def test_a_second_run_is_refused_and_told_who_holds_the_folder(holder, tmp_path):
    with pytest.raises(UserError) as caught:
        lock.hold(tmp_path / "results")
    assert str(caught.value) == (
        f"another run is writing to {tmp_path / 'results'}: process {holder.pid} on {socket.gethostname()}; "
        "wait for it, or end it, then start this one again"
    )


def test_a_run_that_was_killed_leaves_nothing_in_the_way(holder, tmp_path):
    holder.kill()
    holder.wait()
    assert lock.hold(tmp_path / "results") is None
    assert (tmp_path / "results" / lock.NAME).read_text().startswith("process ")


def test_who_holds_a_folder_can_be_asked_without_a_trace(holder, tmp_path):
    before = (tmp_path / "results" / lock.NAME).stat()
    assert lock.holder(tmp_path / "results") == f"process {holder.pid} on {socket.gethostname()}"
    after = (tmp_path / "results" / lock.NAME).stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)
    holder.kill()
    holder.wait()
    assert lock.holder(tmp_path / "results") is None
    assert lock.holder(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


def test_who_asks_keeps_no_run_off(tmp_path, monkeypatch):
    (tmp_path / lock.NAME).touch()
    with open(tmp_path / lock.NAME) as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        # by the next try the question is over
        monkeypatch.setattr(lock.time, "sleep", lambda seconds: fcntl.flock(asking, fcntl.LOCK_UN))
        assert lock.hold(tmp_path) is None


def test_others_may_ask_at_the_same_time(tmp_path):
    (tmp_path / lock.NAME).touch()
    with open(tmp_path / lock.NAME) as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        assert lock.holder(tmp_path) is None


def test_other_folders_are_free(holder, tmp_path):
    assert lock.hold(tmp_path / "other") is None
    assert lock.held_since(tmp_path / "other") == (tmp_path / "other" / lock.NAME).stat().st_mtime


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError) as caught:
        lock.hold(tmp_path / "file" / "results")
    assert (
        str(caught.value) == f"the results folder {tmp_path / 'file' / 'results'} cannot be written to: Not a directory"
    )


@pytest.mark.case("machine", "a file system without locks")
def test_a_file_system_without_locks_is_said_so(tmp_path, monkeypatch, shown):
    def without_locks(descriptor, operation):
        raise OSError(lock.errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", without_locks)
    said = lock.hold(Path(tmp_path))
    shown(said, 0)
    assert said == (f"the file system of {tmp_path} has no locks: do not start a second run on this folder")
    assert lock.holder(tmp_path) is None


def test_on_a_cluster_a_run_begins_when_the_jobs_of_the_last_one_have_ended(tmp_path, monkeypatch):
    def end_jobs(results: Path) -> None:
        # they have taken long
        os.utime(results / lock.NAME, (0, 0))

    monkeypatch.setitem(run.CLUSTERS, "slurm", SimpleNamespace(end_jobs_of_last_run=end_jobs))
    monkeypatch.setattr(run.Watch, "start", lambda self: None)
    jobs = [Job({"movie": "a"}, f"{tmp_path}/logs/ctc/a.log", (f"{tmp_path}/a/ctc",))]
    run.Run(tmp_path, Plan({"a": Row(2, "a", "a.tif")}, {}, Path()), tmp_path).begin("slurm", jobs, jobs)
    assert lock.last_began(tmp_path) > 0
    assert lock.last_began(tmp_path / "nowhere") == math.inf
