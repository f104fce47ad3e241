"""Images on disk: exact pixels, few files, metadata that the OME models accept, and clear refusals."""

import json
import shutil
from math import ceil, prod

import numpy as np
import pytest
import zarr
from ome_zarr_models.v05 import Image as OmeImage

from sidewinder.errors import UserError
from sidewinder.store import open_image, write_stack
from sidewinder.store import shards as shards_module
from sidewinder.store.pyramid import downsample_mean, level_shapes


def files_of(folder) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def ome_of(path) -> dict:
    return json.loads((path / "zarr.json").read_text())["attributes"]["ome"]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", ">u2"])
@pytest.mark.parametrize("shape", [(3, 2, 37, 53), (1, 1, 1, 9), (2, 1, 600, 30)])
def test_pixels_come_back(tmp_path, rng, write, dtype, shape):
    data = rng.integers(0, 100, shape).astype(dtype)
    write(tmp_path / "m.zarr", data)
    stored = open_image(tmp_path / "m.zarr").data
    assert stored.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(stored[:], data)
    # nothing of ours is needed to read it
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "m.zarr" / "0", mode="r")[:], data)


def test_names_sizes_and_attributes_come_back(tmp_path, write):
    data = np.zeros((2, 3, 4, 5), "uint8")
    seen = []

    def attributes():
        seen.append(len(files_of(tmp_path)))
        return {"statistics": [{"0": 1.5}], "list": [1, None]}

    names = ["DAPI", "GFP", "µ"]
    write(tmp_path / "m", data, pixel_size_um=0.325, frame_interval_s=600.0, channel_names=names, attributes=attributes)
    image = open_image(str(tmp_path / "m"))
    assert (image.pixel_size_um, image.frame_interval_s) == (0.325, 600.0)
    assert image.channel_names == ("DAPI", "GFP", "µ")
    assert image.attributes == {"statistics": [{"0": 1.5}], "list": [1, None]}
    # asked once, after the last shard
    assert seen == [3]


@pytest.mark.parametrize(("pixel_size_um", "frame_interval_s"), [(None, None), (None, 1.0), (1.0, None), (1.0, 1.0)])
def test_unknown_sizes_stay_unknown_and_one_stays_one(tmp_path, write, pixel_size_um, frame_interval_s):
    data = np.zeros((1, 1, 2, 2), "uint8")
    write(tmp_path / "m", data, pixel_size_um=pixel_size_um, frame_interval_s=frame_interval_s)
    image = open_image(tmp_path / "m")
    assert (image.pixel_size_um, image.frame_interval_s) == (pixel_size_um, frame_interval_s)
    units = {axis["name"]: axis.get("unit") for axis in ome_of(tmp_path / "m")["multiscales"][0]["axes"]}
    assert units == {
        "t": "second" if frame_interval_s else None,
        "c": None,
        "y": "micrometer" if pixel_size_um else None,
        "x": "micrometer" if pixel_size_um else None,
    }


def test_levels_and_their_place_in_the_world(tmp_path, rng, write, small_top):
    data = rng.integers(0, 1000, (2, 1, 131, 130)).astype("uint16")
    write(tmp_path / "m", data, pixel_size_um=0.5, frame_interval_s=3.0)
    model = OmeImage.from_zarr(zarr.open_group(tmp_path / "m", mode="r"))
    expected = data
    for level, dataset in enumerate(model.datasets[0]):
        stored = zarr.open_array(tmp_path / "m" / dataset.path, mode="r")
        np.testing.assert_array_equal(stored[:], expected)
        assert stored.metadata.dimension_names == ("t", "c", "y", "x")
        size = 0.5 * 2**level
        assert dataset.coordinateTransformations[0].scale == [3.0, 1.0, size, size]
        if level:
            # the centre of the first pixel lies between those of the pixels that it stands for
            centre = 0.5 * np.mean(range(2**level))
            assert dataset.coordinateTransformations[1].translation == [0.0, 0.0, centre, centre]
        expected = downsample_mean(expected)
    assert level == 3


def test_the_ome_models_accept_it_and_viewers_know_how_to_show_it(tmp_path, write):
    data = np.arange(2 * 3 * 4 * 4, dtype="uint16").reshape(2, 3, 4, 4)
    data[:, 2] = 7
    write(tmp_path / "three", data, channel_names=["DAPI", "red", "flat"])
    OmeImage.from_zarr(zarr.open_group(tmp_path / "three", mode="r"))
    channels = ome_of(tmp_path / "three")["omero"]["channels"]
    assert [c["label"] for c in channels] == ["DAPI", "red", "flat"]
    assert [c["color"] for c in channels] == ["00FF00", "FF0000", "00FFFF"]
    assert all(c["active"] for c in channels)
    assert channels[0]["window"] == {"min": 0.0, "max": 63.0, "start": 0.0, "end": 63.0}
    assert channels[2]["window"] == {"min": 7.0, "max": 7.0, "start": 7.0, "end": 8.0}
    write(tmp_path / "one", data[:, :1], windows=lambda: [(3, 30)])
    (channel,) = ome_of(tmp_path / "one")["omero"]["channels"]
    assert channel["color"] == "FFFFFF"
    assert channel["window"] == {"min": 0.0, "max": 63.0, "start": 3.0, "end": 30.0}


def test_shards_hold_whole_frames_and_are_few(tmp_path, write, monkeypatch):
    monkeypatch.setattr(shards_module, "SHARD_BYTES", 5 * 2 * 100 * 90 * 2)
    monkeypatch.setattr(shards_module, "CHUNK_PX", 40)
    data = np.arange(11 * 2 * 100 * 90).reshape(11, 2, 100, 90).astype("uint16")
    write(tmp_path / "m", data)
    array = open_image(tmp_path / "m").data
    # 100 = 34 + 34 + 32, 90 = 30 + 30 + 30; 11 frames in three even shards
    assert array.chunks == (1, 1, 34, 30)
    assert array.shards == (4, 2, 102, 90)
    assert files_of(tmp_path / "m") == ["0/c/0/0/0/0", "0/c/1/0/0/0", "0/c/2/0/0/0", "0/zarr.json", "zarr.json"]
    np.testing.assert_array_equal(array[:], data)


def test_a_long_movie_is_a_handful_of_files():
    group = zarr.create_group({}, zarr_format=3)
    array = shards_module.create_array(group, "0", shape=(1000, 2, 2048, 2048), dtype="uint16")
    assert array.chunks == (1, 1, 1024, 1024)
    assert array.shards == (4, 2, 2048, 2048)
    large = shards_module.create_array(group, "1", shape=(3, 1, 9000, 9000), dtype="uint16")
    # 9000 = 9 chunks of 1000; 3 rows of them are 54 MB
    assert large.shards == (1, 1, 3000, 9000)


@pytest.mark.parametrize("labels", ["uint16", "uint32"])
def test_a_thousand_large_frames_of_three_channels_leave_fewer_than_200_files(labels):
    shapes = level_shapes((2048, 2048))
    levels = shards_module.create_levels(zarr.create_group({}), [(1000, 3, *shape) for shape in shapes], "uint16")
    levels += shards_module.create_levels(zarr.create_group({}), [(1000, *shape) for shape in shapes], labels)
    n_shards = sum(prod(map(ceil, np.divide(level.shape, level.shards))) for level in levels)
    # a header for each, and those of the image, of all labels and of the cells
    assert n_shards + len(levels) + 3 < 200
    assert max(prod(level.shards) * level.dtype.itemsize for level in levels) <= 384 * 2**20


def test_each_shard_is_written_once(tmp_path, write, monkeypatch):
    monkeypatch.setattr(shards_module, "SHARD_BYTES", 4 * 20 * 20)
    written = []
    plain = zarr.storage.LocalStore.set

    async def spy(self, key, value):
        written.append(key)
        await plain(self, key, value)

    monkeypatch.setattr(zarr.storage.LocalStore, "set", spy)
    write(tmp_path / "m", np.ones((10, 1, 20, 20), "uint8"))
    assert sorted(key for key in written if "/c/" in key) == [f"0/c/{i}/0/0/0" for i in range(3)]


def test_same_pixels_same_bytes(tmp_path, rng, write, digests, small_top):
    data = rng.poisson(20, (4, 2, 61, 63)).astype("uint16")
    for name in ("a", "b"):
        write(tmp_path / name, data, pixel_size_um=0.1, attributes={"b": 1, "a": 2})
    first = digests(tmp_path / "a")
    assert first == digests(tmp_path / "b")
    assert sorted(first) == ["0/c/0/0/0/0", "0/zarr.json", "1/c/0/0/0/0", "1/zarr.json", "zarr.json"]


@pytest.mark.parametrize(
    "changes",
    [
        {"n_frames": 3},
        {"n_frames": 1},
        {"n_frames": 0},
        {"shape_cyx": (1, 4, 6)},
        {"dtype": "uint8"},
        {"channel_names": ["a", "b"]},
    ],
)
def test_frames_that_are_not_as_announced_leave_nothing(tmp_path, write, changes):
    with pytest.raises(ValueError, match="frame|channel"):
        write(tmp_path / "m", np.zeros((2, 1, 4, 5), "uint16"), **changes)
    assert list(tmp_path.iterdir()) == []


def test_no_frames_where_some_were_announced_leave_nothing(tmp_path, write):
    with pytest.raises(ValueError, match="0 frames where 2 were announced"):
        write(tmp_path / "m", np.zeros((0, 1, 4, 5), "uint16"), n_frames=2)
    assert list(tmp_path.iterdir()) == []


class TestRefusals:
    def test_nothing_there(self, tmp_path):
        with pytest.raises(UserError, match=r"m\.zarr: no such folder"):
            open_image(tmp_path / "m.zarr")

    @pytest.mark.parametrize("content", [None, "not json", '{"zarr_format": 3, "node_type": "group"}'])
    def test_not_ours(self, tmp_path, content):
        (tmp_path / "m.zarr").mkdir()
        if content:
            (tmp_path / "m.zarr" / "zarr.json").write_text(content)
        with pytest.raises(UserError, match=r"m\.zarr: not a complete Zarr store"):
            open_image(tmp_path / "m.zarr")

    def test_an_array_or_an_older_zarr(self, tmp_path):
        zarr.create_array(tmp_path / "array", shape=(2, 2), dtype="u1")
        zarr.create_group(tmp_path / "old", zarr_format=2)
        for name in ("array", "old"):
            with pytest.raises(UserError, match=f"{name}: not a complete Zarr store"):
                open_image(tmp_path / name)

    def test_a_stack_is_no_image(self, tmp_path):
        write_stack(tmp_path / "s", [], n_frames=0, frame_shape=(2, 2), dtype="u1", attributes={})
        with pytest.raises(UserError, match="s: a Zarr store, but not an image"):
            open_image(tmp_path / "s")

    @pytest.mark.case("results", "a file of an intermediate store is lost")
    def test_a_lost_shard(self, tmp_path, write):
        write(tmp_path / "m", np.zeros((2, 1, 4, 5), "uint16"))
        (tmp_path / "m" / "0" / "c" / "0" / "0" / "0" / "0").unlink()
        with pytest.raises(UserError, match="m: 0 of 1 shards of the array '0'"):
            open_image(tmp_path / "m")

    def test_a_lost_array(self, tmp_path, write):
        write(tmp_path / "m", np.zeros((2, 1, 4, 5), "uint16"))
        shutil.rmtree(tmp_path / "m" / "0")
        with pytest.raises(UserError, match="m: the array '0' is missing"):
            open_image(tmp_path / "m")


@pytest.mark.case("results", "a header of an intermediate store is damaged")
def test_a_damaged_header_of_an_array_is_named(tmp_path, write):
    write(tmp_path / "m", np.zeros((1, 1, 8, 8), "uint8"))
    (tmp_path / "m" / "0" / "zarr.json").write_text("")
    with pytest.raises(UserError, match="m: the header of the array '0' is damaged; delete the store and let"):
        open_image(tmp_path / "m")


@pytest.mark.parametrize(
    ("header", "old", "new"),
    [
        ("zarr.json", '"omero": {', '"omero": "x", "was": {'),
        ("zarr.json", '"axes": [', '"axes": 3, "were": ['),
        ("0/zarr.json", '"codecs": [', '"codecs": "x", "were": ['),
        ("0/zarr.json", '"fill_value": 0', '"fill_value": -1000000000'),
    ],
)
def test_values_of_another_kind_in_a_header_are_damage(tmp_path, write, header, old, new):
    write(tmp_path / "m", np.zeros((1, 1, 8, 8), "uint8"))
    text = json.dumps(json.loads((tmp_path / "m" / header).read_text()))
    assert old in text
    (tmp_path / "m" / header).write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=r"m: .*(damaged|not a complete Zarr store).* run"):
        open_image(tmp_path / "m")
