"""Shapes of all cells at once, against scikit-image, Qhull and SciPy cell by cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage as ndi
from scipy.spatial import ConvexHull
from skimage.measure import regionprops_table

from sidewinder.measure.runs import Runs
from sidewinder.measure.shape import convexities, measure_shape

# few labels on small frames: cells with holes and gaps, of many parts, one pixel wide, at the edges
LABELS = arrays(np.int32, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.integers(0, 3))
SCIKIT_IMAGE = {
    "y_px": "centroid-0",
    "x_px": "centroid-1",
    "area_px": "area",
    "perimeter_px": "perimeter",
    "major_axis_px": "axis_major_length",
    "minor_axis_px": "axis_minor_length",
    "eccentricity": "eccentricity",
}


def blobs() -> np.ndarray:
    """Cells of many sizes, some with holes."""
    smooth = ndi.gaussian_filter(np.random.default_rng(0).normal(size=(300, 400)), 8)
    return ndi.label(smooth > 0)[0]


def agrees_with_scikit_image(labels):
    found = measure_shape(labels, Runs.of(labels))
    names = [name.split("-")[0] for name in SCIKIT_IMAGE.values()]
    expected = regionprops_table(labels, properties=("label", "orientation", *dict.fromkeys(names)))
    present = expected["label"]
    for ours, theirs in SCIKIT_IMAGE.items():
        # a root makes much of little: what is 0 may come out as the root of a rounding
        np.testing.assert_allclose(found[ours][present], expected[theirs], rtol=1e-6, atol=1e-5, err_msg=ours)
    long = expected["axis_major_length"] > 1.001 * expected["axis_minor_length"]
    off = found["orientation_rad"][present] - expected["orientation"]
    # an axis has no head
    assert np.allclose(np.sin(off)[long], 0, atol=1e-6)


@given(LABELS)
def test_shapes_are_those_of_scikit_image(labels):
    if labels.any():
        agrees_with_scikit_image(labels)


def test_shapes_of_large_cells_are_those_of_scikit_image():
    agrees_with_scikit_image(blobs())


def test_a_shape_far_from_the_corner_keeps_its_digits():
    labels = np.zeros((20, 200_000), np.int32)
    labels[5:8, -40:-20] = 1
    near = measure_shape(labels[:, -60:], Runs.of(labels[:, -60:]))
    far = measure_shape(labels, Runs.of(labels))
    for name in ("major_axis_px", "minor_axis_px", "eccentricity", "perimeter_px", "solidity"):
        assert far[name][1] == pytest.approx(near[name][1], rel=1e-12), name


def convexity_by_qhull(piece):
    middles = [np.argwhere(piece) + step for step in ((0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5))]
    return piece.sum() / ConvexHull(np.concatenate(middles)).volume


@given(LABELS)
def test_convexity_is_that_of_qhull(labels):
    found = convexities(Runs.of(labels))
    assert len(found) == labels.max() + 1
    for label, convexity in enumerate(found):
        if label == 0 or not (labels == label).any():
            assert np.isnan(convexity)
        else:
            assert convexity == pytest.approx(convexity_by_qhull(labels == label), rel=1e-9)


def test_convexity_of_large_smooth_shapes():
    labels = blobs()
    expected = [convexity_by_qhull(labels == label) for label in range(1, labels.max() + 1)]
    np.testing.assert_allclose(convexities(Runs.of(labels))[1:], expected, rtol=1e-9)


@given(LABELS)
def test_only_what_is_interrupted_has_holes(labels):
    interrupted = Runs.of(labels).interrupted()
    assert len(interrupted) == labels.max() + 1
    for label in range(1, labels.max() + 1):
        has_hole = (ndi.binary_fill_holes(labels == label) != (labels == label)).any()
        assert interrupted[label] or not has_hole
