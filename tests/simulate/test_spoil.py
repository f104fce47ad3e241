"""Spoiled masks: as much is spoiled as is said, and no more."""

import numpy as np
import pytest
from scipy import ndimage as ndi

from lineages import matched
from sidewinder.simulate.spoil import Damage, spoil

NOTHING = Damage(missed=0, merged=0, split=0, jitter_px=0)


def lattice(gap: int) -> np.ndarray:
    """40 x 40 squares with so many pixels between them."""
    labels = np.arange(1, 1601).reshape(40, 40).repeat(12, 0).repeat(12, 1)
    inside = np.arange(480) % 12 >= gap
    return np.where(inside[:, None] & inside, labels, 0)


def rng():
    return np.random.default_rng(0)


def test_without_damage_only_numbers_change():
    labels = lattice(2)
    found = spoil(labels, NOTHING, rng())
    assert ((found > 0) == (labels > 0)).all()
    assert len(matched(found, labels, 0.99)) == 1600
    assert sorted(np.unique(found)) == list(range(1601))


@pytest.mark.parametrize(
    ("damage", "gap", "expected"),
    [
        (Damage(missed=0.1, merged=0, split=0, jitter_px=0), 2, 1600 * 0.9),
        (Damage(missed=0, merged=0, split=0.1, jitter_px=0), 2, 1600 * 1.1),
        # of each cell two pairs; those with two pixels between them do not touch
        (Damage(missed=0, merged=0.05, split=0, jitter_px=0), 1, 1600 - 2 * 1560 * 0.05),
        (Damage(missed=0, merged=0.05, split=0, jitter_px=0), 2, 1600),
    ],
)
def test_as_many_cells_are_left_as_expected(damage, gap, expected):
    n_cells = spoil(lattice(gap), damage, rng()).max()
    assert n_cells == pytest.approx(expected, abs=0 if expected == 1600 else 40)


def test_jitter_moves_outlines_and_nothing_else():
    labels = np.zeros((200, 200), int)
    y, x = np.indices(labels.shape)
    labels[(y - 100) ** 2 + (x - 100) ** 2 <= 60**2] = 1
    found = spoil(labels, Damage(missed=0, merged=0, split=0, jitter_px=1), rng())
    changed = (found > 0) != (labels > 0)
    assert 100 < changed.sum() < 1000
    distance = np.abs(np.hypot(y - 100, x - 100) - 60)
    assert distance[changed].max() < 6
    assert ndi.label(found)[1] == 1


def test_empty_frames_and_single_pixels():
    assert spoil(np.zeros((20, 30), int), Damage(), rng()).max() == 0
    one = np.zeros((20, 30), int)
    one[3, 4] = 7
    assert spoil(one, Damage(missed=0, merged=1, split=1, jitter_px=0), rng()).max() == 1
