"""The grid of uncertainty, against its definition."""

import numpy as np
import pytest

from sidewinder.instances.uncertainty import SQUARE_PX, uncertainty_grid


def test_by_definition():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet((0.5, 0.5, 0.5), size=(70, 100)).transpose(2, 0, 1)
    maps = np.rint(255 * probabilities[1:]).astype(np.uint8)
    ordered = np.sort(probabilities, axis=0)
    uncertainty = 1 - (ordered[-1] - ordered[-2])
    grid = uncertainty_grid(maps)
    assert grid.shape == (3, 4)
    for row in range(3):
        for column in range(4):
            square = uncertainty[row * SQUARE_PX : (row + 1) * SQUARE_PX, column * SQUARE_PX : (column + 1) * SQUARE_PX]
            assert abs(grid[row, column] / 255 - square.mean()) < 0.01


@pytest.mark.parametrize(("cell", "border", "expected"), [(0, 0, 0), (255, 0, 0), (0, 255, 0), (128, 127, 254)])
def test_sure_is_sure(cell, border, expected):
    maps = np.stack([np.full((40, 40), value, np.uint8) for value in (cell, border)])
    assert (np.abs(uncertainty_grid(maps).astype(int) - expected) <= 1).all()
