"""The background's level and spread, against those that images were made of."""

import numpy as np
import pytest

from sidewinder.background import BACKGROUND_PERCENTS, background


def of(image):
    values = np.percentile(image, BACKGROUND_PERCENTS, method="inverted_cdf").astype(float)
    return background(dict(zip(BACKGROUND_PERCENTS, values, strict=True)))


def scene(share, contrast, level=100.0, spread=4.0, n=400_000, seed=0):
    """Normal background, and cells of all brightness up to `contrast` on some share of the pixels."""
    rng = np.random.default_rng(seed)
    image = rng.normal(level, spread, n)
    image[: int(share * n)] += contrast * rng.beta(2, 2, int(share * n))
    return image


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("contrast", [60, 1000])
def test_neither_the_number_of_cells_nor_their_brightness_moves_it(share, contrast):
    level, spread = of(scene(share, contrast))
    assert level == pytest.approx(100, abs=1.2)
    assert spread == pytest.approx(4, rel=0.25)


@pytest.mark.parametrize("contrast", [8, 20])
def test_faint_cells_move_it_by_a_fraction_of_the_noise(contrast):
    level, spread = of(scene(0.3, contrast))
    assert level == pytest.approx(100, abs=3)
    assert spread == pytest.approx(4, rel=0.4)


def test_it_follows_gain_and_offset():
    level, spread = of(scene(0.2, 300))
    scaled_level, scaled_spread = of(7 * scene(0.2, 300) + 1000)
    assert scaled_level == pytest.approx(7 * level + 1000)
    assert scaled_spread == pytest.approx(7 * spread)


@pytest.mark.parametrize("gain", [0.25, 0.5, 1, 4])
def test_whole_grey_values_do_as_well(gain):
    """Also where the background has two or three of them."""
    level, spread = of(np.round(gain * scene(0.2, 300)).astype(np.uint16))
    assert level == pytest.approx(100 * gain, abs=0.6 + 0.3 * gain)
    assert spread == pytest.approx(4 * gain, rel=0.5)


def test_without_noise_something_small_stands_for_it():
    image = np.zeros(10_000, np.uint8)
    image[:2000] = np.linspace(50, 200, 2000)
    level, spread = of(image)
    assert level == 0
    assert 0.5 <= spread < 4


def test_an_image_of_one_grey_value_has_no_spread():
    assert of(np.full(1000, 7)) == (7, 0)


def test_one_hot_pixel_does_nothing():
    image = scene(0.1, 300)
    assert of(np.append(image, 65535)) == pytest.approx(of(image), rel=1e-3)
