"""Neighbours of cells, against their definition point by point and on lattices."""

import numpy as np
import pytest

from sidewinder.measure.neighbours import measure_neighbours

# of which twice the diameter is 20
AREA_PX = 25 * np.pi


def hexagons(n_side: int, apart: float) -> np.ndarray:
    row, column = np.mgrid[:n_side, :n_side].reshape(2, -1)
    return np.stack([row * apart * 3**0.5 / 2, (column + row % 2 / 2) * apart])


def measured(yx, area_px=AREA_PX):
    found = measure_neighbours(*np.array(yx, dtype=float), np.full(np.shape(yx)[1], area_px))
    return found["n_neighbours"], found["nearest_neighbour_px"]


def by_definition(yx: np.ndarray, area_px: np.ndarray) -> np.ndarray:
    """How many are close and on a circle with the point that has no third inside."""
    radius, points = np.sqrt(area_px / np.pi), yx.T
    count = np.zeros(len(points), int)
    for a, b in zip(*np.triu_indices(len(points), 1), strict=True):
        along = points[b] - points[a]
        if np.linalg.norm(along) > 2 * (radius[a] + radius[b]):
            continue
        # circles through both have their centres on the bisector, `t` across from the middle
        across, middle = np.array([-along[1], along[0]]), (points[a] + points[b]) / 2
        others = np.delete(points, [a, b], axis=0) - middle
        # a third one is outside where |other|^2 - 2 t across.other > |along|^2 / 4
        left, right = 2 * others @ across, (others**2).sum(axis=1) - along @ along / 4
        least = (right / left)[left < 0].max(initial=-np.inf)
        most = (right / left)[left > 0].min(initial=np.inf)
        count[[a, b]] += least < most
    return count


@pytest.mark.parametrize("n_cells", [2, 3, 4, 30, 120])
def test_they_are_what_they_are_defined_as(n_cells):
    rng = np.random.default_rng(n_cells)
    yx, area_px = rng.uniform(0, 200, (2, n_cells)), rng.uniform(50, 600, n_cells)
    found = measure_neighbours(*yx, area_px)
    np.testing.assert_array_equal(found["n_neighbours"], by_definition(yx, area_px))
    apart = np.linalg.norm(yx[:, :, None] - yx[:, None], axis=0) + np.diag(np.full(n_cells, np.inf))
    np.testing.assert_allclose(found["nearest_neighbour_px"], apart.min(axis=0))


def test_in_a_honeycomb_a_cell_has_six():
    count, nearest = measured(hexagons(9, 15))
    inner = np.zeros((9, 9), bool)
    inner[1:-1, 1:-1] = True
    assert set(count[inner.ravel()]) == {6}
    assert set(count[~inner.ravel()]) == {2, 3, 4, 5}
    np.testing.assert_allclose(nearest, 15)


def test_cells_far_apart_are_no_neighbours():
    count, nearest = measured(hexagons(5, 20.1))
    assert set(count) == {0}
    np.testing.assert_allclose(nearest, 20.1)


def test_one_cell_has_none():
    count, nearest = measured([[5], [7]])
    assert count.tolist() == [0]
    assert np.isnan(nearest).all()


def test_cells_in_a_line_or_in_one_place():
    count, nearest = measured([[3, 3, 3, 3], [0, 10, 20, 35]])
    assert count.tolist() == [1, 2, 2, 1]
    assert nearest.tolist() == [10, 10, 10, 15]
    count, nearest = measured([[1, 1, 1, 9], [1, 1, 1, 9]])
    assert nearest[:3].tolist() == [0, 0, 0]
    assert nearest[3] == pytest.approx(8 * 2**0.5)
    assert count.min() >= 1
    two, nearest = measured([[0, 3], [0, 4]])
    assert two.tolist() == [1, 1]
    assert nearest.tolist() == [5, 5]
