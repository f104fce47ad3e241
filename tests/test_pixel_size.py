"""Pixels that are higher than wide, or wider than high."""

import numpy as np
import pytest

from sidewinder.pixel_size import as_seen, given, height_and_width_um, of_pixel, said


@pytest.mark.parametrize("cell", [0.325, "0.325", "0.5x0.25", "0.25x0.5", "1 x 0.2", ".5x.25"])
def test_what_the_sheet_says_comes_back(cell):
    assert said(*given(cell)) == {".5x.25": "0.5x0.25", "1 x 0.2": "1x0.2"}.get(cell, str(cell))


def test_the_height_stands_first():
    size_um, aspect = given("0.5x0.125")
    assert (size_um, aspect) == (0.25, 4.0)
    assert height_and_width_um(size_um, aspect) == (0.5, 0.125)


def test_a_square_pixel_keeps_all_its_digits():
    side = 0.1 + 0.2
    assert of_pixel(side, side) == (side, 1.0)
    assert height_and_width_um(side, 1.0) == (side, side)


def test_a_network_sees_square_pixels_of_its_own_size():
    # 100 pixels of 0.5 um are 200 of 0.25 um, and 100 of 0.25 um are 100
    assert as_seen((100, 100), *given("0.5x0.25"), 0.25) == (200, 100)
    # one that takes frames as they are sees as many pixels
    height, width = as_seen((100, 100), *given("0.5x0.25"), None)
    assert height / width == pytest.approx(2, rel=0.01)
    assert height * width == pytest.approx(100 * 100, rel=0.01)
    assert as_seen((100, 100), None, 1.0, 0.25) == (100, 100)
    assert np.array_equal(as_seen((512, 300), 0.3501, 1.0, 0.35), (512, 300))
