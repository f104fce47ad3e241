import numpy as np
import pandas as pd
import pytest

from sidewinder.repair.table import consume_and_join, is_changed


def table(rows, repaired=None):
    """Rows of frame, label, track and a measurement; True where a cell touches the border."""
    cells = pd.DataFrame(rows, columns=["frame", "label", "track", "mean_gfp", "touches_border"])
    return cells if repaired is None else cells.assign(repaired=pd.array(repaired, dtype="str"))


BEFORE = table([(3, 1, 0, 10.0, False), (3, 4, 1, np.nan, False), (3, 5, 2, 20.0, True)])


def test_what_is_measured_alike_is_not_changed():
    again = table([(3, 1, 0, 10.00001, False), (3, 4, 1, np.nan, False), (3, 5, 2, 20.0, True)], ["", "", ""])
    assert is_changed(BEFORE, again).tolist() == [False, False, False]


@pytest.mark.parametrize(
    ("row", "mark"),
    [
        pytest.param((3, 4, 1, 5.0, False), "", id="was empty"),
        pytest.param((3, 5, 2, 20.01, True), "", id="another mean"),
        pytest.param((3, 5, 2, 20.0, False), "", id="another truth"),
        pytest.param((3, 5, 2, 20.0, True), "split", id="repaired"),
        pytest.param((3, 2, 2, 20.0, True), "", id="new between others"),
        pytest.param((3, 9, 2, 20.0, True), "", id="new behind all"),
    ],
)
def test_what_is_measured_otherwise_is_changed(row, mark):
    same = (3, 1, 0, 10.0, False)
    assert is_changed(BEFORE, table([same, row], ["", mark])).tolist() == [False, True]


def test_where_nothing_was_all_is_new():
    assert is_changed(BEFORE.iloc[:0], table([(3, 1, 0, 10.0, False)], [""])).tolist() == [True]


def test_parts_are_put_together_as_pandas_does():
    rng = np.random.default_rng(0)
    frames, labels = np.divmod(np.arange(60), 6)
    cells = table(np.column_stack([frames, labels, np.arange(60), rng.normal(size=60), rng.random(60) < 0.5]).tolist())
    cells = cells.astype({"frame": "int64", "label": "int64", "track": "int64", "touches_border": "bool"})
    changed = cells.iloc[rng.permutation(60)[:20]].assign(repaired="missed", mean_gfp=1.0)
    rows = np.setdiff1d(np.arange(60), changed.index)
    track = cells["track"].to_numpy()[rows] + 100
    expected = pd.concat([cells.iloc[rows].assign(track=track, repaired=""), changed])
    expected = expected.sort_values(["frame", "label"], ignore_index=True)
    pd.testing.assert_frame_equal(consume_and_join(cells, rows, track, [changed.iloc[:7], changed.iloc[7:]]), expected)
