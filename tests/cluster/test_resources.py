"""What a job asks the cluster for."""

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
import zarr

from sidewinder.cluster.resources import (
    INFER_MB,
    LARGEST_TILE_PX,
    MEMORY_MB,
    Size,
    experiment_memory_mb,
    infer_memory_mb,
    memory_mb,
    request_mb,
    runtime_min,
    size_of_image,
    size_of_raw,
)
from sidewinder.names import EXPORTS
from sidewinder.store import write_image
from sidewinder.store.shards import create_levels

LARGE = Size((100, 2, 4096, 4096), 2)


def write(path, dtype):
    frames = np.zeros((3, 2, 20, 30), dtype)
    write_image(
        path, frames, n_frames=3, shape_cyx=(2, 20, 30), dtype=np.dtype(dtype), pixel_size_um=None,
        frame_interval_s=None, channel_names=("a", "b"), attributes={},
    )  # fmt: skip


@pytest.mark.parametrize(("dtype", "pixel_bytes"), [(np.uint8, 1), (np.uint16, 2), (np.float32, 4), (np.float64, 8)])
def test_the_size_of_a_movie_is_that_of_its_pixels(tmp_path, dtype, pixel_bytes):
    write(tmp_path / "image.ome.zarr", dtype)
    tifffile.imwrite(tmp_path / "raw.ome.tif", np.zeros((3, 2, 20, 30), dtype), metadata={"axes": "TCYX"})
    expected = Size((3, 2, 20, 30), pixel_bytes)
    assert size_of_image(tmp_path / "image.ome.zarr") == expected
    assert size_of_raw(str(tmp_path / "raw.ome.tif"), None) == expected


def test_a_movie_that_is_not_there_has_no_size(tmp_path, caplog):
    (tmp_path / "broken.tif").write_bytes(b"II*\0")
    assert size_of_image(tmp_path / "image.ome.zarr") is None
    assert size_of_raw(str(tmp_path / "nowhere.tif"), None) is None
    assert size_of_raw(str(tmp_path / "broken.tif"), None) is None
    assert caplog.text == ""


@pytest.mark.parametrize("n_frames", [100, 1000, 9000])
def test_two_shards_of_each_level_fit_into_what_preprocess_asks_for(n_frames):
    shapes = [(n_frames, 3, side, side) for side in (2048, 1024)]
    levels = create_levels(zarr.create_group({}), shapes, "uint16")
    two_mb = sum(2 * np.prod(level.shards) * 2 / 1e6 for level in levels)
    # measured with shards of 403 and 101 MB: 1,374 MB for 1,006 MB of shards, of frames of 25 MB
    assert 1.3 * two_mb < MEMORY_MB["preprocess"](Size((n_frames, 3, 2048, 2048))) < 2.5 * two_mb


@pytest.mark.parametrize(
    "header",
    [
        "", "[]", "{}", '{"shape": 3, "data_type": "uint8"}', '{"shape": [1, 1, 2, 3]}',
        '{"shape": [Infinity, 1, 2, 3], "data_type": "uint8"}', '{"shape": [1, -1, 2, 3], "data_type": "uint8"}',
        "[" * 5000,
    ],
    ids=lambda header: header[:60],
)  # fmt: skip
def test_a_damaged_header_of_a_preprocessed_movie_says_no_size(tmp_path, header):
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "zarr.json").write_text(header)
    assert size_of_image(tmp_path) is None


@pytest.mark.parametrize("error", [ZeroDivisionError, AssertionError, RecursionError, MemoryError])
def test_whatever_a_header_makes_a_reader_raise_stops_no_other_movie(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("sidewinder.movie.opening.movie_shape", fail)
    assert size_of_raw("m.tif", None) is None


@pytest.mark.parametrize(
    "stage",
    ["preprocess", "instances", "track", "plausibility", "publish", *EXPORTS, "overlay", "report", "evaluate"]
    + ["within"],
)
def test_larger_movies_and_later_attempts_ask_for_more(stage):
    small = memory_mb(stage, Size(), 1)
    assert 400 < small < 1200
    assert memory_mb(stage, LARGE, 1) > small
    assert memory_mb(stage, LARGE, 2) == pytest.approx(2 * memory_mb(stage, LARGE, 1), abs=1)
    assert runtime_min(stage, LARGE, 1) > runtime_min(stage, Size(), 1) >= 10
    assert runtime_min(stage, LARGE, 3) == pytest.approx(3 * runtime_min(stage, LARGE, 1), abs=3)


def test_a_block_takes_its_share_of_the_time():
    whole, part = runtime_min("infer", LARGE, 1), runtime_min("infer", LARGE, 1, n_blocks=10)
    assert whole - 10 == pytest.approx(10 * (part - 10), rel=0.1)


def test_the_network_s_memory_follows_the_tile_and_the_device():
    asked = {tile: infer_memory_mb(LARGE, 1, 16, tile, on_gpu=False) for tile in (512, 1024, "auto")}
    assert asked[512] < asked[1024] < asked["auto"]
    assert infer_memory_mb(LARGE, 1, 32, "auto", on_gpu=False) > asked["auto"]
    # on a GPU the feature maps are in its memory, however many they are
    assert infer_memory_mb(LARGE, 1, 32, "auto", on_gpu=True) == infer_memory_mb(LARGE, 1, 16, "auto", on_gpu=True)


@pytest.mark.parametrize("pixel_bytes", [1, 2, 4])
@pytest.mark.parametrize("side_px", [100, 512, 2144, 3000])
@pytest.mark.parametrize("tile", ["auto", 512])
def test_what_is_asked_for_the_network_is_what_it_chooses_its_tile_by(monkeypatch, pixel_bytes, side_px, tile):
    from sidewinder.infer import movie
    from sidewinder.unet import Architecture

    model = SimpleNamespace(network=SimpleNamespace(architecture=Architecture(depth=4, base_width=16)))
    monkeypatch.setattr(movie, "choose_tile", lambda _architecture, _available, needed: needed(LARGEST_TILE_PX))
    monkeypatch.setattr(movie, "check_tile", lambda _architecture, tile, _available, needed: needed(tile))
    needed_mb = movie.tile_of(model, tile, "cpu", (40, side_px, side_px), pixel_bytes) / 1e6
    asked_mb = infer_memory_mb(Size((40, 1, side_px, side_px), pixel_bytes), 1, 16, tile, on_gpu=False)
    of_its_choice = request_mb(INFER_MB + needed_mb, 1)
    assert of_its_choice <= asked_mb
    # a frame of several windows has them of one size, smaller than the largest
    if tile == "auto" and side_px <= LARGEST_TILE_PX:
        assert asked_mb <= 1.05 * of_its_choice


def test_an_experiment_s_memory_follows_its_tables():
    assert experiment_memory_mb(1000, 1) > 5 * experiment_memory_mb(1, 1)


def test_asking_is_cheap_for_every_parse(checkout):
    # PyTorch, Zarr or pandas at parse would cost each job of a cluster a second or more
    code = (
        "import sys, sidewinder.plan, sidewinder.cluster.slurm; print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout / "workflow", capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(result.stdout.replace("'", '"')))
    assert not loaded & {"torch", "numpy", "zarr", "pandas", "dask", "tifffile", "scipy"}
