"""How grey values become the network's input."""

import numpy as np
import pytest
import torch

from sidewinder.normalization import ByBackground, ByQuantiles, from_card


def test_quantiles_become_0_and_1():
    image = np.array([50, 100, 125, 200, 300], dtype=np.uint16)
    result = ByQuantiles(gamma=0.5).apply(image, 100, 200)
    np.testing.assert_allclose(result, [0, 0, 0.5, 1, np.sqrt(2)], rtol=1e-6)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(ByQuantiles().apply(image, 7, 7), 0)


def test_the_background_becomes_0_and_what_rises_above_it_is_counted_in_spreads():
    image = np.array([94, 100, 106, 160, 6100], dtype=np.uint16)
    # a spread of 2: 3, 30 and 3000 spreads are 1, 10 and 1000 times three of them
    result = ByBackground().apply(image, 100, 106)
    np.testing.assert_allclose(result, np.arcsinh([-1, 0, 1, 10, 1000]) / 3, rtol=1e-6)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(ByBackground().apply(image, 7, 7), 0)


def test_by_background_neither_gain_nor_offset_nor_more_cells_change_what_the_network_sees():
    rng = np.random.default_rng(0)
    image = rng.normal(100, 4, (300, 300))
    image[:60] += 200
    more = image.copy()
    more[60:150] += 200
    by = ByBackground()
    seen = by.apply(image, *by.limits_of(image))
    gained = 3 * image + 500
    np.testing.assert_allclose(by.apply(gained, *by.limits_of(gained)), seen, atol=1e-4)
    assert np.abs(by.apply(more, *by.limits_of(more))[200:] - seen[200:]).max() < 0.03


def test_each_channel_has_its_own_limits():
    image = torch.tensor([[[[100.0, 200.0]], [[10.0, 20.0]]]])
    for by in (ByBackground(), ByQuantiles()):
        both = by.apply(image, [100, 10], [200, 20])
        np.testing.assert_array_equal(both[0, 0], both[0, 1])


def test_the_curve_can_be_undone():
    by, spreads = ByBackground(), np.array([-3, 0, 0.5, 40, 20_000], np.float32)
    np.testing.assert_allclose(by.spreads(by.of_spreads(spreads)), spreads, rtol=1e-5)
    np.testing.assert_allclose(by.of_spreads(spreads), by.apply(spreads[None], 0, 3)[0], rtol=1e-5)


@pytest.mark.parametrize("by", [ByBackground(), ByQuantiles(0.5, 99.9, 0.7)])
def test_a_card_says_which(by):
    assert from_card(by.card()) == by


@pytest.mark.parametrize("section", [{"background": False}, {"background": True, "gamma": 1}, None, "background"])
def test_a_card_that_says_neither_is_refused(section):
    with pytest.raises((TypeError, ValueError)):
        from_card(section)
