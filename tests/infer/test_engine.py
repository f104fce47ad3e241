"""Tiled equals untiled, whatever the frame, the tile and the batch; falling back changes nothing."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sidewinder.errors import UserError
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.model import Model, load_model
from sidewinder.normalization import ByQuantiles
from sidewinder.tiling import bands, read_window
from sidewinder.unet import Architecture, UNet


def model(depth: int = 2, seed: int = 0, in_channels: int = 1) -> Model:
    torch.manual_seed(seed)
    network = UNet(Architecture(depth=depth, base_width=4, in_channels=in_channels))
    for _ in range(2):
        network(torch.rand(2, in_channels, 32, 32))
    return Model(network.eval(), ByQuantiles(), ("background", "cell", "border"), {})


def levels_of(probabilities: np.ndarray) -> np.ndarray:
    """The uint8 maps, as numbers that can be subtracted."""
    return as_uint8(torch.from_numpy(probabilities[None]))[0].numpy().astype(int)


@settings(max_examples=12, deadline=None)
# of one window too small for PyTorch's faster convolutions and one that is not
@example(height=52, width=45, depth=1, cores=1, channels=1, seed=18)
@example(height=300, width=300, depth=1, cores=4, channels=1, seed=18)
@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    depth=st.integers(1, 3),
    cores=st.integers(1, 4),
    channels=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_tiled_equals_whole(height, width, depth, cores, channels, seed):
    frame = np.random.default_rng(seed).random((channels, height, width), dtype=np.float32)
    architecture = Architecture(depth=depth)
    whole = Engine(model(depth, seed, channels), tile_px=10_000).probabilities(frame)
    tile_px = 2 * architecture.halo_px + cores * architecture.stride_px
    tiled = Engine(model(depth, seed, channels), tile_px).probabilities(frame)
    assert np.abs(tiled - whole).max() <= 1e-6
    assert np.abs(levels_of(tiled) - levels_of(whole)).max() <= 1


def test_tiled_equals_whole_with_the_shipped_model(checkout):
    """A trained network, whose effective reach is wider than a random one's, over a frame of odd sides."""
    frame = np.random.default_rng(0).random((1, 413, 501), dtype=np.float32)
    shipped = load_model(checkout / "workflow" / "models" / "nuclei")
    whole, tiled = (Engine(shipped, tile_px).probabilities(frame) for tile_px in (10_000, 272))
    assert np.abs(tiled - whole).max() <= 1e-6
    assert np.abs(levels_of(tiled) - levels_of(whole)).max() <= 1


def test_probabilities_are_a_softmax_over_the_classes():
    frame = np.random.default_rng(1).random((1, 33, 47), dtype=np.float32)
    result = Engine(model(), tile_px=512).probabilities(frame)
    assert result.shape == (3, 33, 47)
    np.testing.assert_allclose(result.sum(axis=0), 1, atol=1e-6)
    maps = Engine(model(), tile_px=512, finish=as_uint8).probabilities(frame)
    assert maps.dtype == np.uint8
    np.testing.assert_array_equal(maps, np.rint(255 * result[1:]))


def test_a_wrong_halo_would_show():
    """The same test as above fails when cores get one stride of halo too little."""
    frame = np.random.default_rng(2).random((1, 128, 128), dtype=np.float32)
    whole = Engine(model(3), tile_px=10_000).probabilities(frame)
    short = Engine(model(3), tile_px=80)
    result = np.empty_like(whole)
    for tile in (tile for band in bands((128, 128), 80, 16, 8) for tile in band):
        (values,) = short.run([torch.from_numpy(read_window(frame, tile)[None])], [tile]).numpy()
        result[:, tile.y.core, tile.x.core] = values
    assert np.abs(result - whole).max() > 1e-5


def test_a_skip_can_be_switched_off():
    frame = np.random.default_rng(1).random((1, 33, 47), dtype=np.float32)
    on, none = (Engine(model(), 512, skips=skips).probabilities(frame) for skips in (None, (False, False)))
    assert np.abs(on - none).max() > 0.01
    np.testing.assert_array_equal(Engine(model(), 512, skips=(True, True)).probabilities(frame), on)


@pytest.mark.parametrize("skips", [None, (False, True), (False, False)])
def test_a_second_engine_of_a_model_computes_the_same(skips):
    frame = np.random.default_rng(1).random((1, 33, 47), dtype=np.float32)
    made = model()
    first, second = (Engine(made, 512, skips=skips).probabilities(frame) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    # nor does another choice of skips in between
    Engine(made, 512, skips=(True, False)).probabilities(frame)
    np.testing.assert_array_equal(Engine(made, 512, skips=skips).probabilities(frame), first)


@pytest.mark.parametrize("skips", [None, (False, True)])
def test_an_engine_leaves_its_model_as_it_was(skips):
    made = model()
    image = torch.rand(1, 1, 32, 48)
    before = copy.deepcopy(made.network.state_dict())
    with torch.no_grad():
        output = made.network(image, skips)
        Engine(made, 512, skips=skips).probabilities(image[0].numpy())
        torch.testing.assert_close(made.network(image, skips), output, rtol=0, atol=0)
    assert list(made.network.state_dict()) == list(before)
    for name, tensor in made.network.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0, check_stride=True)


class SmallCard:
    """A network on a card that holds so many pixels and no more."""

    def __init__(self, engine: Engine, largest_px: int) -> None:
        self.network, self.largest_px = engine.network, largest_px
        self.seen: list[tuple[int, ...]] = []
        engine.network = self

    def __call__(self, windows: torch.Tensor, skips, keep) -> torch.Tensor:
        self.seen.append((len(windows), *windows.shape[2:]))
        if windows[:, 0].numel() > self.largest_px:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory, mocked")
        return self.network(windows, skips, keep)


@pytest.fixture
def no_pairs(monkeypatch):
    """Small windows pass alone; what passes beside them for the rounding's sake would count on a small card."""
    monkeypatch.setattr("sidewinder.infer.engine.FEW_VALUES", 0)


def test_out_of_memory_on_the_gpu_halves_the_batch_and_changes_nothing(no_pairs):
    engine = Engine(model(), tile_px=1000)
    rng = np.random.default_rng(3)
    (tile,) = bands((120, 152), 1000, engine.architecture.halo_px, 4)[0]
    windows = [torch.from_numpy(read_window(rng.random((1, 120, 152), dtype=np.float32), tile)[None]) for _ in range(7)]
    expected = torch.cat([engine.run([window], [tile]) for window in windows])
    card = SmallCard(engine, 2 * 128 * 160)
    result = engine.run(windows, [tile] * 7)
    assert (result - expected).abs().max() <= 1e-6
    # seven do not fit, nor do three; four are not tried
    assert [n for n, *_ in card.seen] == [7, 3, 1, 2, 2, 2]
    card.seen.clear()
    engine.run(windows, [tile] * 7)
    assert max(n for n, *_ in card.seen) <= 2


@pytest.mark.parametrize("largest_px", [200 * 300, 100 * 300, 88 * 88])
def test_out_of_memory_with_one_tile_halves_the_tile_and_changes_nothing(no_pairs, largest_px):
    frame = np.random.default_rng(3).random((1, 250, 321), dtype=np.float32)
    expected = Engine(model(), tile_px=1000).probabilities(frame)
    engine = Engine(model(), tile_px=1000)
    card = SmallCard(engine, largest_px)
    result = engine.probabilities(frame)
    assert np.abs(result - expected).max() <= 1e-6
    assert card.seen[0] == (1, 260, 332)
    assert 1 < sum(n * y * x <= largest_px for n, y, x in card.seen)


@pytest.mark.case("machine", "the device does not hold a window")
@pytest.mark.parametrize(
    "said",
    [
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "CUDA error: out of memory",
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes",
    ],
)
def test_a_card_that_holds_no_tile_is_a_user_s_error(monkeypatch, said):
    engine = Engine(model(), tile_px=64)

    def no_card(windows, skips, keep):
        raise RuntimeError(said)

    monkeypatch.setattr(engine, "network", no_card)
    with pytest.raises(UserError, match="the memory of cpu does not hold a window of"):
        engine.probabilities(np.zeros((1, 64, 64), dtype=np.float32))


def test_other_errors_of_the_network_are_not_taken_for_want_of_memory(monkeypatch):
    engine = Engine(model(), tile_px=64)

    def broken(windows, skips, keep):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(engine, "network", broken)
    with pytest.raises(RuntimeError, match="illegal"):
        engine.probabilities(np.zeros((1, 64, 64), dtype=np.float32))


def test_values_too_large_for_half_precision_are_refused():
    engine = Engine(model(), tile_px=64)
    engine.network, engine.dtype = engine.network.half(), torch.float16
    frame = np.random.default_rng(3).random((1, 40, 40), dtype=np.float32)
    engine.probabilities(frame)
    engine.check_finite()
    engine.probabilities(1e5 * frame)
    with pytest.raises(UserError, match="half precision; set infer.device to cpu"):
        engine.check_finite()
