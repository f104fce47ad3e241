"""Crops in another light: grey values change, and as much as was asked."""

from dataclasses import replace

import numpy as np
import pytest

from sidewinder.augment import Augmentation, relight

DARK = Augmentation(contrast=0, blur=0, noise=0)


def disk(size=128, radius=20):
    y, x = np.indices((size, size))
    return (np.hypot(y - size / 2, x - size / 2) < radius).astype(np.int32)


def test_relight_keeps_shape_and_stays_positive():
    rng = np.random.default_rng(4)
    image = disk().astype(np.float32)
    for _ in range(20):
        changed = relight(image, Augmentation(), rng)
        assert changed.shape == image.shape
        assert changed.dtype == np.float32
        assert changed.min() >= 0
        assert changed[64, 64] > changed[5, 5]  # a bright cell stays brighter than its background


@pytest.mark.parametrize("change", ["contrast", "blur", "noise"])
def test_each_change_of_grey_values_can_be_switched_on_alone(change):
    image = np.random.default_rng(5).random((64, 64)).astype(np.float32)
    changed = relight(image, replace(DARK, **{change: 1.0}), np.random.default_rng(6))
    assert np.abs(changed - image).max() > 0.01
