"""Z-slices, of all formats, and what becomes of them."""

import json

import numpy as np
import pytest
import tifffile
import zarr

from sidewinder.errors import UserError
from sidewinder.movie.movie import Frames, Slices
from sidewinder.movie.opening import movie_shape, open_movie
from sidewinder.movie.slices import flattened

MICROMETRE = {"unit": "micron", "finterval": 60, "spacing": 2}


def imagej(path, data):
    tifffile.imwrite(path, data, imagej=True, metadata={"axes": "TZCYX", **MICROMETRE}, resolution=(2, 2))
    return path


def ome(path, data):
    tifffile.imwrite(path, data, metadata={"axes": "TZCYX", "TimeIncrement": 60, "PhysicalSizeX": 0.5})
    return path


def ome_zarr(path, data):
    group = zarr.open_group(path, mode="w", zarr_format=2)
    group.create_array("0", data=np.maximum(data, 1), chunks=(1, 1, 1, *data.shape[3:]))
    kinds = {"t": "time", "z": "space", "c": "channel", "y": "space", "x": "space"}
    units = {"t": {"unit": "minute"}, "c": {}}
    axes = [{"name": a, "type": kinds[a]} | units.get(a, {"unit": "micrometer"}) for a in "tzcyx"]
    scale = [{"type": "scale", "scale": [1, 2, 1, 0.5, 0.5]}]
    levels = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": levels}]
    return path


def files_of_slices(path, data):
    path.mkdir()
    for (t, z, c), _ in np.ndenumerate(data[..., 0, 0]):
        tifffile.imwrite(path / f"m_t{t}_z{z}_c{c}.tif", data[t, z, c], photometric="minisblack")
    return path


def files_of_stacks(path, data):
    path.mkdir()
    for t, stack in enumerate(data):
        tifffile.imwrite(path / f"t{t}.tif", stack, imagej=True, metadata={"axes": "ZCYX"})
    return path


def pieces(path, data):
    path.mkdir()
    imagej(path / "m_1.tif", data[:2])
    imagej(path / "m_2.tif", data[2:])
    return path


def micromanager(path, data):
    path.mkdir()
    said = {"Summary": {"Frames": len(data)}}
    for (t, z, c), _ in np.ndenumerate(data[..., 0, 0]):
        name = f"img_{t:09d}_{c}_{z:03d}.tif"
        tifffile.imwrite(path / name, data[t, z, c], photometric="minisblack")
        said[f"FrameKey-{t}-{c}-{z}"] = {"FileName": name, "Channel": str(c), "ChannelIndex": c, "Frame": t, "Slice": z}
    (path / "metadata.txt").write_text(json.dumps(said))
    return path


WRITERS = [imagej, ome, ome_zarr, files_of_slices, files_of_stacks, pieces, micromanager]


@pytest.fixture
def data(pixels):
    # no 0, which would be a chunk that is left out
    return np.maximum(pixels(4, 3, 2, 12, 10), 1)


@pytest.mark.parametrize("write", WRITERS)
class TestEachFormat:
    def test_projected(self, tmp_path, same, data, write):
        path = write(tmp_path / ("m" if write in (imagej, ome) else "f"), data)
        same(open_movie(path, z="max"), data.max(axis=1))
        same(open_movie(path, z="mean"), data.mean(axis=1).round().astype("uint16"))
        assert movie_shape(path, z="sharpest") == ((4, 2, 12, 10), np.dtype("uint16"))

    def test_one_slice(self, tmp_path, same, data, write):
        path = write(tmp_path / "m", data)
        same(open_movie(path, z="2"), data[:, 2])
        with pytest.raises(UserError, match=r"m: there is no z-slice 3; it has 3 \(the first is 0\)"):
            open_movie(path, z="3")

    def test_nothing_said(self, tmp_path, data, write):
        with pytest.raises(UserError, match=r"m: has 3 z-slices; .*column 'z' .*: max, mean or .* for one slice$"):
            open_movie(write(tmp_path / "m", data))

    def test_no_time(self, tmp_path, data, write):
        with pytest.raises(UserError, match=r"m: has 4 time points of 3 z-slices, which cannot be time, too"):
            open_movie(write(tmp_path / "m", data), z="time")


@pytest.mark.parametrize(
    ("write", "interval_s"), [(imagej, 60), (ome, None), (ome_zarr, None), (files_of_slices, None)]
)
def test_slices_that_are_time_points(tmp_path, same, data, write, interval_s):
    path = write(tmp_path / "m", data[:1])
    with pytest.raises(UserError, match="for one slice, time if they are time points$"):
        open_movie(path)
    movie = open_movie(path, z="time")
    same(movie, data[0])
    # a scale of 1 of a time axis without a length says nothing
    assert movie.frame_interval_s == interval_s


def test_slices_that_are_time_points_keep_an_interval_that_is_said(tmp_path, data):
    group = zarr.open_group(ome_zarr(tmp_path / "m", data[:1]), mode="r+")
    (multiscale,) = group.attrs["multiscales"]
    multiscale["datasets"][0]["coordinateTransformations"][0]["scale"][0] = 5
    group.attrs["multiscales"] = [multiscale]
    assert open_movie(tmp_path / "m", z="time").frame_interval_s == 300


def test_times_of_frames_and_of_slices(tmp_path, data):
    labels = [f"t = {30 * t} s" for t in range(4) for _ in range(6)]
    tifffile.imwrite(tmp_path / "m.tif", data, imagej=True, metadata={"axes": "TZCYX", "Labels": labels})
    assert open_movie(tmp_path / "m.tif", z="max").times_s == (0, 30, 60, 90)
    planes = {"DeltaT": [0.0, 5.0, 25.0], "TheT": [0] * 3, "TheZ": [0, 1, 2], "TheC": [0] * 3}
    tifffile.imwrite(tmp_path / "m.ome.tif", data[0, :, 0], metadata={"axes": "ZYX", "Plane": planes})
    assert open_movie(tmp_path / "m.ome.tif", z="time").times_s == (0, 5, 25)


def test_a_movie_without_slices_takes_any_word(tmp_path, same, data):
    path = imagej(tmp_path / "m.tif", data[:, :1])
    for z in ("max", "mean", "sharpest", "time", "0"):
        same(open_movie(path, z=z), data[:, 0])


class TestSharpest:
    def flat(self, slices):
        frames = Frames(
            lambda _: slices[0], 1, slices.shape[1:], slices.dtype, slices=Slices(4, lambda _, z: slices[z])
        )
        return flattened("m", frames, "sharpest").read(0)

    def test_all_channels_are_of_the_slice_with_the_strongest_edges(self):
        rng = np.random.default_rng(0)
        slices = rng.normal(300, 4, (4, 2, 40, 40)).round().astype("uint16")
        # bright and smooth is not sharp; noise in the other channel decides nothing
        slices[1, 0] += np.uint16(5000)
        slices[2, 0, ::4] += np.uint16(200)
        np.testing.assert_array_equal(self.flat(slices), slices[2])

    def test_constant_slices(self):
        slices = np.full((4, 1, 8, 8), 7, "uint8")
        np.testing.assert_array_equal(self.flat(slices), slices[0])


@pytest.mark.parametrize(("dtype", "mean"), [("uint8", 128), ("float32", 127.5), ("int16", 128)])
def test_means_keep_the_type(dtype, mean):
    slices = np.stack([np.full((1, 4, 4), value, dtype) for value in (10, 245)])
    frames = Frames(lambda _: slices[0], 1, (1, 4, 4), slices.dtype, slices=Slices(2, lambda _, z: slices[z]))
    found = flattened("m", frames, "mean").read(0)
    assert found.dtype == dtype
    assert (found == mean).all()


def test_files_of_other_slices(tmp_path, data):
    path = files_of_stacks(tmp_path / "f", data)
    tifffile.imwrite(path / "t2.tif", data[2, :2], imagej=True, metadata={"axes": "ZCYX"})
    with pytest.raises(UserError, match=r"t2\.tif: frame 2 has 2 z-slices where frame 0 \(.*t0\.tif\) has 3"):
        open_movie(path, z="max").read(2)
    (path / "t2.tif").unlink()
    named = files_of_slices(tmp_path / "named", data)
    (named / "m_t1_z2_c0.tif").unlink()
    with pytest.raises(UserError, match=r"no file of channel c0, slice z2 beside m_t1_z0_c0\.tif \(frame 1\)"):
        open_movie(named, z="max")
