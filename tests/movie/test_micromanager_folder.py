"""Folders of single images as Micro-Manager writes them."""

import json

import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie


def write(folder, data, *, planned=None, ending="}"):
    """Images of (T, C, Y, X) one by one, and metadata.txt, in which the channels come in their order."""
    folder.mkdir(parents=True)
    said = {"Summary": {"Frames": planned or len(data), "Channels": 2, "ChNames": ["BF", "H2B"]}}
    for t, frame in enumerate(data):
        for c, image in enumerate(frame):
            name = f"img_{t:09d}_{('BF', 'H2B')[c]}_000.tif"
            tifffile.imwrite(folder / name, image, photometric="minisblack")
            about = {"FileName": name, "Channel": ("BF", "H2B")[c], "ChannelIndex": c, "Frame": t, "Slice": 0}
            said[f"FrameKey-{t}-{c}-0"] = about | {"ElapsedTime-ms": 60_000.0 * t + 40 * c + 7, "PixelSizeUm": 0.35}
    (folder / "metadata.txt").write_text(json.dumps(said)[:-1] + ending)
    return folder


def test_channels_times_and_pixel_size(tmp_path, pixels, same):
    data = pixels(11, 2, 8, 9)
    movie = open_movie(write(tmp_path / "Pos0", data))
    same(movie, data)
    assert movie.channel_names == ("BF", "H2B")
    assert movie.times_s == tuple(60 * t for t in range(11))
    assert movie.pixel_size_um == 0.35


def test_positions_in_folders(tmp_path, pixels, same):
    data = pixels(2, 3, 2, 8, 9)
    for number in (0, 1):
        write(tmp_path / "film_1" / f"Pos{number}", data[number])
    same(open_movie(tmp_path / "film_1", "Pos1"), data[1])
    with pytest.raises(UserError, match=r"film_1: has 2 positions \(0: Pos0, 1: Pos1\)"):
        open_movie(tmp_path / "film_1")


def test_a_stopped_acquisition(tmp_path, pixels, same, caplog):
    data = pixels(4, 2, 8, 9)
    folder = write(tmp_path / "Pos0", data, planned=20, ending=",")
    (folder / "img_000000003_H2B_000.tif").unlink()
    same(open_movie(folder), data[:3])
    assert "of 20 frames that were planned, 3 are there" in caplog.text


def test_an_image_that_is_lost(tmp_path, pixels):
    folder = write(tmp_path / "Pos0", pixels(4, 2, 8, 9))
    (folder / "img_000000001_H2B_000.tif").unlink()
    with pytest.raises(UserError, match=r"Pos0: there is no file of channel H2B beside img_000000001_BF_000\.tif"):
        open_movie(folder)


def test_metadata_that_say_nothing(tmp_path, pixels):
    folder = write(tmp_path / "Pos0", pixels(2, 2, 8, 9))
    (folder / "metadata.txt").write_text("{}")
    with pytest.raises(UserError, match=r"metadata\.txt: does not say what each image is"):
        open_movie(folder)
