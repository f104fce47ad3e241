"""Classes and weights of the loss, against the definition."""

import numpy as np
from scipy import ndimage as ndi

from sidewinder.train.targets import (
    BACKGROUND,
    BORDER,
    CELL,
    GAP_SIGMA_PX,
    class_targets,
    weight_map,
)


def two_cells(gap: int) -> np.ndarray:
    labels = np.zeros((60, 90), np.int32)
    labels[20:40, 10:40] = 1
    labels[20:40, 40 + gap : 70 + gap] = 2
    return labels


def test_cell_and_border_together_are_the_cells():
    labels = two_cells(0)
    classes = class_targets(labels)
    np.testing.assert_array_equal(classes != BACKGROUND, labels > 0)


def test_a_ring_parts_touching_cells():
    classes = class_targets(two_cells(0))
    pieces, count = ndi.label(classes == CELL)
    assert count == 2
    assert (classes[30, 38:42] == BORDER).all()
    assert classes[30, 25] == CELL


def test_the_frame_s_edge_is_no_border():
    labels = np.ones((30, 30), np.int32)
    assert (class_targets(labels) == CELL).all()


def test_weights_are_equation_2_by_brute_force():
    labels = two_cells(4)
    labels[45:55, 45:60] = 7
    classes = class_targets(labels)
    distances = np.sort([ndi.distance_transform_edt(labels != label) for label in (1, 2, 7)], axis=0)
    expected = np.array([1, 1, 2])[classes] + 6 * np.exp(-((distances[0] + distances[1]) ** 2) / (2 * GAP_SIGMA_PX**2))
    weights = weight_map(labels, classes, gap_weight=6, border_weight=2)
    # beyond three sigma the term is left out
    assert np.abs(weights - expected).max() < 6 * np.exp(-4.5)
    assert weights[30, 42] > 4 * weights[30, 25]


def test_without_gaps_weights_are_those_of_the_classes():
    classes = class_targets(two_cells(4))
    weights = weight_map(two_cells(4), classes, gap_weight=0, border_weight=3)
    np.testing.assert_array_equal(weights, np.array([1, 1, 3])[classes])


def test_no_cells():
    labels = np.zeros((20, 20), np.int32)
    classes = class_targets(labels)
    assert (classes == BACKGROUND).all()
    np.testing.assert_array_equal(weight_map(labels, classes, gap_weight=6, border_weight=2), 1)
