"""Cells as large as no cell, and cells at the edge."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.plausibility.cells import check_border, check_giants

FRAME_PX = 10_000


def cells_of(*rows: tuple[int, int, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["frame", "area_px", "touches_border"]).astype({"touches_border": bool})


@pytest.mark.case("results", "a warning: an object as large as no cell")
def test_an_object_larger_than_a_quarter_of_the_frame(shown):
    cells = cells_of((0, 300, False), (1, 300, False), (1, 2600, False), (2, 8000, True), (5, 2501, False))
    found = check_giants(cells, FRAME_PX)
    assert [(warning.first_frame, warning.last_frame) for warning in found] == [(1, 2), (5, 5)]
    assert found[0].message.startswith("Frames 1 to 2: one object covers up to 80 % of the frame. ")
    assert found[1].message.startswith("Frame 5: one object covers 25 % of the frame. ")
    shown(found[0].message, 0)


def test_a_large_cell_is_no_giant():
    assert check_giants(cells_of((0, 2500, True)), FRAME_PX) == []
    assert check_giants(cells_of(), FRAME_PX) == []


@pytest.mark.case("results", "a warning: most cells touch the border")
def test_most_cells_at_the_border(shown):
    cells = cells_of(*((frame, 300, cell < 4) for frame in range(3) for cell in range(6)))
    (warning,) = check_border(cells, 3)
    assert (warning.first_frame, warning.last_frame) == (0, 2)
    assert warning.message.startswith("Frames 0 to 2: 67 % of the cells touch the edge of the frame")
    shown(warning.message, 0)
    cells["touches_border"] = np.tile([True, False], 9)
    assert check_border(cells, 3) == []


def test_few_cells_may_lie_at_the_border():
    assert check_border(cells_of(*((frame, 300, True) for frame in range(20))), 20) == []
    assert check_border(cells_of(), 2) == []
