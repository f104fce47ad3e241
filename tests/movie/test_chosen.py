"""The frames that the sheet takes."""

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.frame_ranges import are_rising, parse_frames
from sidewinder.movie.opening import movie_shape, open_movie
from sidewinder.preprocess.times import attributes_of_frames
from sidewinder.store import Image


@pytest.fixture
def uneven(tmp_path, pixels):
    """An OME-TIFF of 6 frames, 10 s apart, the last after a pause."""
    data = pixels(6, 8, 9)
    planes = {"DeltaT": [3.0, 13.0, 23.0, 33.0, 43.0, 143.0], "TheT": list(range(6)), "TheC": [0] * 6, "TheZ": [0] * 6}
    tifffile.imwrite(tmp_path / "m.ome.tif", data, metadata={"axes": "TYX", "Plane": planes})
    return str(tmp_path / "m.ome.tif"), data


def test_pixels_numbers_and_times_are_of_those_taken(uneven, same):
    path, data = uneven
    movie = open_movie(path, frames="1-2, 4,5")
    same(movie, data[[1, 2, 4, 5], None])
    assert (movie.source_frames, movie.times_s) == ((1, 2, 4, 5), (0, 10, 30, 130))
    assert movie_shape(path, frames="1-2, 4,5")[0] == (4, 1, 8, 9)
    assert attributes_of_frames(path, movie) == {"times_s": [0, 10, 30, 130], "source_frames": [1, 2, 4, 5]}
    # the sheet's interval counts all frames of the file
    image = Image(data, None, 7.0, ("0",), {"source_frames": [1, 2, 4, 5]})
    np.testing.assert_array_equal(image.times_s, [0, 7, 21, 28])


def test_the_first_frames_are_numbered_as_they_were(uneven):
    movie = open_movie(uneven[0], frames="0-3")
    assert (movie.shape[0], movie.source_frames) == (4, None)


@pytest.mark.parametrize("chosen", ["0-6", "2,9-12"])
def test_beyond_the_end(uneven, chosen):
    last = chosen[-1] if chosen == "0-6" else "12"
    found = rf"m\.ome\.tif: has no frame {last}; the last of its 6 frames is 5 .*'frames' \({chosen}\)"
    with pytest.raises(UserError, match=found):
        open_movie(uneven[0], frames=chosen)


def test_numbers_are_those_of_the_file_where_frames_are_missing(tmp_path, pixels, same):
    data = pixels(8, 8, 9)
    for t in (0, 1, 4, 5, 7):
        tifffile.imwrite(tmp_path / f"t{t}.tif", data[t], photometric="minisblack")
    movie = open_movie(tmp_path, frames="1-4,7")
    same(movie, data[[1, 4, 7], None])
    assert movie.source_frames == (1, 4, 7)
    with pytest.raises(UserError, match="frame 2 was never written: take it out"):
        open_movie(tmp_path, frames="0,2-3")


def test_ranges():
    assert [list(one) for one in parse_frames("0-2,4 , 6 - 7")] == [[0, 1, 2], [4], [6, 7]]
    assert are_rising(parse_frames("0-3,4,6"))
    assert not are_rising(parse_frames("0-3,3"))
    assert not are_rising(parse_frames("5,4"))
    assert not are_rising(parse_frames("4-2"))


def test_a_frame_that_cannot_be_read_has_its_number_in_the_file(tmp_path, pixels):
    tifffile.imwrite(tmp_path / "m.tif", pixels(5, 8, 9), compression="zlib", photometric="minisblack", metadata=None)
    with tifffile.TiffFile(tmp_path / "m.tif") as tif:
        start = tif.pages[3].dataoffsets[0]
    content = bytearray((tmp_path / "m.tif").read_bytes())
    content[start : start + 20] = b"\0" * 20
    (tmp_path / "m.tif").write_bytes(content)
    movie = open_movie(tmp_path / "m.tif", frames="2-4")
    assert movie.read(0).shape == (1, 8, 9)
    with pytest.raises(UserError, match="frame 3 cannot be decoded"):
        movie.read(1)
    assert np.shape(movie.read(2)) == (1, 8, 9)
