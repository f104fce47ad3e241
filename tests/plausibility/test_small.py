"""Objects that were left out for their size."""

import numpy as np
import pandas as pd

from sidewinder.plausibility.small import check_left_out
from sidewinder.store.left_out import read_left_out, write_cells
from sidewinder.store.table import read_frame

COUNTS = np.array([3, 3, 30, 0])


def test_frames_are_warned_of_where_many_are_left_out_that_the_model_knows():
    (warning,) = check_left_out(np.array([12, 2, 7, 0]), COUNTS, (8.4, 49.0))
    assert (warning.kind, warning.first_frame, warning.last_frame) == ("small_objects_left_out", 0, 0)
    assert warning.message == (
        "Frame 0: up to 12 objects a frame were left out for their size, beside up to 3 cells, though the model knows "
        "cells from 8.4 px in diameter on. Either they are specks, or cells much smaller than the others: set "
        "instances.min_area_px to 55, in pixels, to keep them"
    )


def test_nothing_is_said_where_nobody_knows_the_size_or_few_are_left_out():
    assert check_left_out(np.array([12, 12, 12, 12]), COUNTS, None) == []
    assert check_left_out(np.array([2, 0, 7, 2]), COUNTS, (8.4, 49.0)) == []


def test_the_table_of_cells_says_how_many_were_left_out(tmp_path):
    cells = pd.DataFrame({"frame": [0, 1], "area_px": [9.0, 12.0]})
    write_cells(cells, [0, 3], tmp_path / "cells.parquet")
    assert read_left_out(tmp_path / "cells.parquet") == [0, 3]
    pd.testing.assert_frame_equal(read_frame(tmp_path / "cells.parquet"), cells)
    cells.to_parquet(tmp_path / "older.parquet")
    assert read_left_out(tmp_path / "older.parquet") == []
