"""NDTiff and other files by Micro-Manager: names, order and times, with and without an index."""

import json

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie

METADATA = 51123


def write(path, images, said):
    """A TIFF as NDTiff has it, without an index; `said` are the metadata of each image, with its axes."""
    with tifffile.TiffWriter(path) as tif:
        for image, of_image in zip(images, said, strict=True):
            tag = (METADATA, "s", 0, json.dumps(of_image), True)
            tif.write(image, photometric="minisblack", metadata=None, contiguous=False, extratags=[tag])
    return path


@pytest.fixture
def taken(pixels):
    """Images of positions, times and channels, in the order of a microscope, and what is said of each."""
    places = [(p, t, c) for t in range(4) for p in ("B", "A") for c in ("H2B", "BF")]
    said = [
        {
            "Axes": {"position": p, "time": t, "channel": c},
            "ElapsedTime-ms": 1000.0 * (60 * t + (p == "A")) + (c == "BF") * 40 + 150,
            "PixelSizeUm": 0.35,
        }
        for p, t, c in places
    ]
    return pixels(len(places), 8, 9), said


def expected(images, position):
    return images.reshape(4, 2, 2, 8, 9)[:, position]


def test_positions_and_channels_by_name_as_they_first_come(tmp_path, taken, same):
    images, said = taken
    path = write(tmp_path / "film.tif", images, said)
    for name, number in {"A": 1, "1": 1, "B": 0}.items():
        movie = open_movie(path, name)
        same(movie, expected(images, number))
        assert movie.channel_names == ("H2B", "BF")
        assert (movie.times_s, movie.pixel_size_um) == ((0, 60, 120, 180), 0.35)
    with pytest.raises(UserError, match=r"has 2 positions \(0: B, 1: A\)"):
        open_movie(path)


def test_images_that_do_not_say_where_they_belong(tmp_path, pixels):
    said = [{"Axes": {"time": 0}}, {}]
    path = write(tmp_path / "film.tif", pixels(2, 8, 9), said)
    with pytest.raises(UserError, match=r"image 1 does not say where it belongs; copy NDTiff\.index to it"):
        open_movie(path)


def test_a_stopped_acquisition_without_index(tmp_path, taken, same, caplog):
    images, said = taken
    path = write(tmp_path / "film.tif", images[:-1], said[:-1])
    same(open_movie(path, "A"), expected(images, 1)[:3])
    assert "of 4 frames that were planned, the first 3 are there" in caplog.text


def test_places_that_can_be_none(tmp_path, pixels):
    said = [{"Axes": {"time": 0}}, {"Axes": {"time": 10**9}}]
    with pytest.raises(UserError, match="says that it has 1e\\+09 images"):
        open_movie(write(tmp_path / "film.tif", pixels(2, 8, 9), said))


class TestRealFiles:
    def test_channels_by_name(self, shared_data):
        movie = open_movie(shared_data / "formats/ndtiff/12_bit_pycromanager_mda")
        assert (movie.shape, movie.channel_names, movie.pixel_size_um) == ((4, 2, 64, 64), ("DAPI", "FITC"), 1)
        assert movie.read(3)[1].sum(dtype=np.int64) == 836464
        assert movie.times_s == (0, 0.025, 0.05, 0.076)

    def test_positions_by_name(self, shared_data):
        movie = open_movie(shared_data / "formats/ndtiff/labeled_positions_1", "Pos2")
        assert movie.read(0).sum(dtype=np.int64) == 858835995

    def test_times_of_arrival_where_no_time_was_counted(self, shared_data):
        movie = open_movie(shared_data / "formats/ndtiff/ndtiff3.2_11bit_1")
        assert movie.times_s[:2] == (0, 0.010496)
        assert movie.times_s[-1] == pytest.approx(0.092913)
        assert movie.read(9).sum(dtype=np.int64) == 417088

    def test_a_stack_of_several_positions(self, shared_data):
        path = shared_data / "formats/micromanager/181003_multi_pos_time_course_1_MMStack.ome.tif"
        movie = open_movie(path, "Pos1")
        assert movie.read(7).sum(dtype=np.int64) == 504299181
        assert movie.times_s[:3] == (0, 3.919, 8.876)
        assert open_movie(path, "Pos0").times_s[:3] == (0, 3.916, 8.909)
