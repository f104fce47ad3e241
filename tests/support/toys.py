"""Toy cells: fixtures that the tests of linking and of tracking share."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.link.points import Points

# 20 px wide
AREA_PX = 314.0


def cell_table(rows) -> pd.DataFrame:
    """Cells from rows of frame, y, x and, where it is not 314, area."""
    rows = [(*row, AREA_PX)[:4] for row in rows]
    cells = pd.DataFrame(rows, columns=["frame", "y_px", "x_px", "area_px"]).sort_values("frame", kind="stable")
    cells = cells.reset_index(drop=True)
    cells.insert(1, "label", cells.groupby("frame").cumcount() + 1)
    return cells.assign(mean_gfp=100.0 + np.arange(len(cells)), touches_border=False)


@pytest.fixture(scope="session")
def make_cells():
    """Makes a cell table from rows of frame, y, x and, where it is not 314, area."""
    return cell_table


@pytest.fixture(scope="session")
def make_points():
    """Makes `Points` from the positions in each frame."""

    def make(frames, area_px=AREA_PX) -> Points:
        rows = [(frame, *yx, area_px) for frame, positions in enumerate(frames) for yx in positions]
        return Points.from_cells(cell_table(rows), len(frames))

    return make


@pytest.fixture(scope="session")
def scatter():
    """Scatters points at random, no two closer than `apart`; a square lattice that is shaken."""

    def make(n_side: int, apart: float, seed: int) -> np.ndarray:
        lattice = np.stack(np.meshgrid(*[np.arange(n_side)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
        shake = np.random.default_rng(seed).uniform(-0.5, 0.5, lattice.shape)
        return (lattice * 2 + shake) * apart

    return make
