"""The stage: maps of a block, whatever the blocks and tiles, and what is refused."""

import subprocess
import sys
import weakref

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate
from zarrs import ZarrsCodecPipeline

from sidewinder.errors import UserError
from sidewinder.infer import movie as movie_module
from sidewinder.infer.compiled import compiled
from sidewinder.infer.engine import Engine
from sidewinder.infer.movie import infer_movie, shape_for_network
from sidewinder.model import load_model, save_model
from sidewinder.normalization import ByQuantiles
from sidewinder.preprocess.statistics import MovieStatistics, quantile
from sidewinder.store import open_image, open_stack, write_image, write_stack
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
    save_model(tmp_path / "model", network.eval(), ByQuantiles(), ("background", "cell", "border"), {})
    return tmp_path


def run(folder, name, image="image.ome.zarr", model="model", **changes):
    infer_movie(folder / image, folder / model, folder / name, **COMMON | {"block": 0, "n_blocks": 1} | changes)
    return open_stack(folder / name)


def test_blocks_join_to_the_whole(movie):
    whole = run(movie, "whole.zarr")
    assert whole.data.shape == (5, 2, 50, 70)
    assert whole.attributes == {
        "classes": ["cell", "border"], "first_frame": 0, "n_frames": 5, "block": 0, "n_blocks": 1, "model": "model",
        "known_diameters_px": None,
    }  # fmt: skip
    for n_blocks in (2, 7):
        parts = [run(movie, f"{n_blocks}-{block}.zarr", block=block, n_blocks=n_blocks) for block in range(n_blocks)]
        assert [part.attributes["first_frame"] for part in parts] == [b * 5 // n_blocks for b in range(n_blocks)]
        np.testing.assert_array_equal(np.concatenate([part.data[:] for part in parts]), whole.data[:])


def test_the_tile_changes_nothing(movie):
    whole = run(movie, "whole.zarr")
    tiled = run(movie, "tiled.zarr", tile=64)
    assert np.abs(whole.data[:].astype(int) - tiled.data[:]).max() <= 1
    assert np.mean(whole.data[:] != tiled.data[:]) < 1e-4


def test_the_weights_are_not_held_twice(movie, monkeypatch):
    """The engine computes with a copy of the network; the one that was loaded is gone before the first frame."""
    loaded, alive = [], []

    def loading(folder):
        model = load_model(folder)
        loaded.append(weakref.ref(model.network))
        return model

    def writing(*arguments, **keywords):
        alive.append(loaded[0]() is not None)
        write_stack(*arguments, **keywords)

    monkeypatch.setattr(movie_module, "load_model", loading)
    monkeypatch.setattr(movie_module, "write_stack", writing)
    run(movie, "maps.zarr")
    assert alive == [False]


def test_compiled_code_reads_the_movie_and_writes_the_maps(movie, monkeypatch):
    arrays = []
    monkeypatch.setattr(movie_module, "compiled", lambda array: arrays.append(compiled(array)) or arrays[-1])
    run(movie, "maps.zarr")
    assert [type(array.async_array.codec_pipeline) for array in arrays] == [ZarrsCodecPipeline] * 2
    assert [array.read_only for array in arrays] == [True, False]


def test_channels_are_told_apart(movie):
    first = run(movie, "first.zarr", channel="GFP")
    second = run(movie, "second.zarr", channel="DAPI")
    assert (first.data[:] != second.data[:]).any()
    np.testing.assert_array_equal(run(movie, "third.zarr", channel="1").data[:], second.data[:])


def test_a_model_of_two_channels_gets_them_in_the_order_of_the_sheet(movie):
    torch.manual_seed(0)
    network = UNet(Architecture(depth=2, base_width=4, in_channels=2)).eval()
    classes = ("background", "cell", "border")
    save_model(movie / "two", network, ByQuantiles(), classes, {})
    # the same network with its inputs exchanged
    with torch.no_grad():
        network.contracting[0][0].weight.copy_(network.contracting[0][0].weight.flip(1))
    save_model(movie / "exchanged", network, ByQuantiles(), classes, {})
    maps = {
        (model, channel): run(movie, f"{model}{channel}.zarr", model=model, channel=channel).data[:].astype(int)
        for model in ("two", "exchanged")
        for channel in ("GFP,DAPI", "DAPI, 0")
    }
    # sums of two channels' contributions come in another order
    assert np.abs(maps["two", "GFP,DAPI"] - maps["exchanged", "DAPI, 0"]).max() <= 1
    assert np.abs(maps["two", "GFP,DAPI"] - maps["two", "DAPI, 0"]).max() > 5


def test_frames_are_rescaled_to_the_model_s_pixels_and_maps_back(movie, caplog):
    """Against the same done by hand on the whole frame: PyTorch's interpolation, the engine, interpolation back."""
    caplog.set_level("INFO", "sidewinder")
    loaded = load_model(movie / "model")
    save_model(movie / "fine", loaded.network, loaded.normalization, loaded.classes, {"pixel_size_um": 0.4})
    result = run(movie, "fine.zarr", model="fine").data[:]
    assert "frames of 50 x 70 px are rescaled to 62 x 88 px, from 0.5 to 0.4 um a pixel" in caplog.text
    image = open_image(movie / "image.ome.zarr")
    low, high = (quantile(image.attributes["statistics"], 0, percent) for percent in (1, 99.8))
    engine = Engine(loaded, 1000)
    for frame, maps in zip(image.data[:, 0].astype(np.float32), result, strict=True):
        scaled = interpolate(torch.from_numpy(frame)[None, None], (62, 88), mode="bilinear")[0, 0].numpy()
        probabilities = engine.probabilities(loaded.normalization.apply(scaled, low, high)[None])[1:]
        back = interpolate(torch.from_numpy(255 * probabilities)[None], (50, 70), mode="bilinear", antialias=True)
        # the maps are whole numbers before they go back
        assert np.abs(back[0].numpy() - maps).max() <= 1.01
    tiled = run(movie, "tiled.zarr", model="fine", tile=64).data[:]
    assert np.abs(tiled.astype(int) - result).max() <= 1
    assert np.mean(tiled != result) < 1e-3


def test_an_unknown_pixel_size_is_said_where_the_model_has_one(movie, caplog):
    image = open_image(movie / "image.ome.zarr")
    write_image(
        movie / "unknown.ome.zarr", image.data[:], n_frames=5, shape_cyx=(2, 50, 70), dtype=np.uint16,
        pixel_size_um=None, frame_interval_s=None, channel_names=("GFP", "DAPI"), attributes=image.attributes,
    )  # fmt: skip
    loaded = load_model(movie / "model")
    save_model(movie / "fine", loaded.network, loaded.normalization, loaded.classes, {"pixel_size_um": 0.4})
    maps = run(movie, "unknown.zarr", model="fine", image="unknown.ome.zarr")
    assert "the movie's pixel size is not known: its frames are taken as they are" in caplog.text
    np.testing.assert_array_equal(maps.data[:], run(movie, "plain.zarr").data[:])


def test_the_network_runs_under_a_limit_that_whole_frames_would_break(tmp_path, checkout):
    """2048 x 2048 pixels, of which one plane of float32 is 17 MB and the network takes 420 MB for a whole frame."""
    side = 2048
    block = np.random.default_rng(0).integers(0, 5000, (1, 512, 512)).astype(np.uint16)
    frame = np.tile(block, (1, side // 512, side // 512))
    statistics = [{"channel": "c", "quantiles": {"1": 50.0, "99.8": 4990.0}}]
    write_image(
        tmp_path / "image.ome.zarr", [frame], n_frames=1, shape_cyx=(1, side, side),
        dtype=np.uint16, pixel_size_um=None, frame_interval_s=None, channel_names=("c",),
        attributes={"statistics": statistics},
    )  # fmt: skip
    network = UNet(Architecture(depth=2, base_width=4)).eval()
    save_model(tmp_path / "model", network, ByQuantiles(), ("background", "cell", "border"), {})
    arguments = f"'{tmp_path}/image.ome.zarr', '{tmp_path}/model', '{tmp_path}/maps.zarr', block=0, n_blocks=1"
    code = (
        "import resource; from sidewinder.infer.movie import infer_movie; import psutil\n"
        # what PyTorch takes before the first frame depends on the machine
        "limit = psutil.Process().memory_info().data + 400_000_000\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))\n"
        f"infer_movie({arguments}, **{COMMON!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout / "workflow", text=True, capture_output=True)
    assert done.returncode == 0, done.stderr[-2000:]
    maps = open_stack(tmp_path / "maps.zarr").data
    assert maps.shape == (1, 2, side, side)
    # the frame repeats itself, and so do its maps, wherever tiles and shards end
    inner = maps[0, :, 512:-512, 512:-512]
    assert inner.std() > 1
    for start in range(512, side - 1024, 512):
        np.testing.assert_array_equal(inner[:, start : start + 512, :512], inner[:, :512, :512])
        np.testing.assert_array_equal(inner[:, :512, start : start + 512], inner[:, :512, :512])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channel": "RFP"}, "RFP"),
        pytest.param(
            {"channel": "GFP,DAPI"},
            "the model takes 1 channels, and the sheet names 2",
            marks=pytest.mark.case("model", "more channels than the model takes"),
        ),
        ({"tile": 16}, "needs at least"),
        ({"device": "cuda"}, "infer.device is cuda"),
    ],
)
def test_what_cannot_be_done_is_said(movie, monkeypatch, changes, message):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=message):
        run(movie, "maps.zarr", **changes)
    assert not (movie / "maps.zarr").exists()


class TestNoImageAndNoData:
    @pytest.fixture
    def marked(self, movie):
        """The same movie, of which frame 1 is no image, and of frame 3 the first rows and columns hold no data."""
        frames = open_image(movie / "image.ome.zarr").data[:]
        # noise of a few grey values beside their mean, as a camera's
        frames[3] = 2000 + frames[3] // 20
        frames[3, :, :17] = frames[3, :, :, :9] = 0
        attributes = open_image(movie / "image.ome.zarr").attributes
        write_image(
            movie / "marked.zarr", iter(frames), n_frames=5, shape_cyx=(2, 50, 70), dtype=np.uint16, pixel_size_um=0.5,
            frame_interval_s=None, channel_names=("GFP", "DAPI"),
            attributes=attributes | {"no_image": {"black_frame": [1]}, "no_data": [3]},
        )  # fmt: skip
        return movie

    def test_a_frame_that_is_no_image_has_no_cells_and_others_are_as_they_were(self, marked):
        plain, maps = run(marked, "plain.zarr").data[:], run(marked, "maps.zarr", image="marked.zarr").data[:]
        assert plain[1].any()
        assert not maps[1].any()
        np.testing.assert_array_equal(maps[[0, 2, 4]], plain[[0, 2, 4]])

    def test_the_network_sees_the_nearest_grey_values_whatever_the_blocks_and_tiles(self, marked):
        whole = run(marked, "whole.zarr", image="marked.zarr").data[:]
        filled = open_image(marked / "marked.zarr").data[:]
        # the pixel beside what holds no data counts as mixed
        filled[3, :, :18] = filled[3, :, 18:19]
        filled[3, :, :, :10] = filled[3, :, :, 10:11]
        assert filled[3].min() >= 2000
        image = open_image(marked / "image.ome.zarr")
        write_image(
            marked / "filled.zarr", iter(filled), n_frames=5, shape_cyx=(2, 50, 70), dtype=np.uint16,
            pixel_size_um=0.5, frame_interval_s=None, channel_names=("GFP", "DAPI"), attributes=image.attributes,
        )  # fmt: skip
        expected = run(marked, "expected.zarr", image="filled.zarr").data[3]
        np.testing.assert_array_equal(whole[3][:, 18:, 10:], expected[:, 18:, 10:])
        tiled = run(marked, "tiled.zarr", image="marked.zarr", tile=64).data[:]
        assert np.abs(whole.astype(int) - tiled).max() <= 1
        blocks = [run(marked, f"{b}.zarr", image="marked.zarr", block=b, n_blocks=5).data[:] for b in range(5)]
        np.testing.assert_array_equal(np.concatenate(blocks), whole)

    def test_others_models_learn_nothing_of_them(self, marked):
        pixels = movie_module.sample(open_image(marked / "marked.zarr"), [0])
        data = open_image(marked / "marked.zarr").data[:, 0]
        expected = [data[0], data[2], data[3][18:, 10:], data[4]]
        np.testing.assert_array_equal(pixels[0, 0], np.concatenate([plane.ravel() for plane in expected]))


def test_the_network_sees_square_pixels(movie):
    image = open_image(movie / "image.ome.zarr", pixel_size_um="0.5x0.25")
    loaded = load_model(movie / "model")
    height, width = shape_for_network(image, loaded)
    assert (height, width) == (71, 49)
    maps = run(movie, "long.zarr", pixel_size_um="0.5x0.25")
    assert maps.data.shape == (5, 2, 50, 70)
