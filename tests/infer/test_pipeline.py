"""Pooled across frames, put together as if each window had passed alone."""

import numpy as np
import pytest
import torch
import zarr

from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.pipeline import map_bands
from sidewinder.infer.rescale import Rescaling
from sidewinder.infer.source import Source
from sidewinder.model import Model
from sidewinder.normalization import ByQuantiles
from sidewinder.tiling import bands, read_window
from sidewinder.unet import Architecture, UNet


@pytest.fixture
def movie() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 1000, (3, 2, 90, 70)).astype(np.uint16)


def engine(**keywords) -> Engine:
    torch.manual_seed(0)
    network = UNet(Architecture(depth=2, base_width=4)).eval()
    return Engine(Model(network, ByQuantiles(), ("background", "cell", "border"), {}), finish=as_uint8, **keywords)


@pytest.mark.parametrize("batch", [1, 5, 100])
@pytest.mark.parametrize("n_threads", [1, 4])
def test_windows_are_pooled_across_frames_and_change_nothing(movie, batch, n_threads, monkeypatch):
    alone = engine(tile_px=10_000)
    expected = np.stack([alone.probabilities(frame[1:].astype(np.float32)) for frame in movie])
    pooled = engine(tile_px=72)
    jobs = [(frame, band) for frame in range(3) for band in pooled.bands((90, 70))]
    assert len(jobs) == 3 * 3
    sizes, run = [], pooled.run
    monkeypatch.setattr(pooled, "run", lambda windows, tiles: sizes.append(len(windows)) or run(windows, tiles))
    rows = list(map_bands(pooled, Source(zarr.array(movie), [1]), jobs, batch, n_threads))
    # two tiles a row, three rows a frame
    assert sizes == {1: [1] * 18, 5: [5, 5, 5, 3], 100: [18]}[batch]
    result = np.concatenate(rows, axis=1).reshape(2, 3, 90, 70).swapaxes(0, 1)
    assert np.abs(result.astype(int) - expected).max() <= 1


def test_no_frames_give_no_rows():
    assert list(map_bands(engine(tile_px=64), Source(zarr.array(np.zeros((0, 1, 8, 8))), [0]), [], 1, 1)) == []


@pytest.mark.parametrize(("height", "width"), [(90, 70), (1, 70), (90, 1), (3, 2)])
def test_a_source_s_windows_are_those_of_the_mirrored_frame(movie, height, width):
    movie = movie[..., :height, :width]
    source = Source(zarr.array(movie), [1, 0])
    for band in bands((height, width), 48, 16, 8):
        windows = source.windows(2, band)
        assert windows.dtype == torch.uint16
        for window, tile in zip(windows.numpy(), band, strict=True):
            np.testing.assert_array_equal(window, read_window(movie[2, ::-1], tile))


def test_a_source_s_windows_are_those_of_the_mirrored_rescaled_frame(movie):
    rescaling = Rescaling((90, 70), (131, 50))
    frame = rescaling.apply(movie[2, :1], 0, 0, 131)
    source = Source(zarr.array(movie), [0], rescaling)
    for band in bands((131, 50), 48, 16, 8):
        for window, tile in zip(source.windows(2, band).numpy(), band, strict=True):
            np.testing.assert_array_equal(window, read_window(frame, tile))
