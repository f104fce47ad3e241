"""Pixels that hold no data: found where a picture is cut off, and not where a background is dark."""

import numpy as np
import pytest
from skimage.transform import AffineTransform, warp

from sidewinder.no_data import nearest_data, no_data

SHAPE = (120, 160)
RNG = np.random.default_rng(5)


def cells(ground: float = 60, offset: float = 300) -> np.ndarray:
    """Soft discs of 18 px on a noisy ground, float (Y, X)."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    light = np.full(SHAPE, float(ground))
    for row in range(20, SHAPE[0], 40):
        for column in range(20, SHAPE[1], 40):
            light += 800 / (1 + np.exp(np.hypot(y - row, x - column) - 9))
    return RNG.poisson(light) + RNG.normal(0, 4, SHAPE) + offset


def wedge() -> np.ndarray:
    """What a frame that was turned and shifted does not cover."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return (y < 3 + 0.1 * x) | (x > 150 - 0.05 * y)


def margin(missing: np.ndarray) -> np.ndarray:
    """And a pixel around it, by a second way."""
    wide = np.pad(missing, 1)
    return missing | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]


CANVAS = np.pad(np.zeros((80, 100), bool), ((20, 20), (30, 30)), constant_values=True)
CORNERS = np.zeros(SHAPE, bool)
CORNERS[:50, :40] = CORNERS[90:, :40] = True


@pytest.mark.parametrize("number", [0, 65535])
@pytest.mark.parametrize("missing", [wedge(), CANVAS, CORNERS], ids=["wedge", "canvas", "corners"])
@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_what_was_cut_off_holds_no_data(missing, number, dtype):
    frame = np.where(missing, number, cells()).astype(dtype)
    np.testing.assert_array_equal(no_data(frame[None]), margin(missing))


def test_another_number_and_eight_bits():
    frame = np.where(wedge(), -9999, cells()).astype(np.float32)
    np.testing.assert_array_equal(no_data(frame[None]), margin(wedge()))
    frame = np.where(wedge(), 255, np.clip(cells() / 6, 0, 250)).astype(np.uint8)
    np.testing.assert_array_equal(no_data(frame[None]), margin(wedge()))


def test_nan_holds_no_data_wherever_it_is():
    frame = cells().astype(np.float32)
    missing = wedge()
    missing[60:70, 60:70] = True
    frame[missing] = np.nan
    np.testing.assert_array_equal(no_data(frame[None]), margin(missing))
    assert no_data(np.full((1, 9, 9), np.nan)).all()


@pytest.mark.parametrize("order", [0, 1, 3])
def test_what_interpolation_mixes_holds_no_data_either(order):
    motion = AffineTransform(rotation=0.02, translation=(6, -9))
    frame = warp(cells(), motion.inverse, order=order, preserve_range=True).astype(np.uint16)
    missing = no_data(frame[None])
    assert 0.05 < missing.mean() < 0.2
    assert frame[~missing].min() > 150


def test_what_one_channel_lacks_is_missing():
    frame = np.stack([cells(), np.where(wedge(), 0, cells())]).astype(np.uint16)
    np.testing.assert_array_equal(no_data(frame), margin(wedge()))


@pytest.mark.parametrize("cut", [300, 360, 380, 420, 500])
def test_a_background_that_was_cut_off_is_data(cut):
    subtracted = np.maximum(cells(), cut) - cut
    assert (subtracted == 0).mean() > (0.3 if cut > 300 else -1)
    masked = np.where(cells() > cut, cells(), 0)
    for frame in (subtracted, masked):
        for dtype in (np.uint8, np.uint16, np.float32):
            assert not no_data(
                np.clip(frame, 0, np.iinfo(np.uint8).max if dtype is np.uint8 else None).astype(dtype)[None]
            ).any()


def test_dark_bright_and_drawn_frames_are_data():
    dark = RNG.poisson(0.5, SHAPE).astype(np.uint8)
    drawn = np.zeros(SHAPE, np.uint16)
    drawn[30:, 40:] = 3000
    burnt = np.minimum(cells(), 700)
    burnt[:, :12] = 700
    burnt[:, 12:30] = np.linspace(700, 360, 18)
    for frame in (dark, drawn, burnt, np.zeros(SHAPE, np.uint8), np.full(SHAPE, 4095), np.zeros((1, 1))):
        assert not no_data(frame[None]).any()
    assert not no_data(np.zeros((0, 5, 5))).any()


def test_the_nearest_grey_values_stand_in():
    frame = np.arange(12.0).reshape(1, 3, 4)
    missing = np.zeros((3, 4), bool)
    missing[:, 2:] = True
    np.testing.assert_array_equal(nearest_data(frame, missing)[0], [[0, 1, 1, 1], [4, 5, 5, 5], [8, 9, 9, 9]])
    assert not nearest_data(np.full((2, 3, 4), np.nan), np.ones((3, 4), bool)).any()
