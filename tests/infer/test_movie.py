"""The stage: maps of a block, whatever the blocks and tiles, and what is refused."""

import numpy as np
import pytest
import torch

from sidewinder.errors import UserError
from sidewinder.infer.movie import infer_movie
from sidewinder.model import Normalization, save_model
from sidewinder.preprocess.statistics import MovieStatistics
from sidewinder.store import open_stack, write_image
from sidewinder.unet import Architecture, UNet

COMMON = {"channel": "0", "tile": "auto", "device": "cpu", "gpu_asked": False, "threads": 1}


@pytest.fixture
def movie(tmp_path):
    """A movie of 5 frames and 2 channels, and a model of depth 2."""
    frames = np.random.default_rng(0).integers(0, 5000, size=(5, 2, 50, 70)).astype(np.uint16)
    statistics = MovieStatistics(frames.dtype, ("GFP", "DAPI"), lambda: iter(frames))
    for frame in frames:
        statistics.count(frame)
    attributes = {"statistics": statistics.finish()}
    write_image(
        tmp_path / "image.ome.zarr", iter(frames), n_frames=5, shape_cyx=(2, 50, 70), dtype=np.uint16,
        pixel_size_um=0.5, frame_interval_s=None, channel_names=("GFP", "DAPI"), attributes=attributes,
    )  # fmt: skip
    torch.manual_seed(0)
    network = UNet(Architecture(depth=2, base_width=4))
    network(torch.rand(2, 1, 32, 32))
    save_model(tmp_path / "model", network.eval(), Normalization(), ("background", "cell", "border"), {})
    return tmp_path


def run(folder, name, **changes):
    infer_movie(folder / "image.ome.zarr", folder / "model", folder / name, **COMMON | changes)
    return open_stack(folder / name)


def test_blocks_join_to_the_whole(movie):
    whole = run(movie, "whole.zarr", block=0, n_blocks=1)
    assert whole.data.shape == (5, 2, 50, 70)
    assert whole.attributes == {
        "classes": ["cell", "border"], "first_frame": 0, "n_frames": 5, "block": 0, "n_blocks": 1, "model": "model",
    }  # fmt: skip
    for n_blocks in (2, 7):
        parts = [run(movie, f"{n_blocks}-{block}.zarr", block=block, n_blocks=n_blocks) for block in range(n_blocks)]
        assert [part.attributes["first_frame"] for part in parts] == [b * 5 // n_blocks for b in range(n_blocks)]
        np.testing.assert_array_equal(np.concatenate([part.data[:] for part in parts]), whole.data[:])


def test_the_tile_changes_nothing(movie):
    whole = run(movie, "whole.zarr", block=0, n_blocks=1)
    tiled = run(movie, "tiled.zarr", block=0, n_blocks=1, tile=64)
    assert np.abs(whole.data[:].astype(int) - tiled.data[:]).max() <= 1
    assert np.mean(whole.data[:] != tiled.data[:]) < 1e-4


def test_channels_are_told_apart(movie):
    first = run(movie, "first.zarr", block=0, n_blocks=1, channel="GFP")
    second = run(movie, "second.zarr", block=0, n_blocks=1, channel="DAPI")
    assert (first.data[:] != second.data[:]).any()
    np.testing.assert_array_equal(run(movie, "third.zarr", block=0, n_blocks=1, channel="1").data[:], second.data[:])


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"channel": "RFP"}, "RFP"), ({"tile": 16}, "needs at least"), ({"device": "cuda"}, "infer.device is cuda")],
)
def test_what_cannot_be_done_is_said(movie, monkeypatch, changes, message):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=message):
        run(movie, "maps.zarr", block=0, n_blocks=1, **changes)
    assert not (movie / "maps.zarr").exists()
