"""Contrast that is small beside a large offset, as of a camera at 60,000 with 40 counts of signal, is not lost."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from sidewinder.infer.movie import infer_movie
from sidewinder.instances.block import BlockOutputs
from sidewinder.instances.movie import segment_movie
from sidewinder.plausibility.light import check_saturated, measure_light
from sidewinder.preprocess.convert import convert
from sidewinder.store import open_image, open_stack

MODEL = Path(__file__).resolve().parents[2] / "workflow" / "models" / "nuclei"
OFFSETS = (100, 60_000)
SIGNAL, N_CELLS = 40, 9
SHEET = {"position": None, "channel": "0"}


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    """Nine discs in a frame with noise of 3 counts, at both offsets; for each the folder of all stages."""
    folder = tmp_path_factory.mktemp("offset")
    y, x = np.mgrid[:96, :96] % 32 - 16
    frame = SIGNAL * (y**2 + x**2 <= 8**2) + np.random.default_rng(4).normal(0, 3, (96, 96)).round()
    for offset in OFFSETS:
        here = folder / str(offset)
        here.mkdir()
        tifffile.imwrite(here / "raw.tif", (frame + offset).astype(np.uint16), photometric="minisblack")
        convert(here / "raw.tif", here / "image.zarr", **SHEET)
        how = {"block": 0, "n_blocks": 1, "tile": "auto", "device": "cpu", "gpu_asked": False, "threads": 1}
        infer_movie(here / "image.zarr", MODEL, here / "maps.zarr", channel="0", pixel_size_um=0.5, **how)
        segment_movie(
            maps=here / "maps.zarr",
            image=here / "image.zarr",
            outputs=BlockOutputs(here / "labels.zarr", here / "cells.parquet", here / "uncertainty.npy"),
            settings={},
            measure={},
            threads=1,
        )
    return folder


def test_statistics_and_maps_are_as_without_the_offset(stages):
    low, high = (open_image(stages / str(offset) / "image.zarr") for offset in OFFSETS)
    np.testing.assert_array_equal(low.data[:] + np.uint16(OFFSETS[1] - OFFSETS[0]), high.data[:])
    quantiles = [image.attributes["statistics"][0]["quantiles"] for image in (low, high)]
    assert quantiles[1]["99.8"] - quantiles[1]["1"] == quantiles[0]["99.8"] - quantiles[0]["1"] > SIGNAL
    maps = [open_stack(stages / str(offset) / "maps.zarr").data[:].astype(int) for offset in OFFSETS]
    # rescaled to the model's pixel size in float32, which has steps of 0.004 counts at 60,000
    assert np.abs(maps[1] - maps[0]).max() <= 2
    assert maps[0].max() > 240


def test_the_same_cells_are_found_and_their_signal_is_measured(stages):
    low, high = (pd.read_parquet(stages / str(offset) / "cells.parquet") for offset in OFFSETS)
    assert len(low) == len(high) == N_CELLS
    np.testing.assert_allclose(high["area_px"], low["area_px"], atol=2)
    np.testing.assert_allclose(high["mean_ch0"] - low["mean_ch0"], OFFSETS[1] - OFFSETS[0], atol=0.5)
    for name in ("corrected_mean_ch0", "std_ch0"):
        np.testing.assert_allclose(high[name], low[name], atol=0.5)
    assert high["corrected_mean_ch0"].between(0.75 * SIGNAL, 1.05 * SIGNAL).all()


def test_a_large_offset_is_no_overexposure(stages):
    image = open_image(stages / str(OFFSETS[1]) / "image.zarr")
    light = measure_light(iter(image.data[:, 0]))
    assert light.highest[0] - light.lowest[0] > SIGNAL
    assert image.no_image == {}
    assert check_saturated(light, image.has_no_image) == []
