"""Rings around cells and quantiles of their grey values, against obvious code."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.measure import column_names, measure_frame
from sidewinder.measure.ring import measure_rings, rings
from sidewinder.settings import MeasureSettings

RING = (1, 5)
SETTINGS = MeasureSettings(ring_px=RING, quantiles=(0.05, 0.5, 1))


@pytest.fixture(scope="module")
def scene():
    """Three cells near each other and one of a pixel at the edge; noise."""
    y, x = np.ogrid[:40, :60]
    labels = np.zeros((40, 60), np.int32)
    for label, (row, column, radius) in {1: (12, 12, 6), 3: (12, 27, 5), 4: (28, 20, 7)}.items():
        labels[np.hypot(y - row, x - column) <= radius] = label
    labels[39, 59] = 7
    return labels, np.random.default_rng(0).integers(0, 4000, (2, 40, 60)).astype(np.uint16)


def rings_one_by_one(labels) -> dict[int, set]:
    """The pixels of each ring that are nearer to its cell than to any other; in `None` those as near to two."""
    cells = {label: np.argwhere(labels == label) for label in np.unique(labels[labels > 0]).tolist()}
    found: dict = {label: set() for label in [*cells, None]}
    for pixel in np.argwhere(labels == 0):
        distances = {label: np.sqrt(((of - pixel) ** 2).sum(axis=1).min()) for label, of in cells.items()}
        nearest = min(distances.values())
        owners = [label for label, distance in distances.items() if distance == nearest]
        if RING[0] < nearest <= RING[1]:
            found[owners[0] if len(owners) == 1 else None].add(tuple(pixel.tolist()))
    return found


def test_each_pixel_is_in_the_ring_of_the_nearest_cell(scene):
    labels, _ = scene
    ring_of, expected = rings(labels, RING), rings_one_by_one(labels)
    either = expected.pop(None)
    for label, pixels in expected.items():
        found = set(map(tuple, np.argwhere(ring_of == label).tolist()))
        assert found - either == pixels
        assert len(pixels) >= (5 if label == 7 else 100)
    assert set(map(tuple, np.argwhere(ring_of > 0).tolist())) == set().union(either, *expected.values())


def test_means_and_quantiles_are_those_of_the_pixels(scene):
    labels, image = scene
    cells = measure_frame(labels, image, ("a", "b"), SETTINGS).astype(float).set_index("label")
    ring_of = rings(labels, RING)
    for values, name in zip(image.astype(float), "ab", strict=True):
        for label, cell in cells.iterrows():
            own = values[labels == label]
            np.testing.assert_allclose(cell[f"ring_mean_{name}"], values[ring_of == label].mean())
            quantiles = cell[[f"q0.05_{name}", f"q0.5_{name}", f"q1_{name}"]]
            np.testing.assert_allclose(quantiles, np.quantile(own, [0.05, 0.5, 1]))
            background = cell[f"background_{name}"]
            ratio = (cell[f"ring_mean_{name}"] - background) / (own.mean() - background)
            np.testing.assert_allclose(cell[f"ring_ratio_{name}"], ratio if own.mean() > background else np.nan)


def test_a_cell_among_others_that_touch_it_has_no_ring(scene):
    labels = np.ones((9, 9), np.int32)
    labels[3:6, 3:6] = 2
    cells = measure_frame(labels, np.ones((1, 9, 9)), ("a",), SETTINGS)
    assert cells[["ring_mean_a", "ring_ratio_a"]].isna().all(axis=None)


def test_no_cells_give_the_same_columns_and_types(scene):
    labels, image = scene
    some, none = (measure_frame(one, image, ("a", "b"), SETTINGS) for one in (labels, labels * 0))
    assert list(some) == list(none) == column_names(("a", "b"), SETTINGS)
    pd.testing.assert_series_equal(some.dtypes, none.dtypes)
    # what is always measured is the same with and without
    always = measure_frame(labels, image, ("a", "b"))
    pd.testing.assert_frame_equal(some[list(always)], always)


def test_pixels_without_data_are_in_no_ring():
    labels = np.zeros((9, 9), int)
    labels[4, 4] = 1
    missing = np.zeros((9, 9), bool)
    missing[:, 5:] = True
    values = np.where(missing, 99.0, 1.0)
    (mean,) = measure_rings(values, rings(labels, (0, 2), missing), np.array([1]))
    assert mean == 1
