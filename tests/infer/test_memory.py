"""The tile follows the memory that is there, whoever limits it."""

import resource
import subprocess
import sys

import psutil
import pytest

from sidewinder.errors import UserError
from sidewinder.infer import memory
from sidewinder.infer.memory import (
    LARGEST_TILE_PX,
    check_tile,
    choose_batch,
    choose_readers,
    choose_tile,
    frames_bytes,
    free_bytes,
    tile_bytes,
)
from sidewinder.store.shards import SHARD_BYTES
from sidewinder.unet import Architecture

ARCHITECTURE = Architecture(depth=4, base_width=16)
MIB = 2**20


def needed(tile_px: int) -> int:
    return tile_bytes(16, tile_px**2)


def test_plenty_of_memory_gives_the_largest_tile():
    assert choose_tile(ARCHITECTURE, 2**40, needed) == LARGEST_TILE_PX


@pytest.mark.parametrize("mebibytes", [128, 300, 700])
def test_the_tile_is_the_largest_that_fits(mebibytes):
    tile = choose_tile(ARCHITECTURE, mebibytes * MIB, needed)
    assert tile % ARCHITECTURE.stride_px == 0
    assert needed(tile) <= mebibytes * MIB < needed(tile + ARCHITECTURE.stride_px)


@pytest.mark.case("machine", "too little memory for the network")
def test_too_little_memory_is_said():
    with pytest.raises(
        UserError, match=r"the smallest tile \(256 px\) takes 44 MiB, and 10 MiB may .* give the job more"
    ):
        choose_tile(ARCHITECTURE, 10 * MIB, needed)


def test_a_tile_of_the_user_s_is_checked_beforehand():
    assert check_tile(ARCHITECTURE, 519, 1000 * MIB, needed) == 512
    with pytest.raises(UserError, match="infer.tile is 200 px; this model needs at least 208 px"):
        check_tile(ARCHITECTURE, 200, 1000 * MIB, needed)
    with pytest.raises(
        UserError, match=r"infer.tile \(2000 px\) takes 2686 MiB, and 1000 MiB may be used; set it to auto"
    ):
        check_tile(ARCHITECTURE, 2000, 1000 * MIB, needed)


def test_frames_count_by_rows_of_tiles_and_not_by_their_height():
    small = frames_bytes((10, 2000, 16384), 4, 1000)
    assert small == frames_bytes((10, 16384, 16384), 4, 1000)
    assert small < 4 * 16384 * 16384
    # a movie that is smaller than a shard does not fill one
    assert frames_bytes((1, 64, 64), 4, 1000) < 64 * 64 * 4 * 10
    assert memory.SHARDS_BYTES == 3 * SHARD_BYTES


def test_a_batch_fills_the_card_and_no_more_than_pays():
    assert choose_batch(32, 1000**2, 0) == 1
    assert choose_batch(32, 1000**2, 5.5 * tile_bytes(32, 1000**2, value_bytes=2)) == 5
    assert choose_batch(32, 1000**2, 2**40) == memory.BATCH_PX // 1000**2


def test_threads_read_ahead_no_more_than_memory_is_worth():
    assert choose_readers(8, 2048**2) == 8
    assert choose_readers(8, 2176 * 16384) == 1
    assert choose_readers(8, 2 * memory.READ_AHEAD_PX) == 1


@pytest.mark.parametrize(
    "variables", [{"SLURM_MEM_PER_NODE": "{}"}, {"SLURM_MEM_PER_CPU": "{}", "SLURM_CPUS_ON_NODE": "1"}]
)
def test_slurm_s_limit_counts(monkeypatch, variables):
    megabytes = psutil.Process().memory_info().rss // MIB + 500
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(megabytes))
    assert 0 < free_bytes() <= 501 * MIB


@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_the_shell_s_limits_count(limit, checkout):
    code = (
        f"import resource; resource.setrlimit(resource.{limit}, (2**30, 2**30))\n"
        "from sidewinder.infer.memory import free_bytes; print(free_bytes())"
    )
    output = subprocess.run([sys.executable, "-c", code], cwd=checkout / "workflow", text=True, capture_output=True)
    assert 2**29 < int(output.stdout) < 2**30, output.stderr
    assert resource.getrlimit(getattr(resource, limit))[0] == resource.RLIM_INFINITY


@pytest.mark.parametrize("version", [1, 2])
def test_control_groups_count_with_those_above_and_without_the_cache_of_files(tmp_path, monkeypatch, version):
    files = memory.CGROUP_FILES[2 - version]
    root = tmp_path / "memory" if version == 1 else tmp_path
    for folder, limit, used, cached in (("slurm", 900, 800, 100), ("slurm/job", 5000, 100, 0)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / files[0]).write_text(f"{limit * MIB}\n")
        (root / folder / files[1]).write_text(f"{used * MIB}\n")
        (root / folder / "memory.stat").write_text(
            f"anon 1\n{files[2][0]} {cached * MIB // 2}\n{files[2][1]} {cached * MIB // 2}\n"
        )
    own = tmp_path / "own"
    own.write_text("3:cpuset:/x\n4:memory:/slurm/job\n" if version == 1 else "0::/slurm/job\n")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "OWN_CGROUPS", own)
    assert free_bytes() == 200 * MIB
    # without a limit
    (root / "slurm" / files[0]).write_text("max\n")
    assert free_bytes() > 200 * MIB
