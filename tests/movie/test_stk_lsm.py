"""MetaMorph's STK and Zeiss' LSM."""

import struct

import numpy as np
import pytest

from sidewinder.movie.opening import open_movie

SHORT, LONG, RATIONAL = 3, 4, 5


def write_stk(path, frames, times_ms, pixel_um=0.35, calibrated=1):
    """One TIFF image, whose pixels are followed by those of the other planes, with MetaMorph's tags UIC1 and UIC2."""
    n, height, width = frames.shape
    body = bytearray(b"II*\0" + bytes(4) + frames.astype("<u2").tobytes())

    def put(data):
        body.extend(data)
        return len(body) - len(data)

    fraction = put(struct.pack("<2I", round(pixel_um * 1e6), 1_000_000))
    unit = put(struct.pack("<I", 3) + b"um\0")
    uic1 = put(struct.pack("<8I", 3, calibrated, 4, fraction, 5, fraction, 6, unit))
    # of each plane the distance in z, and day and milliseconds when it was taken and changed
    day, day_ms = 2_460_000, 86_400_000
    planes = [(0, 1, day + ms // day_ms, ms % day_ms, day, 0) for ms in times_ms]
    uic2 = put(b"".join(struct.pack("<6I", *plane) for plane in planes))
    tags = [(254, LONG, 1, 0), (256, SHORT, 1, width), (257, SHORT, 1, height), (258, SHORT, 1, 16), (259, SHORT, 1, 1)]
    tags += [(262, SHORT, 1, 1), (273, LONG, 1, 8), (277, SHORT, 1, 1), (278, SHORT, 1, height)]
    tags += [(279, LONG, 1, 2 * height * width), (33628, LONG, 4, uic1), (33629, RATIONAL, n, uic2)]
    directory = put(struct.pack("<H", len(tags)) + b"".join(struct.pack("<2H2I", *tag) for tag in tags) + bytes(4))
    body[4:8] = struct.pack("<I", directory)
    path.write_bytes(body)
    return path


def test_planes_times_and_calibration(tmp_path, pixels, same):
    frames = pixels(5, 8, 9)
    # over midnight
    path = write_stk(tmp_path / "m.stk", frames, [86_100_000 + 300_000 * t for t in range(5)])
    movie = open_movie(path)
    same(movie, frames[:, None])
    assert movie.times_s == (0, 300, 600, 900, 1200)
    assert (movie.pixel_size_um, movie.frame_interval_s) == (0.35, 300)


def test_a_stack_that_was_not_calibrated(tmp_path, pixels):
    path = write_stk(tmp_path / "m.stk", pixels(3, 8, 9), [1000, 2000, 3000], calibrated=0)
    assert open_movie(path).pixel_size_um is None


def test_a_real_lsm(shared_data):
    movie = open_movie(shared_data / "formats" / "lsm" / "test.lsm")
    assert (movie.shape, movie.channel_names) == ((1, 1, 512, 512), ("ChS1",))
    assert movie.pixel_size_um == pytest.approx(0.6918882)
    assert movie.read(0).sum(dtype=np.int64) == 601635108
