"""Whether a frame has a picture."""

import numpy as np
import pytest

from sidewinder.measure.light import dark_and_bright, has_picture

RNG = np.random.default_rng(2)
# background of 200, a cell of 400
LIT = RNG.normal(200, 5, (1, 50, 60)).round().astype(np.uint16)
LIT[0, 10:20, 10:20] += 200
DARK = RNG.normal(100, 5, LIT.shape).round().astype(np.uint16)


def test_single_pixels_play_no_part():
    frame = np.full((50, 60), 7, np.uint16)
    frame[0, :2] = 60_000, 0
    assert dark_and_bright(frame) == (7.0, 7.0)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (LIT, True),
        (LIT - 20, True),
        # a lamp that grows weaker, but shines
        (LIT // 2 + 50, True),
        (DARK, False),
        (np.zeros_like(LIT), False),
        (np.full_like(LIT, 65_535), False),
    ],
    ids=["the same", "a little darker", "half as bright", "no light", "black", "white"],
)
def test_a_frame_without_light_has_no_picture(frame, expected):
    assert has_picture(frame, LIT) is expected


def test_one_dark_channel_will_do_and_a_channel_that_is_always_empty_says_nothing():
    empty = np.zeros_like(LIT)
    assert not has_picture(np.concatenate([LIT, DARK]), np.concatenate([LIT, LIT]))
    assert has_picture(np.concatenate([LIT, empty]), np.concatenate([LIT, empty]))
