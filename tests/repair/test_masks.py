"""Single cells, against brute force."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from sidewinder.repair.masks import Labels, Mask


@pytest.fixture
def labels():
    """Three cells in a frame of 8 x 9; 1 and 2 lie side by side, 3 is a pixel away from 2."""
    labels = np.zeros((8, 9), np.uint32)
    labels[1:4, 1:3] = 1
    labels[2:6, 3:5] = 2
    labels[4:6, 6:9] = 3
    return labels


def test_a_cell_is_cut_out(labels):
    labels[3, 2] = 3
    mask = Labels(labels).mask(1)
    assert (mask.top, mask.left, mask.area_px) == (1, 1, 5)
    np.testing.assert_array_equal(mask.pixels, [[1, 1], [1, 1], [1, 0]])


@pytest.mark.parametrize("shift", [(0, 0), (2, -3), (-3, 1), (6, 8), (-20, 0), (0, 40)])
def test_a_moved_cell_is_cut_by_the_frame(labels, shift):
    box, pixels = Labels(labels).mask(2).moved(shift).within(labels.shape)
    found = np.zeros(labels.shape, bool)
    found[box] = pixels
    expected = np.zeros(labels.shape, bool)
    for y, x in np.argwhere(labels == 2) + shift:
        if 0 <= y < 8 and 0 <= x < 9:
            expected[y, x] = True
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shift", [(0, 0), (2, -3), (-15, 0), (4, 12)])
def test_distances_from_the_outline(labels, shift):
    mask = Labels(labels).mask(2).moved(shift)
    box = slice(1, 7), slice(0, 8)
    inside = {tuple(yx) for yx in (np.argwhere(labels == 2) + shift).tolist()}
    plane = [(y, x) for y in range(-30, 40) for x in range(-30, 40)]
    outside = np.array([yx for yx in plane if yx not in inside])
    pixels = np.array([(y, x) for y in range(1, 7) for x in range(8)])
    to_inside, to_outside = cdist(pixels, np.array(list(inside))).min(axis=1), cdist(pixels, outside).min(axis=1)
    np.testing.assert_allclose(mask.distance_in(box).ravel(), to_inside - to_outside)


def test_which_cells_touch(labels):
    assert Labels(labels).touching() == {(1, 2), (2, 3)}
    labels[:, 5] = 0
    labels[:, 6] = 0
    assert Labels(labels).touching() == {(1, 2)}
    assert Labels(np.zeros((3, 3), np.uint32)).touching() == set()


def test_a_cell_in_one_pixel():
    mask = Mask(2, 2, np.ones((1, 1), bool))
    np.testing.assert_allclose(mask.distance_in((slice(2, 3), slice(0, 4))), [[2, 1, -1, 1]])
