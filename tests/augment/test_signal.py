"""Dimmer and patchier cells: the signal changes, and the background stays what the network knows it as."""

from dataclasses import replace

import numpy as np
import pytest

from sidewinder.augment import Augmentation, resignal

SIDE = 192
NOTHING = Augmentation(contrast=0, blur=0, noise=0, faint=0, patchy=0)
RIM = np.hypot(*(np.indices((SIDE, SIDE)) - SIDE / 2))
LABELS = (RIM < 40).astype(np.int32)
KNOWN = np.ones(LABELS.shape, bool)


def nucleus(seed, spreads=20.0):
    """Background of unit spread, and a disc that rises above it."""
    return (np.random.default_rng(seed).normal(size=LABELS.shape) + spreads * LABELS).astype(np.float32)


def inside_and_around(rise):
    return rise[LABELS > 0], rise[LABELS == 0]


def test_switched_off_nothing_changes():
    np.testing.assert_array_equal(resignal(nucleus(0), LABELS, KNOWN, NOTHING, np.random.default_rng(1)), nucleus(0))


def test_faint_cells_lose_contrast_and_the_background_keeps_its_noise():
    contrasts = []
    for seed in range(40):
        rise = resignal(nucleus(seed), LABELS, KNOWN, replace(NOTHING, faint=1), np.random.default_rng(seed))
        cell, around = inside_and_around(rise)
        contrasts.append(cell.mean() - around.mean())
        assert 0.85 < around.std() < 1.15
    # log-uniform from 0.04 to 1 of 20 spreads: the median is a fifth
    assert 0.7 < min(contrasts) < 3
    assert 12 < max(contrasts) <= 20.1
    assert 2 < np.median(contrasts) < 7


def test_noise_is_added_as_strong_as_that_of_the_crop():
    """A crop of an image that was made smaller is smoother than the movie, and stays so."""
    smooth = (0.4 * nucleus(0, spreads=0) + 20 * LABELS).astype(np.float32)
    spreads = []
    for seed in range(30):
        rise = resignal(smooth, LABELS, KNOWN, replace(NOTHING, faint=1), np.random.default_rng(seed))
        spreads.append(inside_and_around(rise)[1].std())
    assert max(spreads) < 0.5


def test_patches_lie_inside_of_cells_only():
    rise = resignal(nucleus(3), LABELS, KNOWN, replace(NOTHING, patchy=1), np.random.default_rng(2))
    cell, around = inside_and_around(rise)
    np.testing.assert_array_equal(around, inside_and_around(nucleus(3))[1])
    assert cell.std() > 4
    assert 0.5 < np.median(cell) / 20 < 2


@pytest.mark.parametrize("change", ["contrast", "blur", "noise", "faint", "patchy"])
def test_each_change_can_be_switched_on_alone(change):
    changed = resignal(nucleus(4), LABELS, KNOWN, replace(NOTHING, **{change: 1.0}), np.random.default_rng(5))
    assert changed.dtype == np.float32
    assert np.abs(changed - nucleus(4)).max() > 0.1
    assert np.isfinite(changed).all()


def test_more_noise_is_measured_by_itself():
    """The background of a noisier movie has unit spread again, and its cells rise less."""
    for seed in range(10):
        rise = resignal(nucleus(seed), LABELS, KNOWN, replace(NOTHING, noise=1), np.random.default_rng(seed))
        cell, around = inside_and_around(rise)
        assert 0.85 < around.std() < 1.15
        assert 12 < cell.mean() - around.mean() < 20


def test_a_crop_that_is_full_of_cells_or_unknown_can_be_changed():
    full, unknown = np.ones_like(LABELS), np.zeros_like(KNOWN)
    for labels, known in ((full, KNOWN), (LABELS, unknown)):
        rise = resignal(nucleus(6), labels, known, Augmentation(faint=1, patchy=1), np.random.default_rng(7))
        assert np.isfinite(rise).all()
