"""One of several things for each process, and locks that no other user can take away."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from sidewinder.infer.claim import claim_first, own_folder

CLAIM = """
import sys
from pathlib import Path
from sidewinder.infer.claim import claim_first
print(claim_first(["a", "b"], Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def claimer(tmp_path, checkout):
    """Start processes that claim one of two things and hold it until told to end."""
    started = []

    def start() -> tuple[subprocess.Popen, int]:
        process = subprocess.Popen(
            [sys.executable, "-c", CLAIM, tmp_path],
            cwd=checkout / "workflow", text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process, int(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_jobs_side_by_side_get_one_each_and_a_killed_one_gives_its_own_back(claimer):
    (first, one), (_, other) = claimer(), claimer()
    assert (one, other) == (0, 1)
    first.kill()
    first.wait()
    assert claimer()[1] == 0


def test_with_all_taken_a_job_waits(claimer, tmp_path, monkeypatch):
    first, _ = claimer()
    claimer()

    def free_the_first(seconds):
        first.kill()
        first.wait()

    monkeypatch.setattr("sidewinder.infer.claim.time.sleep", free_the_first)
    assert claim_first(["a", "b"], tmp_path) == 0


def name_of(number: int) -> str:
    return f"sidewinder-gpu-{os.getuid()}-{number}"


def test_locks_lie_in_a_folder_of_the_user_s_own(tmp_path):
    folder = own_folder(tmp_path)
    assert folder == tmp_path / name_of(0)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert own_folder(tmp_path) == folder


def test_what_others_could_have_made_under_its_name_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / name_of(0)).touch()
    (tmp_path / name_of(1)).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "mine").mkdir(mode=0o700)
    (tmp_path / name_of(2)).symlink_to("mine")
    (tmp_path / name_of(3)).mkdir()
    (tmp_path / name_of(3)).chmod(0o777)
    # one of another user, as it seems to a process of this one
    (tmp_path / name_of(4)).mkdir(mode=0o700)
    lstat = Path.lstat

    def of_another(path):
        found = lstat(path)
        return SimpleNamespace(st_mode=found.st_mode, st_uid=found.st_uid + (path.name == name_of(4)))

    monkeypatch.setattr(Path, "lstat", of_another)
    assert own_folder(tmp_path) == tmp_path / name_of(5)
