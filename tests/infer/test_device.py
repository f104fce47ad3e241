"""Which device, and one GPU for each job."""

import os
from types import SimpleNamespace

import pytest
import torch

from sidewinder.errors import UserError
from sidewinder.infer.device import choose_device


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


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


def test_without_a_folder_for_locks_a_gpu_is_used_all_the_same(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    monkeypatch.setattr("sidewinder.infer.claim.MOST_FOLDERS", 1)
    (tmp_path / f"sidewinder-gpu-{os.getuid()}-0").touch()
    assert choose_device("auto") == "cuda:0"
    assert f"no folder for locks could be made in {tmp_path}" in caplog.text
