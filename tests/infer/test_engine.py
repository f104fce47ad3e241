"""Tiled equals untiled, whatever the frame, the tile and the batch; falling back changes nothing."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sidewinder.errors import UserError
from sidewinder.infer import engine as engine_module
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.model import Model, Normalization
from sidewinder.unet import Architecture, UNet


def model(depth: int = 2, seed: int = 0) -> Model:
    torch.manual_seed(seed)
    network = UNet(Architecture(depth=depth, base_width=4))
    for _ in range(2):
        network(torch.rand(2, 1, 32, 32))
    return Model(network.eval(), Normalization(), ("background", "cell", "border"), {})


@settings(max_examples=15, deadline=None)
# of one window too small for PyTorch's faster convolutions and one that is not
@example(height=52, width=45, depth=1, cores=1, batch=2, seed=18)
@example(height=300, width=300, depth=1, cores=4, batch=1, seed=18)
@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    depth=st.integers(1, 3),
    cores=st.integers(1, 4),
    batch=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_tiled_equals_whole(height, width, depth, cores, batch, seed):
    frame = np.random.default_rng(seed).random((1, height, width), dtype=np.float32)
    architecture = Architecture(depth=depth)
    whole = Engine(model(depth, seed), tile_px=10_000).probabilities(frame)
    tile_px = 2 * architecture.halo_px + cores * architecture.stride_px
    tiled = Engine(model(depth, seed), tile_px, batch=batch).probabilities(frame)
    assert np.abs(tiled - whole).max() <= 1e-6
    assert np.abs(as_uint8(tiled).astype(int) - as_uint8(whole)).max() <= 1


def test_probabilities_are_a_softmax_over_the_classes():
    frame = np.random.default_rng(1).random((1, 33, 47), dtype=np.float32)
    result = Engine(model(), tile_px=512).probabilities(frame)
    assert result.shape == (3, 33, 47)
    np.testing.assert_allclose(result.sum(axis=0), 1, atol=1e-6)


def test_a_wrong_halo_would_show():
    """The same test as above fails when cores get one stride of halo too little."""
    frame = np.random.default_rng(2).random((1, 128, 128), dtype=np.float32)
    whole = Engine(model(3), tile_px=10_000).probabilities(frame)
    short = Engine(model(3), tile_px=80)
    plan = engine_module.tiles((128, 128), 80, 16, 8)
    result = np.empty_like(whole)
    for tile in plan:
        values = short._run(frame, [tile])[0]
        result[:, tile.y.core, tile.x.core] = values[:, tile.y.core_in_window, tile.x.core_in_window]
    assert np.abs(result - whole).max() > 1e-5


def test_out_of_memory_on_the_gpu_halves_the_batch_and_changes_nothing(monkeypatch):
    frame = np.random.default_rng(3).random((1, 16, 400), dtype=np.float32)
    expected = Engine(model(), tile_px=64, batch=1).probabilities(frame)
    engine = Engine(model(), tile_px=64, batch=8)
    network, sizes = engine.network, []

    def small_card(windows):
        sizes.append(len(windows))
        if len(windows) > 2:
            raise torch.cuda.OutOfMemoryError("mocked")
        return network(windows)

    monkeypatch.setattr(engine, "network", small_card)
    np.testing.assert_allclose(engine.probabilities(frame), expected, atol=1e-6)
    assert max(sizes) > 2


def test_a_card_that_holds_no_tile_is_a_user_s_error(monkeypatch):
    engine = Engine(model(), tile_px=64)

    def no_card(windows):
        raise torch.cuda.OutOfMemoryError("mocked")

    monkeypatch.setattr(engine, "network", no_card)
    with pytest.raises(UserError, match="infer.tile"):
        engine.probabilities(np.zeros((1, 64, 64), dtype=np.float32))
