"""Which device, and one GPU for each job."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from sidewinder.errors import UserError
from sidewinder.infer.device import choose_device, claim_first, own_folder

CLAIM = """
import sys
from pathlib import Path
from sidewinder.infer.device import claim_first
print(claim_first(["a", "b"], Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


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


def test_auto_takes_the_cpu_where_there_is_no_gpu_and_none_was_asked_for(no_gpu):
    assert choose_device("auto") == "cpu"


@pytest.mark.case("machine", "no GPU where the profile asks for one")
def test_a_gpu_that_was_asked_for_is_not_left_idle_in_silence(no_gpu, monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(
        UserError, match=r"the profile asks for a GPU.*PyTorch .* was built without CUDA.*envs/gpu.yaml"
    ):
        choose_device("auto", gpu_asked=True)
    assert choose_device("cpu", gpu_asked=True) == "cpu"


def test_a_missing_module_is_named_with_the_build(no_gpu, monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", "12.6")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with pytest.raises(UserError, match=r"infer.device is cuda.*built for CUDA 12.6.*VISIBLE_DEVICES='0'.*module load"):
        choose_device("cuda")


def test_a_free_one_of_the_visible_gpus_is_claimed(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: SimpleNamespace(uuid=f"card{number}"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    # each claim lasts as long as this process
    assert [choose_device("auto"), choose_device("cuda")] == ["cuda:0", "cuda:1"]


def test_parts_of_one_card_are_told_apart_by_the_names_that_the_cluster_gave(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    for name in ("MIG-a", "MIG-b"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", name)
        assert choose_device("auto") == "cuda:0"


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

    monkeypatch.setattr("sidewinder.infer.device.time.sleep", free_the_first)
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


def test_without_a_folder_for_locks_a_gpu_is_used_all_the_same(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    monkeypatch.setattr("sidewinder.infer.device.MOST_FOLDERS", 1)
    (tmp_path / name_of(0)).touch()
    assert choose_device("auto") == "cuda:0"
    assert f"no folder for locks could be made in {tmp_path}" in caplog.text
