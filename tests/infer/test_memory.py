"""The tile follows the memory that is there."""

import psutil
import pytest

from sidewinder.errors import UserError
from sidewinder.infer.memory import LARGEST_TILE_PX, SHARE_OF_FREE, choose_tile, free_bytes, tile_bytes
from sidewinder.unet import Architecture

ARCHITECTURE = Architecture(depth=4, base_width=16)


def test_plenty_of_memory_gives_the_largest_tile():
    assert choose_tile(ARCHITECTURE, 2**40) == LARGEST_TILE_PX


@pytest.mark.parametrize("mebibytes", [128, 300, 700])
def test_the_tile_is_the_largest_that_fits(mebibytes):
    available = mebibytes * 2**20
    tile = choose_tile(ARCHITECTURE, available)
    assert tile % ARCHITECTURE.stride_px == 0
    assert tile_bytes(ARCHITECTURE.base_width, tile) <= SHARE_OF_FREE * available
    assert tile_bytes(ARCHITECTURE.base_width, tile + ARCHITECTURE.stride_px) > SHARE_OF_FREE * available


def test_too_little_memory_is_said():
    with pytest.raises(UserError, match="give the job more memory"):
        choose_tile(ARCHITECTURE, 10 * 2**20)


def test_slurm_s_limit_counts(monkeypatch):
    taken = psutil.Process().memory_info().rss
    monkeypatch.setenv("SLURM_MEM_PER_NODE", str(taken // 2**20 + 500))
    assert 0 < free_bytes() <= 501 * 2**20
