"""The video as MP4: PyAV reads back the frames of the animated WebP, in what PowerPoint and browsers play."""

import sys

import numpy as np
import pandas as pd
import pytest

from sidewinder.colours import lineage_colour
from sidewinder.errors import UserError
from sidewinder.report.video import STRIP_PX, drawn_frames
from sidewinder.report.video_mp4 import draw_video_mp4
from sidewinder.store import write_image, write_labels

av = pytest.importorskip("av", reason="SKIPPED LOUDLY: PyAV is not there (pip install av), no video is tried")


@pytest.fixture
def movie(tmp_path):
    """Seven frames of 101 x 121 pixels that become brighter, with a cell that moves down."""
    frames = np.repeat(np.arange(7, dtype=np.uint16)[:, None] * 100, 101 * 121, axis=1).reshape(7, 1, 101, 121)
    labels = np.zeros((7, 101, 121), np.uint16)
    for number in range(7):
        labels[number, 20 + 8 * number : 45 + 8 * number, 30:70] = 5
    path = tmp_path / "movie.ome.zarr"
    write_image(
        path, frames, n_frames=7, shape_cyx=(1, 101, 121), dtype=frames.dtype, channel_names=["a"], attributes={},
        pixel_size_um=None, frame_interval_s=600.0,
    )  # fmt: skip
    write_labels(path, labels, largest_label=5)
    pd.DataFrame({"track_id": [5], "lineage_id": [1], "area_px": [1000.0]}).to_parquet(tmp_path / "tracks.parquet")
    return path, tmp_path / "tracks.parquet"


def test_every_frame_is_there_in_order_as_it_was_drawn(movie, tmp_path):
    draw_video_mp4(*movie, tmp_path / "overlay.mp4", channel="0")
    drawn = [np.asarray(picture).astype(int) for picture in drawn_frames(*movie, "0")[0]]
    with av.open(str(tmp_path / "overlay.mp4")) as file:
        (stream,) = file.streams
        assert (stream.codec.name, stream.codec_context.pix_fmt, stream.average_rate) == ("h264", "yuv420p", 10)
        assert stream.frames == 7
        shown = [frame.to_ndarray(format="rgb24").astype(int) for frame in file.decode(stream)]
    # 101 x 121 four times as large, and the strip: 432 x 484, which are even
    assert {frame.shape for frame in shown} == {(404 + STRIP_PX, 484, 3)}
    assert len(shown) == len(drawn) == 7
    for number, (found, expected) in enumerate(zip(shown, drawn, strict=True)):
        assert np.abs(found - expected).mean() < 4
        # colours have half the resolution and lines two pixels: the hue is there, at the upper edge of the cell
        edge = found[STRIP_PX + 4 * (20 + 8 * number) :][:2, 4 * 40 : 4 * 60].mean(axis=(0, 1))
        np.testing.assert_allclose(edge, lineage_colour(1), atol=50)
    # the index is before the frames, so that a browser begins at once
    content = (tmp_path / "overlay.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_odd_sides_become_even(movie, tmp_path, monkeypatch):
    monkeypatch.setattr("sidewinder.report.video.LARGEST_ZOOM", 1.0)
    draw_video_mp4(*movie, tmp_path / "overlay.mp4", channel="0")
    with av.open(str(tmp_path / "overlay.mp4")) as file:
        assert [(frame.width, frame.height) for frame in file.decode(video=0)] == [(122, 130)] * 7


def test_the_same_movie_gives_the_same_bytes(movie, tmp_path):
    for name in "ab":
        draw_video_mp4(*movie, tmp_path / name, channel="0")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_without_its_package_it_says_what_to_install(movie, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UserError, match=rf"install it with {sys.executable} -m pip install av, or ask for video"):
        draw_video_mp4(*movie, tmp_path / "overlay.mp4", channel="0")
    assert not list(tmp_path.glob("overlay*"))
