"""Acquisitions that were stopped, and images that were never written."""

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie

OME = (
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
    'DimensionOrder="XYCZT" Type="uint16" SizeX="9" SizeY="8" SizeZ="1" SizeC="{c}" SizeT="{t}" '
    'PhysicalSizeX="0.5" PhysicalSizeY="0.5" TimeIncrement="60">{planes}</Pixels></Image></OME>'
)


def imagej(n_frames, n_channels=1):
    images = n_frames * n_channels
    return f"ImageJ=1.54f\nimages={images}\nframes={n_frames}\nchannels={n_channels}\nunit=micron\nfinterval=60\n"


def ome(n_frames, n_channels=1):
    planes = "".join(
        f'<TiffData FirstT="{t}" FirstC="{c}" IFD="{n_channels * t + c}" PlaneCount="1"/>'
        for t in range(n_frames)
        for c in range(n_channels)
    )
    return OME.format(t=n_frames, c=n_channels, planes=planes)


def write(path, images, said):
    """Images one by one, of which the first describes more."""
    with tifffile.TiffWriter(path) as tif:
        for index, image in enumerate(images):
            more = {"description": said} if index == 0 else {}
            how = {"photometric": "minisblack", "metadata": None, "contiguous": False, "resolution": (2, 2)}
            tif.write(image, **how, resolutionunit="NONE", **more)
    return path


@pytest.mark.parametrize("said", [imagej, ome])
class TestStopped:
    def test_frames_that_are_there_are_taken(self, tmp_path, pixels, same, caplog, said):
        data = pixels(12, 8, 9)
        movie = open_movie(write(tmp_path / "m.tif", data, said(20)))
        same(movie, data[:, None])
        assert (movie.pixel_size_um, movie.frame_interval_s, movie.source_frames) == (0.5, 60, None)
        assert (
            "m.tif: the acquisition was stopped: of 20 frames that were planned, the first 12 are there" in caplog.text
        )

    def test_a_frame_without_all_its_channels_is_left_out(self, tmp_path, pixels, same, caplog, said):
        data = pixels(7, 8, 9)
        movie = open_movie(write(tmp_path / "m.tif", data, said(10, 2)))
        same(movie, data[:6].reshape(3, 2, 8, 9))
        assert "of 10 frames that were planned, the first 3 are there" in caplog.text

    def test_a_file_that_is_cut_off_is_not_stopped(self, tmp_path, pixels, said):
        path = write(tmp_path / "m.tif", pixels(12, 8, 9), said(20))
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(UserError, match=r"m\.tif"):
            open_movie(path)


def test_an_image_that_was_never_written(tmp_path, pixels, same, caplog):
    data = pixels(8, 8, 9)
    path = write(tmp_path / "m.tif", data, None)
    with tifffile.TiffFile(path, mode="r+") as tif:
        for name in ("StripOffsets", "StripByteCounts"):
            tif.pages[4].tags[name].overwrite([0])
    movie = open_movie(path)
    same(movie, np.delete(data, 4, axis=0)[:, None])
    assert movie.source_frames == (0, 1, 2, 3, 5, 6, 7)
    assert "m.tif: frame 4 was never written, and left out" in caplog.text


def test_a_plan_that_can_be_none(tmp_path, pixels):
    path = write(tmp_path / "m.tif", pixels(2, 8, 9), imagej(10**9))
    with pytest.raises(UserError, match="says that it has 1e\\+09 images"):
        open_movie(path)
