"""Shapes of all labels at once, against Qhull and SciPy label by label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage as ndi
from scipy.spatial import ConvexHull

from sidewinder.instances.shape import convexities, filled, may_have_holes

# few labels on small frames: pieces with holes and gaps, of many parts, one pixel wide, at the edges
LABELS = arrays(np.int32, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.integers(0, 3))


def convexity_by_qhull(piece):
    middles = [np.argwhere(piece) + step for step in ((0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5))]
    return piece.sum() / ConvexHull(np.concatenate(middles)).volume


@given(LABELS)
def test_convexity_is_that_of_qhull(labels):
    found = convexities(labels)
    assert len(found) == labels.max() + 1
    for label, convexity in enumerate(found):
        if label == 0 or not (labels == label).any():
            assert np.isnan(convexity)
        else:
            assert convexity == pytest.approx(convexity_by_qhull(labels == label), rel=1e-9)


def test_convexity_of_large_smooth_shapes():
    blobs = ndi.gaussian_filter(np.random.default_rng(0).normal(size=(300, 400)), 8)
    labels, n_labels = ndi.label(blobs > 0)
    expected = [convexity_by_qhull(labels == label) for label in range(1, n_labels + 1)]
    np.testing.assert_allclose(convexities(labels)[1:], expected, rtol=1e-9)


@given(LABELS)
def test_holes_are_those_of_scipy(labels):
    may_have = may_have_holes(labels)
    assert len(may_have) == labels.max() + 1
    assert not may_have[0]
    for label in range(1, labels.max() + 1):
        expected = ndi.binary_fill_holes(labels == label)
        assert (filled(labels == label) == expected).all()
        assert may_have[label] or (expected == (labels == label)).all()
