"""From a raw movie to an image: pixels, sizes, exact statistics, memory, refusals."""

import hashlib
import logging
import tracemalloc

import numpy as np
import pytest
import tifffile
import zarr
from ome_zarr_models.v05 import Image as OmeImage

from sidewinder.errors import UserError
from sidewinder.preprocess import QUANTILES_PERCENT, quantile
from sidewinder.preprocess import convert as convert_module
from sidewinder.preprocess.convert import convert
from sidewinder.preprocess.inspection import Inspection
from sidewinder.store import open_image
from sidewinder.store import shards as shards_module

NOTHING = {"position": None, "channel": "0"}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture
def converted(tmp_path):
    """A function that writes (T, C, Y, X) pixels as a TIFF, converts it and opens the result."""

    def run(data, metadata=None, **said):
        tifffile.imwrite(tmp_path / "m.ome.tif", data, metadata={"axes": "TCYX", **(metadata or {})})
        convert(tmp_path / "m.ome.tif", tmp_path / "out" / "image.ome.zarr", **{**NOTHING, **said})
        return open_image(tmp_path / "out" / "image.ome.zarr")

    return run


def expected_quantiles(plane: np.ndarray) -> list[float]:
    """By definition: the smallest value that at least q percent of the pixels do not exceed."""
    values, counts = np.unique(plane, return_counts=True)
    share_of_ten_thousandths = counts.cumsum() * 10_000
    found = []
    for percent in QUANTILES_PERCENT:
        wanted = round(percent * 100) * plane.size
        found.append(values[np.argmax(share_of_ten_thousandths >= wanted)].item())
    return found


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 2, 31, 47), (1, 1, 1, 10), (10, 1, 10, 10)])
def test_pixels_and_quantiles_are_exact(converted, rng, dtype, shape):
    data = rng.gamma(2.0, 20.0, shape) - (30 if np.dtype(dtype).kind != "u" else 0)
    data = np.clip(data, -128, 127).astype(dtype)
    image = converted(data)
    assert image.data.dtype == dtype
    np.testing.assert_array_equal(image.data[:], data)
    statistics = image.attributes["statistics"]
    assert [channel["channel"] for channel in statistics] == list(image.channel_names)
    for index, channel in enumerate(statistics):
        assert list(channel["quantiles"]) == [str(percent) for percent in QUANTILES_PERCENT]
        assert list(channel["quantiles"].values()) == expected_quantiles(data[:, index])
        # a second opinion, where its rounding of ranks cannot matter
        percents = [percent for percent in QUANTILES_PERCENT if percent in (0, 25, 50, 75, 100)]
        of_numpy = np.percentile(data[:, index], percents, method="inverted_cdf")
        assert [quantile(statistics, index, percent) for percent in percents] == of_numpy.tolist()


@pytest.mark.parametrize("value", [0, 7, 65535])
def test_a_constant_movie(converted, value):
    image = converted(np.full((2, 1, 6, 7), value, "uint16"))
    assert set(image.attributes["statistics"][0]["quantiles"].values()) == {value}


def test_ranks_are_counted_in_fractions(converted):
    # 99.9 % of 1000 pixels are 999 of them, although 99.9 / 100 * 1000 is a little more in floats
    data = np.zeros((1, 1, 20, 50), "uint16")
    data[0, 0, 0, 0] = 9
    quantiles = converted(data).attributes["statistics"][0]["quantiles"]
    assert (quantiles["99.8"], quantiles["99.9"], quantiles["99.99"], quantiles["100"]) == (0, 0, 9, 9)


def test_an_unstored_quantile_is_refused():
    statistics = [{"channel": "a", "quantiles": {"0": 1, "99.8": 5}}]
    assert quantile(statistics, 0, 99.8) == 5.0
    assert quantile(statistics, 0, 0.0) == 1.0
    with pytest.raises(UserError, match=r"the quantile of 99\.7 % was not computed; expected one of 0, 99\.8"):
        quantile(statistics, 0, 99.7)


@pytest.mark.parametrize(("dtype", "stored"), [("bool", "uint8"), ("float16", "float32")])
def test_small_types_become_common_ones(tmp_path, rng, dtype, stored):
    data = (rng.random((5, 9, 8)) * 2).astype(dtype)
    tifffile.imwrite(tmp_path / "m.tif", data)
    convert(tmp_path / "m.tif", tmp_path / "out", **NOTHING)
    image = open_image(tmp_path / "out")
    assert image.data.dtype == stored
    np.testing.assert_array_equal(image.data[:, 0], data.astype(stored))


def test_the_result_is_ome_zarr_that_viewers_can_show(converted, tmp_path, rng):
    data = rng.integers(0, 1000, (2, 2, 50, 50)).astype("uint16")
    data[0, 0, 0, 0] = 65535
    image = converted(data, metadata={"Channel": {"Name": ["DAPI", "GFP"]}})
    group = zarr.open_group(tmp_path / "out" / "image.ome.zarr", mode="r")
    OmeImage.from_zarr(group)
    windows = [channel["window"] for channel in group.attrs["ome"]["omero"]["channels"]]
    quantiles = [channel["quantiles"] for channel in image.attributes["statistics"]]
    assert [(w["start"], w["end"]) for w in windows] == [(q["0.1"], q["99.9"]) for q in quantiles]
    assert windows[0]["max"] == 65535
    assert windows[0]["end"] < 1000
    files = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert len(files) == 3


def test_same_movie_same_bytes(tmp_path, rng):
    tifffile.imwrite(tmp_path / "m.tif", rng.normal(0, 1, (5, 30, 31)).astype("float32"))
    hashes = []
    for name in "ab":
        convert(tmp_path / "m.tif", tmp_path / name, **NOTHING)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        hashes.append([(p.relative_to(tmp_path / name), hashlib.sha256(p.read_bytes()).digest()) for p in files])
    assert hashes[0] == hashes[1]


class TestSizes:
    SAYS = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "TimeIncrement": 60.0}

    def test_pixels_that_are_not_square_keep_both_their_sides(self, converted, caplog):
        caplog.set_level(logging.INFO, "sidewinder")
        image = converted(np.zeros((2, 1, 8, 9), "uint8"), self.SAYS | {"PhysicalSizeY": 2.0})
        assert (image.pixel_size_um, image.pixel_aspect) == (1.0, 4.0)
        assert "pixel size: 2x0.5 um (height x width)" in caplog.messages

    def test_what_the_file_says_is_kept_and_logged(self, converted, caplog):
        caplog.set_level(logging.INFO, "sidewinder")
        image = converted(np.zeros((2, 1, 8, 9), "uint8"), self.SAYS)
        assert (image.pixel_size_um, image.frame_interval_s) == (0.5, 60.0)
        assert "pixel size: 0.5 um" in caplog.messages
        assert "frame interval: 60 s" in caplog.messages

    def test_times_of_frames_are_kept_and_uneven_ones_are_said(self, converted, caplog):
        planes = {"DeltaT": [2.0, 302.0, 3902.0], "DeltaTUnit": ["s"] * 3}
        image = converted(np.zeros((3, 1, 8, 9), "uint8"), {"TimeIncrement": 300.0, "Plane": planes})
        assert (image.times_s.tolist(), image.frame_interval_s) == ([0, 300, 3900], 1950)
        assert "taken at uneven times, from 300 to 3600 s apart" in caplog.text

    def test_what_nobody_knows_is_said(self, converted, caplog):
        caplog.set_level(logging.INFO, "sidewinder")
        image = converted(np.zeros((3, 2, 8, 9), "bool"))
        assert (image.pixel_size_um, image.frame_interval_s, image.times_s) == (None, None, None)
        assert "pixel size: the file says none; without one in the sheet columns in um will be empty" in caplog.messages
        assert "frame interval: the file says none; without one in the sheet columns in s will be empty" in caplog.text
        assert "3 frames of 8 x 9 pixels (height x width), bool (stored as uint8)" in caplog.messages
        assert "2 channels: ch0, ch1" in caplog.messages
        assert any(message.startswith("convert: 3/3 frames") for message in caplog.messages)


def test_a_position(tmp_path, rng):
    data = rng.integers(0, 99, (2, 3, 8, 9)).astype("uint8")
    with tifffile.TiffWriter(tmp_path / "m.ome.tif") as tif:
        for name, frames in zip("AB", data, strict=True):
            tif.write(frames, metadata={"axes": "TYX", "Name": name})
    convert(tmp_path / "m.ome.tif", tmp_path / "out", **{**NOTHING, "position": "B"})
    np.testing.assert_array_equal(open_image(tmp_path / "out").data[:, 0], data[1])


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_memory_does_not_grow_with_the_movie(tmp_path, rng, monkeypatch, dtype):
    frame = rng.integers(0, 60000, (200, 300)).astype(dtype)
    monkeypatch.setattr(shards_module, "SHARD_BYTES", 4 * frame.nbytes)
    peaks = []
    for n_frames in (24, 96):
        source = tmp_path / f"{n_frames}.tif"
        tifffile.imwrite(source, np.broadcast_to(frame, (n_frames, *frame.shape)))
        tracemalloc.start()
        convert(source, tmp_path / f"{n_frames}.zarr", **NOTHING)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 72 frames more take less than the memory of three shards of four frames: those that happen to be on their way
    assert peaks[1] - peaks[0] < 3 * shards_module.SHARD_BYTES


class TestRefusals:
    @pytest.mark.case("raw data", "pixels that are infinite")
    @pytest.mark.parametrize("bad", [np.inf, -np.inf])
    def test_a_frame_that_is_not_finite(self, tmp_path, bad):
        data = np.zeros((5, 10, 10), "float32")
        data[2, 3, 4:6] = bad
        tifffile.imwrite(tmp_path / "m.tif", data)
        with pytest.raises(UserError, match=r"m\.tif: frame 2 has 2 pixels that are infinite"):
            convert(tmp_path / "m.tif", tmp_path / "out", **NOTHING)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["m.tif"]

    def test_a_frame_that_is_broken_leaves_nothing(self, tmp_path):
        for index in range(3):
            tifffile.imwrite(tmp_path / f"t{index}.tif", np.zeros((8 + index // 2, 9), "uint8"))
        with pytest.raises(UserError, match=r"t2\.tif: frame 2 is \(1, 9, 9\) uint8 where frame 0"):
            convert(str(tmp_path / "t*.tif"), tmp_path / "out", **NOTHING)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["t0.tif", "t1.tif", "t2.tif"]

    @pytest.mark.case("raw data", "all pixels are NaN")
    def test_a_movie_of_nan(self, tmp_path):
        tifffile.imwrite(tmp_path / "m.tif", np.full((5, 10, 10), np.nan, "float32"))
        with pytest.raises(UserError, match=r"m\.tif: all pixels are NaN; expected a movie with grey values"):
            convert(tmp_path / "m.tif", tmp_path / "out", **NOTHING)

    @pytest.mark.case("raw data", "nothing is at the path")
    def test_no_movie(self, tmp_path):
        with pytest.raises(UserError, match="nowhere: no such file"):
            convert(tmp_path / "nowhere", tmp_path / "out", **NOTHING)


@pytest.mark.parametrize(("dtype", "stored"), [("int64", "int32"), ("uint64", "uint32")])
def test_integers_of_64_bits_that_fit_are_kept(tmp_path, rng, dtype, stored):
    data = rng.integers(0, 2**31, (3, 9, 8)).astype(dtype)
    tifffile.imwrite(tmp_path / "m.tif", data, photometric="minisblack")
    convert(tmp_path / "m.tif", tmp_path / "out", **NOTHING)
    image = open_image(tmp_path / "out")
    assert image.data.dtype == stored
    np.testing.assert_array_equal(image.data[:, 0], data)


class TestNothingIsLeft:
    def refuse(self, source, message):
        output = source.parent / "out" / "image.ome.zarr"
        with pytest.raises(UserError, match=message):
            convert(source, output, **NOTHING)
        assert not output.parent.exists() or not list(output.parent.iterdir())

    def test_of_values_beyond_float32(self, tmp_path):
        tifffile.imwrite(tmp_path / "m.tif", np.full((2, 9, 8), 1e300))
        self.refuse(tmp_path / "m.tif", r"m\.tif: frame 0 has values as large as 1e\+300")
        tifffile.imwrite(tmp_path / "s.tif", np.linspace(1e-300, 2e-300, 144).reshape(2, 9, 8))
        self.refuse(tmp_path / "s.tif", r"s\.tif: the values of channel ch0 lie between 1\.0\d+e-300 and ")

    @pytest.mark.case("raw data", "frames arrive while the movie is read")
    @pytest.mark.parametrize("dtype", ["uint16", "float32"])
    def test_of_a_folder_to_which_frames_are_copied(self, tmp_path, monkeypatch, dtype):
        folder = tmp_path / "frames"
        folder.mkdir()
        for index in range(3):
            tifffile.imwrite(folder / f"t{index}.tif", np.ones((9, 8), dtype))
        read = convert_module.as_stored

        def copy_meanwhile(where, frame):
            tifffile.imwrite(folder / "t3.tif", np.ones((9, 8), dtype))
            return read(where, frame)

        monkeypatch.setattr(convert_module, "as_stored", copy_meanwhile)
        self.refuse(folder, r"frames has changed while it was read: 1 file added: t3\.tif; start again once all of its")


def test_a_channel_that_is_not_there_shows_before_any_gpu_is_waited_for(tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.zeros((2, 8, 8), np.uint8))
    with pytest.raises(UserError, match="channel 'GFP' is not in the movie"):
        convert(tmp_path / "m.tif", tmp_path / "out", **NOTHING | {"channel": "GFP"})
    assert not (tmp_path / "out").exists()


class TestNoImageAndNoData:
    @pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
    def test_frames_that_are_no_image_are_in_no_statistic(self, converted, rng, caplog, dtype):
        caplog.set_level(logging.INFO, "sidewinder")
        data = rng.normal(500, 30, (9, 2, 40, 50)).astype(dtype)
        data[4] = 0
        data[6] = data[5]
        image = converted(data, channel="1")
        good = [0, 1, 2, 3, 5, 7, 8]
        assert image.no_image == {"black_frame": [4], "copied_frame": [6]}
        assert np.flatnonzero(~image.has_no_image).tolist() == good
        for index, channel in enumerate(image.attributes["statistics"]):
            assert list(channel["quantiles"].values()) == expected_quantiles(data[good, index])
        np.testing.assert_array_equal(image.data[:], data)
        said = "preprocess: WARNING: frame 4 is no image (no light): no cells are looked for there, and tracks go on"
        assert any(message.startswith(said) for message in caplog.messages)

    @pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
    def test_pixels_without_data_are_in_no_statistic(self, converted, rng, dtype):
        data = rng.normal(500, 30, (4, 2, 40, 50)).astype(dtype)
        data[1:3, :, :, 41:] = 65535 if dtype == "uint16" else np.nan
        image = converted(data)
        assert image.attributes["no_data"] == [1, 2]
        assert image.no_image == {}
        for index, channel in enumerate(image.attributes["statistics"]):
            pixels = np.concatenate([data[:, index, :, :40].ravel(), data[[0, 3], index, :, 40:].ravel()])
            assert list(channel["quantiles"].values()) == expected_quantiles(pixels)
        np.testing.assert_array_equal(image.data[:], data)
        assert [image.missing(frame) is None for frame in range(4)] == [True, False, False, True]
        assert np.isfinite(image.filled(1, [1, 0])).all()
        assert image.filled(1, [0])[0, 7, 41:].tolist() == [data[1, 0, 7, 39]] * 9

    def test_a_movie_of_nothing_has_statistics_all_the_same(self, converted):
        image = converted(np.zeros((3, 1, 20, 20), "uint16"))
        assert image.no_image == {"black_frame": [0, 1, 2]}
        assert image.attributes["statistics"][0]["quantiles"]["100"] == 0


REAL = (
    "Fluo-N2DH-SIM+", "Fluo-N2DH-GOWT1", "Fluo-N2DL-HeLa", "PhC-C2DH-U373", "PhC-C2DL-PSC", "Fluo-C2DL-MSC",
    "Usiigaci-T98G", "DIC-C2DH-HeLa",
)  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_of_real_movies_every_frame_is_an_image_and_every_pixel_data(shared_data, name):
    inspection = Inspection([0])
    # as many neighbours as a frame is compared with, and two more
    for path in sorted((shared_data / name / "01").glob("*.tif"))[:18]:
        inspection.take(tifffile.imread(path)[None])
    assert inspection.end() == []
    assert inspection.attributes() == {}
