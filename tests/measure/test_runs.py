"""Runs against the label images that they are of, and SciPy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage as ndi

from sidewinder.measure.runs import Runs

SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=14)
LABELS = arrays(np.int32, SHAPES, elements=st.integers(0, 3))
MASKS = arrays(bool, SHAPES, elements=st.booleans())


@given(LABELS)
def test_runs_hold_all_of_a_label_image(labels):
    runs = Runs.of(labels)
    painted = runs.painted(labels.shape)
    np.testing.assert_array_equal(painted, labels)
    assert painted.dtype == np.int32
    assert painted.flags.c_contiguous
    assert runs.n_labels == labels.max() + 1
    np.testing.assert_array_equal(runs.area_px[1:], np.bincount(labels.ravel())[1:])
    values = np.array([0, -7, 5, 90])[: runs.n_labels]
    np.testing.assert_array_equal(runs.painted(labels.shape, values), values[labels])


@given(LABELS)
def test_sums_along_runs_are_those_of_the_pixels(labels):
    runs, image = Runs.of(labels), np.arange(labels.size, dtype=np.int16).reshape(labels.shape)
    np.testing.assert_array_equal(
        runs.sums(runs.sums_along(image))[1:], np.bincount(labels.ravel(), weights=image.ravel())[1:]
    )


@given(MASKS)
def test_connected_pieces_are_those_of_scipy_with_the_same_numbers(mask):
    pieces = Runs.of(mask).connected()
    expected, n_pieces = ndi.label(mask, np.ones((3, 3)))
    np.testing.assert_array_equal(pieces.painted(mask.shape), expected)
    assert pieces.n_labels == n_pieces + 1


def test_connected_pieces_of_large_frames_are_those_of_scipy():
    mask = ndi.gaussian_filter(np.random.default_rng(0).normal(size=(700, 900)), 1) > 0
    np.testing.assert_array_equal(Runs.of(mask).connected().painted(mask.shape), ndi.label(mask, np.ones((3, 3)))[0])


@given(LABELS)
def test_what_label_is_where(labels):
    y, x = (index.ravel() for index in np.indices(labels.shape))
    np.testing.assert_array_equal(Runs.of(labels).at(y, x), labels.ravel())


@given(LABELS)
def test_one_label_alone(labels):
    runs = Runs.of(labels)
    for label, box in enumerate(ndi.find_objects(labels), start=1):
        one = runs.of_one(label)
        if box is None:
            assert len(one.label) == 0
            continue
        assert one.box() == box
        np.testing.assert_array_equal(one.mask(0), labels[box] == label)
        np.testing.assert_array_equal(one.mask(2), np.pad(labels[box] == label, 2))


@given(LABELS)
def test_taken_apart_and_put_together(labels):
    runs = Runs.of(labels)
    even, odd = (runs.only(np.arange(runs.n_labels) % 2 == rest) for rest in (0, 1))
    np.testing.assert_array_equal(even.painted(labels.shape), np.where(labels % 2 == 0, labels, 0))
    np.testing.assert_array_equal(Runs.together([odd, even]).painted(labels.shape), labels)
    moved = runs.named(np.arange(runs.n_labels) + 10).moved(2, 3).painted((labels.shape[0] + 4, labels.shape[1] + 6))
    np.testing.assert_array_equal(moved[2:-2, 3:-3], np.where(labels > 0, labels + 10, 0))
