"""Colours that are time points, and colours that hold nothing."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie


@pytest.fixture
def alike(pixels):
    """A function that makes frames that look alike: one pattern, and a little noise in each."""

    def make(n_frames: int, dtype: str) -> np.ndarray:
        pattern = pixels(24, 30, dtype="uint8") // 2
        noise = pixels(n_frames, 24, 30, dtype="uint8") // 16
        return (pattern + noise).astype(dtype)

    return make


class TestTimePoints:
    HOW = {"photometric": "rgb", "planarconfig": "separate", "metadata": None}

    @pytest.mark.parametrize(("n", "dtype"), [(3, "uint16"), (4, "uint16"), (4, "uint8")])
    def test_colours_that_look_alike_are_frames(self, tmp_path, alike, same, caplog, n, dtype):
        frames = alike(n, dtype)
        more = {"extrasamples": ["unassalpha"]} if n == 4 else {}
        tifffile.imwrite(tmp_path / "m.tif", frames, **self.HOW, **more)
        movie = open_movie(tmp_path / "m.tif")
        same(movie, frames[:, None])
        assert movie.channel_names == ("ch0",)
        assert f"m.tif: the {n} colours of its only image look alike" in caplog.text
        assert f"they are taken as {n} time points" in caplog.text

    def test_three_of_eight_bits_may_be_either(self, tmp_path, alike):
        tifffile.imwrite(tmp_path / "m.tif", alike(3, "uint8"), **self.HOW)
        with pytest.raises(UserError, match=r"m\.tif: has one image of red, green and blue, .* 3 time points; if"):
            open_movie(tmp_path / "m.tif")

    def test_what_looks_like_colours_is_colours(self, tmp_path, alike, pixels, same):
        frames = pixels(3, 24, 30)
        tifffile.imwrite(tmp_path / "m.tif", frames, **self.HOW)
        same(open_movie(tmp_path / "m.tif"), frames[None])
        opaque = alike(4, "uint8")
        opaque[0], opaque[1], opaque[3] = pixels(24, 30, dtype="uint8"), pixels(24, 30, dtype="uint8"), 255
        tifffile.imwrite(tmp_path / "a.tif", opaque, **self.HOW, extrasamples=["unassalpha"])
        same(open_movie(tmp_path / "a.tif"), opaque[None, :3])

    def test_of_several_images_each_is_a_frame(self, tmp_path, alike, same):
        frames = np.stack([alike(3, "uint16")] * 5)
        tifffile.imwrite(tmp_path / "m.tif", frames, **self.HOW)
        same(open_movie(tmp_path / "m.tif"), frames)


class TestOnlyColour:
    def frames(self, pixels, colour, n=7):
        frames = np.zeros((n, 24, 30, 3), "uint8")
        frames[..., colour] = pixels(n, 24, 30, dtype="uint8")
        return frames

    @pytest.mark.parametrize(("colour", "name"), [(0, "red"), (1, "green"), (2, "blue")])
    def test_it_is_the_channel(self, tmp_path, pixels, same, caplog, colour, name):
        frames = self.frames(pixels, colour)
        tifffile.imwrite(tmp_path / "m.tif", frames, photometric="rgb", metadata=None)
        movie = open_movie(tmp_path / "m.tif")
        same(movie, frames[..., colour][:, None])
        assert movie.channel_names == (name,)
        assert f"m.tif: {name} alone holds light" in caplog.text

    def test_in_a_folder_of_pictures(self, tmp_path, pixels, same):
        frames = self.frames(pixels, 1)
        for t, frame in enumerate(frames):
            Image.fromarray(frame).save(tmp_path / f"f{t}.png")
        same(open_movie(tmp_path), frames[..., 1][:, None])

    def test_light_that_comes_later_is_no_silence(self, tmp_path, pixels):
        frames = self.frames(pixels, 1)
        frames[2, 3, 4, 0] = 9
        tifffile.imwrite(tmp_path / "m.tif", frames, photometric="rgb", metadata=None)
        movie = open_movie(tmp_path / "m.tif")
        movie.read(1)
        with pytest.raises(UserError, match=r"m\.tif: frame 2 holds light in other colours than green, and frames 0"):
            movie.read(2)

    def test_two_colours_stay_three(self, tmp_path, pixels, same):
        frames = self.frames(pixels, 1)
        frames[0, 0, 0, 2] = 1
        tifffile.imwrite(tmp_path / "m.tif", frames, photometric="rgb", metadata=None)
        same(open_movie(tmp_path / "m.tif"), frames.transpose(0, 3, 1, 2))
