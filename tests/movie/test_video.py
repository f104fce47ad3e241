"""AVI, MP4 and MOV: files that PyAV has written, read back; lossless ones exactly, in any order."""

import logging
import struct
import sys
from fractions import Fraction

import numpy as np
import pytest

from sidewinder.draft.write import write_draft
from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie

# no part of the installation; .ci/run brings it
av = pytest.importorskip("av", reason="SKIPPED LOUDLY: PyAV is not there (pip install av), no video is tried")

N = 23
SOURCE = {("uint8", 2): "gray", ("uint16", 2): "gray16le", ("uint8", 3): "rgb24", ("uint16", 3): "rgb48le"}


@pytest.fixture
def grey():
    """Frames, (T, Y, X), each brighter by 7 than the one before, with a blob that moves: what compression spares."""
    y, x = np.mgrid[:48, :64]
    blobs = [100 * np.exp(-((x - 8 - 2 * t) ** 2 + (y - 24) ** 2) / 90) for t in range(N)]
    return np.array([20 + 5 * t + blob for t, blob in enumerate(blobs)]).astype(np.uint8)


@pytest.fixture
def write(tmp_path):
    """A function that writes frames, (T, Y, X) or (T, Y, X, 3), into a file."""

    def save(name, frames, codec, pixels, times=None, container=None, **options):
        with av.open(str(tmp_path / name), "w", options=container or {}) as file:
            stream = file.add_stream(codec, rate=10, options=options)
            stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], pixels
            for time, frame in zip(times or range(len(frames)), frames, strict=True):
                image = av.VideoFrame.from_ndarray(frame, format=SOURCE[frame.dtype.name, frame.ndim])
                image.pts, image.time_base = time, Fraction(1, 10)
                file.mux(stream.encode(image))
            file.mux(stream.encode())
        return tmp_path / name

    return save


def in_colour(frames):
    """Red, green and blue that differ, (T, Y, X, 3)."""
    return np.stack([frames, 255 - frames, frames // 2], axis=-1)


@pytest.mark.parametrize(
    ("name", "codec", "kind"),
    [
        ("m.avi", "ffv1", "gray"),
        ("m.AVI", "ffv1", "gray16le"),
        ("m.avi", "rawvideo", "gray"),
        ("m.avi", "huffyuv", "rgb24"),
        ("m.avi", "ffv1", "bgr0"),
        ("m.mov", "png", "gray"),
        ("m.mov", "png", "rgb48be"),
        ("m.mov", "qtrle", "rgb24"),
        ("m.mp4", "png", "rgb24"),
    ],
)
def test_without_loss_every_pixel_is_as_it_was(write, grey, same, caplog, name, codec, kind):
    frames = grey if "gray" in kind else in_colour(grey)
    if "16" in kind or "48" in kind:
        frames = frames.astype(np.uint16) * 211 + 3
    movie = open_movie(write(name, frames, codec, kind))
    same(movie, frames[:, np.newaxis] if frames.ndim == 3 else np.moveaxis(frames, -1, 1))
    assert movie.channel_names == (("ch0",) if frames.ndim == 3 else ("red", "green", "blue"))
    assert (movie.pixel_size_um, movie.frame_interval_s, movie.times_s, movie.source_frames) == (None,) * 4
    assert not caplog.records


@pytest.mark.parametrize("kind", ["rgb24", "bgr0"])
def test_colours_that_are_alike_are_grey(write, grey, same, kind):
    codec = "huffyuv" if kind == "rgb24" else "ffv1"
    movie = open_movie(write("m.avi", np.repeat(grey[..., np.newaxis], 3, axis=-1), codec, kind))
    same(movie, grey[:, np.newaxis])


def test_only_one_frame_in_colour(write, grey):
    frames = np.repeat(grey[..., np.newaxis], 3, axis=-1)
    frames[5, :9, :9, 0] += 30
    movie = open_movie(write("m.avi", frames, "huffyuv", "rgb24"))
    np.testing.assert_array_equal(movie.read(4)[0], grey[4])
    with pytest.raises(UserError, match=r"m\.avi: frame 5 is in colour, and frames 0, 11, 22 are grey; take the grey"):
        movie.read(5)


LOSSY = [
    pytest.param("m.mp4", "libx264", "yuv420p", {"crf": "12", "g": "8"}, "h264) may have", id="h264 in mp4"),
    pytest.param(
        "m.mov", "libx264", "yuv420p", {"crf": "12", "g": "8", "x264-params": "open-gop=1"}, "h264)", id="open"
    ),
    pytest.param("m.avi", "libx264", "yuv420p", {"crf": "12", "g": "8"}, "h264) may have", id="h264 in avi"),
    pytest.param("m.avi", "mjpeg", "yuvj420p", {"qmin": "1", "qmax": "2"}, "mjpeg) has", id="jpeg"),
    pytest.param("m.avi", "mpeg4", "yuv420p", {"qmin": "1", "qmax": "2", "g": "8"}, "mpeg4) has", id="mpeg4"),
]


@pytest.mark.parametrize(("name", "codec", "kind", "options", "warned"), LOSSY)
def test_with_loss_frames_are_close_in_any_order_the_same_and_it_is_said(
    write, grey, caplog, name, codec, kind, options, warned
):
    movie = open_movie(write(name, grey, codec, kind, **options))
    assert (movie.shape, movie.dtype, movie.channel_names) == ((N, 1, 48, 64), np.uint8, ("ch0",))
    assert f"compression ({warned}" in caplog.text
    assert "changed the grey values, which are no measurement" in caplog.text
    in_order = [movie.read(frame)[0] for frame in range(N)]
    off = np.abs(np.subtract(in_order, grey, dtype=float))
    # the next frame is brighter by 5
    assert (off.mean(axis=(1, 2)) < 1.5).all()
    for frame in np.random.default_rng(1).permutation(N):
        np.testing.assert_array_equal(movie.read(int(frame))[0], in_order[frame], err_msg=f"frame {frame}")


def test_colours_of_a_lossy_video(write, grey):
    movie = open_movie(write("m.mp4", in_colour(grey), "libx264", "yuv444p", crf="8"))
    assert movie.channel_names == ("red", "green", "blue")
    expected = np.moveaxis(in_colour(grey), -1, 1)
    assert np.abs(np.subtract([movie.read(t) for t in range(N)], expected, dtype=float)).mean() < 2


def chunk(name, data):
    """A chunk of a RIFF file."""
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def test_bytes_with_a_palette_of_greys_as_imagej_writes_them(tmp_path, grey, same):
    palette = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 4, axis=1)
    palette[:, 3] = 0
    about = struct.pack("<14I", 100000, 0, 0, 0x10, N, 0, 1, 0, 64, 48, 0, 0, 0, 0)
    stream = b"vidsDIB " + struct.pack("<10I4H", 0, 0, 0, 1, 10, 0, N, 0, 0, 0, 0, 0, 64, 48)
    image = struct.pack("<3I2H6I", 40, 64, 48, 1, 8, 0, 64 * 48, 0, 0, 256, 0) + palette.tobytes()
    header = b"hdrl" + chunk(b"avih", about) + chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", image))
    # rows from the bottom up
    frames = b"".join(chunk(b"00db", frame[::-1].tobytes()) for frame in grey)
    index = b"".join(struct.pack("<4s3I", b"00db", 0x10, 4 + t * (64 * 48 + 8), 64 * 48) for t in range(N))
    body = chunk(b"LIST", header) + chunk(b"LIST", b"movi" + frames) + chunk(b"idx1", index)
    (tmp_path / "m.avi").write_bytes(chunk(b"RIFF", b"AVI " + body))
    same(open_movie(tmp_path / "m.avi"), grey[:, np.newaxis])


def test_the_speed_of_playback_is_no_interval(write, grey, caplog):
    with caplog.at_level(logging.INFO, "sidewinder"):
        assert open_movie(write("m.avi", grey, "ffv1", "gray")).frame_interval_s is None
    assert (
        "m.avi: is played at 10 frames a second; at what interval they were taken the file does not say" in caplog.text
    )


def test_frames_that_an_avi_says_were_dropped(write, grey):
    movie = open_movie(write("m.avi", grey[:6], "ffv1", "gray", times=[0, 1, 2, 5, 6, 8]))
    assert movie.source_frames == (0, 1, 2, 5, 6, 8)
    np.testing.assert_array_equal([movie.read(t)[0] for t in range(6)], grey[:6])


@pytest.mark.case("raw data", "a video that is cut off")
@pytest.mark.parametrize(("name", "codec", "kind"), [("m.avi", "ffv1", "gray"), ("m.mov", "png", "gray")])
@pytest.mark.parametrize("part", [0.97, 0.5])
def test_cut_off(write, grey, name, codec, kind, part):
    whole = write(name, grey, codec, kind, container={"movflags": "faststart"} if name == "m.mov" else None)
    # an AVI has its index at the end, in 16 bytes a frame
    part = part * (1 - 16 * N / whole.stat().st_size)
    (whole.parent / f"cut_{name}").write_bytes(whole.read_bytes()[: int(part * whole.stat().st_size)])
    with pytest.raises(UserError, match=rf"cut_{name}: is cut off or damaged: its header says that it has 23 frames"):
        open_movie(whole.parent / f"cut_{name}")


def test_cut_off_before_what_is_needed_to_read_it(write, grey):
    path = write("m.mp4", grey, "libx264", "yuv420p")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(UserError, match=r"m\.mp4: cannot be read as MP4 \(.*copy or export it again"):
        open_movie(path)


def test_of_a_recording_that_did_not_end_what_is_complete_is_read(write, grey, caplog):
    in_parts = {"movflags": "frag_keyframe+empty_moov"}
    path = write("m.mov", grey, "png", "gray", container=in_parts)
    path.write_bytes(path.read_bytes()[: int(0.7 * path.stat().st_size)])
    movie = open_movie(path)
    assert 0 < movie.shape[0] < N
    assert f"m.mov: was not recorded to its end; the {movie.shape[0]} frames that are complete are taken" in caplog.text
    np.testing.assert_array_equal([movie.read(t)[0] for t in range(movie.shape[0])], grey[: movie.shape[0]])


def test_a_damaged_frame_is_named_and_the_others_are_read(write, grey):
    path = write("m.mov", grey, "png", "gray")
    data = path.read_bytes()
    starts = [at for at in range(len(data)) if data.startswith(b"IDAT", at)]
    assert len(starts) == N
    path.write_bytes(data[: starts[7]] + b"xxxxxxxxxxxxxxxxxxxx" + data[starts[7] + 20 :])
    movie = open_movie(path)
    with pytest.raises(UserError, match=r"m\.mov: frame 7 cannot be decoded \(.*copy or export it again"):
        movie.read(7)
    np.testing.assert_array_equal(movie.read(8)[0], grey[8])
    np.testing.assert_array_equal(movie.read(6)[0], grey[6])


def test_sound_alone(tmp_path):
    with av.open(str(tmp_path / "m.mp4"), "w") as file:
        stream = file.add_stream("aac", rate=44100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44100
        file.mux(stream.encode(sound))
        file.mux(stream.encode())
    with pytest.raises(UserError, match=r"m\.mp4: holds no video; expected a movie"):
        open_movie(tmp_path / "m.mp4")


def test_a_sheet_finds_videos(write, grey, tmp_path):
    write("wt_1.avi", grey, "ffv1", "gray")
    write("wt_2.mp4", grey, "libx264", "yuv420p")
    (tmp_path / "broken.mov").write_bytes(b"no such file" * 20)
    said = write_draft(str(tmp_path), str(tmp_path / "sheet.tsv"))
    rows = [line.split("\t") for line in (tmp_path / "sheet.tsv").read_text().splitlines() if not line.startswith("#")]
    assert [row[:2] for row in rows[1:]] == [["wt_1", "wt_1.avi"], ["wt_2", "wt_2.mp4"]]
    assert any("broken.mov" in line and "cannot be read as MOV" in line for line in said)


def test_a_sheet_says_how_to_install_the_reader(write, grey, tmp_path, monkeypatch):
    write("m.avi", grey, "ffv1", "gray")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UserError, match=r"AVI files are read by the package av, which is not installed; install"):
        write_draft(str(tmp_path), str(tmp_path / "sheet.tsv"))
