"""ND2, CZI and LIF: real files, compared with readers that have nothing in common with ours, and written ones.

The packages of all readers are needed: those of the extras `nd2`, `czi`, `lif`, and nd2reader, readlif, czifile.
"""

import sys

import czifile
import nd2reader
import numpy as np
import pytest
import readlif.reader
import yaml

from sidewinder.errors import UserError
from sidewinder.movie.opening import movie_shape, open_movie

# no wheel of pylibCZIrw is for Python 3.14
HAS_CZI = sys.version_info < (3, 14)
NO_CZI = "SKIPPED LOUDLY: pylibCZIrw, which reads CZI, has no wheel for this Python"
if HAS_CZI:
    from pylibCZIrw import czi

SWEEP = "lif/LeicaLASX_wavelength-sweep_example.lif"


@pytest.fixture
def formats(shared_data):
    return shared_data / "formats"


@pytest.fixture
def known(formats):
    return yaml.safe_load((formats / "known-metadata.yml").read_text())


class TestNd2:
    def test_time_lapse(self, formats, known, caplog):
        said = known["nd2/example-timelapse.nd2"]
        movie = open_movie(formats / "nd2/example-timelapse.nd2")
        assert (movie.shape, movie.dtype) == ((53, 1, 64, 64), "uint16")
        assert (movie.pixel_size_um, movie.channel_names) == (0.325, ("GFP 488 nm",))
        np.testing.assert_allclose(movie.times_s, np.array(said["times_s"]) - said["times_s"][0], atol=2e-4)
        with nd2reader.ND2Reader(str(formats / "nd2/example-timelapse.nd2")) as other:
            for frame in range(53):
                np.testing.assert_array_equal(movie.read(frame)[0], other.get_frame_2D(t=frame))

    def test_channels(self, formats, known):
        said = known["nd2/example-multichannel.nd2"]
        movie = open_movie(formats / "nd2/example-multichannel.nd2")
        assert movie.channel_names == tuple(said["channel_names"])
        assert movie.pixel_size_um == pytest.approx(said["pixel_size_um"], rel=1e-6)
        with nd2reader.ND2Reader(str(formats / "nd2/example-multichannel.nd2")) as other:
            expected = np.stack([other.get_frame_2D(c=channel) for channel in range(4)])
        np.testing.assert_array_equal(movie.read(0), expected)

    def test_slices(self, formats):
        path = formats / "nd2/example-zstack.nd2"
        with nd2reader.ND2Reader(str(path)) as other:
            expected = np.stack([other.get_frame_2D(z=z) for z in range(11)])
        np.testing.assert_array_equal(open_movie(path, z="max").read(0)[0], expected.max(axis=0))
        as_time = open_movie(path, z="time")
        np.testing.assert_array_equal([as_time.read(z)[0] for z in range(11)], expected)
        assert as_time.times_s[1] == pytest.approx(0.5, abs=0.01)
        with pytest.raises(UserError, match="has 11 z-slices"):
            movie_shape(path)


@pytest.mark.skipif(not HAS_CZI, reason=NO_CZI)
class TestCzi:
    def test_time_slices_and_channels(self, formats, known):
        name = "czi/CellDivision_T3_Z5_CH2_X240_Y170.czi"
        said, movie = known[name], open_movie(formats / name, z="4")
        assert (movie.shape, movie.channel_names) == ((3, 2, 170, 240), ("LED555", "LED470"))
        assert movie.pixel_size_um == pytest.approx(said["pixel_size_um"], rel=1e-6)
        # those that were measured, not those that were planned
        np.testing.assert_allclose(movie.times_s, said["times_s"], atol=1e-4)
        with czifile.CziFile(formats / name) as other:
            expected = other.asarray()[0, ..., 0]
        assert expected.shape == (3, 2, 5, 170, 240)
        np.testing.assert_array_equal([movie.read(frame) for frame in range(3)], expected[:, :, 4])
        np.testing.assert_array_equal(open_movie(formats / name, z="max").read(2), expected[2].max(axis=1))

    def test_planned_times_where_none_was_measured(self, formats, known):
        said = known["czi/LLS7_small.czi"]
        movie = open_movie(formats / "czi/LLS7_small.czi", z="2")
        assert movie.times_s == tuple(said["times_planned_s"])
        assert int(movie.read(1)[1].sum(dtype=np.int64)) == said["plane"]["sum"]

    def test_scenes(self, formats, known):
        name = "czi/S3_1Pos_2Mosaic_T1_Z1_CH1.czi"
        for number, position in enumerate(("TR1", "P1", "TR2")):
            size = known[name]["scenes"][number]
            assert open_movie(formats / name, position).shape == (1, 1, size["y"], size["x"])
        assert int(open_movie(formats / name, "P1").read(0).sum(dtype=np.int64)) == known[name]["plane"]["sum"]
        with pytest.raises(UserError, match=r"has 3 positions \(0: TR1, 1: P1, 2: TR2\)"):
            open_movie(formats / name)
        other = "czi/xyz__multiple_images.czi"
        assert int(open_movie(formats / other, "1", z="1").read(0).sum(dtype=np.int64)) == known[other]["plane"]["sum"]

    def write(self, path, data, n_scenes=1, **about):
        """A file of (T, C, Y, X, samples), whose scenes differ in their values."""
        with czi.create_czi(str(path)) as file:
            for (t, c), _ in np.ndenumerate(data[:, :, 0, 0, 0]):
                for scene in range(n_scenes):
                    at, plane = (100 * scene, 0), {"T": t, "Z": 0, "C": c}
                    file.write(np.ascontiguousarray(data[t, c] + scene), location=at, plane=plane, scene=scene)
            file.write_metadata("m", **about)
        return path

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    def test_written(self, tmp_path, pixels, same, dtype):
        data = (pixels(4, 2, 12, 10, 1, dtype="uint8") // 2).astype(dtype)
        about = {"channel_names": {0: "TL", 1: "H2B"}, "scale_x": 3e-7, "scale_y": 3e-7}
        path = self.write(tmp_path / "m.czi", data, n_scenes=2, **about)
        movie = open_movie(path, "1", frames="1-3")
        same(movie, data[1:, ..., 0] + data.dtype.type(1))
        assert (movie.channel_names, movie.pixel_size_um, movie.times_s) == (("TL", "H2B"), 0.3, None)

    def test_colours_come_as_red_green_blue(self, tmp_path, pixels, same):
        data = pixels(2, 1, 12, 10, 3, dtype="uint8")
        movie = open_movie(self.write(tmp_path / "m.czi", data))
        same(movie, data[:, 0, ..., ::-1].transpose(0, 3, 1, 2))
        assert movie.channel_names == ("red", "green", "blue")


class TestLif:
    def test_series_by_name(self, formats, known):
        with pytest.raises(
            UserError, match=r"3 positions \(0: x_y_lambdaEmi, 1: x_y_lambdaExc, 2: x_y_z_t_lambdaEmi\)"
        ):
            open_movie(formats / SWEEP)
        movie = open_movie(formats / SWEEP, "x_y_lambdaExc")
        assert movie.shape == (1, 15, 64, 64)
        assert int(movie.read(0)[7].sum(dtype=np.int64)) == known[SWEEP]["series"][1]["plane"]["sum"]

    def test_time_slices_and_bands(self, formats, known):
        said = known[SWEEP]["series"][2]
        movie = open_movie(formats / SWEEP, "2", z="5")
        assert movie.shape == (2, 10, 64, 64)
        assert movie.times_s == tuple(said["times_s"])
        assert movie.pixel_size_um == pytest.approx(said["pixel_size_um"], rel=1e-4)
        assert int(movie.read(1)[5].sum(dtype=np.int64)) == said["plane"]["sum"]

    def test_pixels_as_another_reader_has_them(self, formats):
        other = readlif.reader.LifFile(str(formats / SWEEP)).get_image(2)
        for t in range(2):
            for z in (0, 10):
                # readlif names axes by numbers: 9 is the band of emission
                expected = [np.asarray(other.get_plane(requested_dims={3: z, 4: t, 5: band})) for band in range(10)]
                np.testing.assert_array_equal(open_movie(formats / SWEEP, "2", z=str(z)).read(t), expected)


@pytest.mark.parametrize(
    "ending", [".nd2", pytest.param(".czi", marks=pytest.mark.skipif(not HAS_CZI, reason=NO_CZI)), ".lif"]
)
def test_what_is_none(tmp_path, ending):
    (tmp_path / f"m{ending}").write_bytes(b"no such file" * 50)
    with pytest.raises(UserError, match=rf"m\{ending}: cannot be read as {ending[1:].upper()} \(.*copy or export"):
        open_movie(tmp_path / f"m{ending}")
