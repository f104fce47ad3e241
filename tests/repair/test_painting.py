"""What was changed, as runs, and painted again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sidewinder.repair import joined_repairs, paint, repairs_of

LABELS = arrays(np.uint32, (5, 7), elements=st.integers(0, 4))


@given(before=LABELS, after=LABELS)
def test_painting_makes_the_one_of_the_other(before, after):
    after = np.where(after == 0, before, after)
    repairs = repairs_of(before, after)
    np.testing.assert_array_equal(paint(before, repairs), after)
    pixels = [(run.row, column) for run in repairs.itertuples() for column in range(run.first, run.last + 1)]
    assert len(pixels) == len(set(pixels)) == np.count_nonzero(before != after)
    # so the order makes no difference
    np.testing.assert_array_equal(paint(before, repairs.iloc[::-1]), after)
    # and back again
    np.testing.assert_array_equal(paint(after, repairs.assign(label=repairs["before"])), before)


def test_runs_of_a_drawn_frame():
    before, after = np.zeros((2, 4, 6), int)
    before[1, 1:3] = 1
    after[:] = before
    after[1, 3:] = 7
    after[3, [0, 2]] = 7
    assert repairs_of(before, after).values.tolist() == [
        [7, 1, 3, 5, 0], [7, 3, 0, 0, 0], [7, 3, 2, 2, 0],
    ]  # fmt: skip


def test_frames_in_one_table():
    labels = np.zeros((2, 2), int)
    repairs = {4: repairs_of(labels, labels + 1), 9: repairs_of(labels, labels)}
    assert joined_repairs(repairs).columns.tolist() == ["frame", "label", "row", "first", "last", "before"]
    assert joined_repairs(repairs).values.tolist() == [[4, 1, 0, 0, 1, 0], [4, 1, 1, 0, 1, 0]]
    assert joined_repairs({}).dtypes.tolist() == joined_repairs(repairs).dtypes.tolist() == [np.dtype(np.int64)] * 6
