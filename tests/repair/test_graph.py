"""The graph of tracks stays what it was while cells come and go."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sidewinder.link.graph import NONE
from sidewinder.link.tracked import Tracked
from sidewinder.measure import measure_frame
from sidewinder.repair import consume_and_repair
from sidewinder.track.tables import typed


def measure(frame, labels):
    return measure_frame(labels, np.zeros((0, *labels.shape)), ())


def tracked(cells, tracks, parents):
    """Cells in tracks, which are numbered in their order."""
    number_of = {cell: number for number, track in enumerate(tracks.values()) for cell in track}
    number = [number_of[cell] for cell in zip(cells["frame"], cells["label"], strict=True)]
    names = list(tracks)
    parent = np.array([names.index(parents[name]) if name in parents else NONE for name in names], dtype=np.int64)
    score = np.where(parent == NONE, np.nan, 0.1 * np.arange(len(names)))
    return Tracked(cells.assign(track=np.array(number, dtype=np.int64)), parent, score, np.zeros((7, 2)), 9.0)


def by_labels(graph):
    """The links, as frames and labels."""
    rows = list(zip(graph.cells["frame"], graph.cells["label"], strict=True))
    return {rows[row]: rows[after] for row, after in enumerate(graph.successor()) if after != NONE}


@pytest.fixture
def drawn_family():
    """A mother until frame 4, but for frame 2, and two daughters; a cell beside them with the label 1 or, later, 3."""
    labels = np.zeros((7, 30, 30), np.uint32)
    labels[:5, 4:12, 4:12] = 2
    labels[2] = 0
    labels[5:, 2:8, 4:12] = 1
    labels[5:, 9:15, 4:12] = 2
    labels[:5, 20:26, 20:26] = 1
    labels[5:, 20:26, 20:26] = 3
    cells = [measure(0, frame).assign(frame=number) for number, frame in enumerate(labels)]
    tracks = {
        "mother": [(frame, 2) for frame in (0, 1, 3, 4)],
        "upper": [(5, 1), (6, 1)],
        "lower": [(5, 2), (6, 2)],
        "other": [(frame, 1 if frame < 5 else 3) for frame in range(7)],
    }
    parents = {"upper": "mother", "lower": "mother"}
    return labels, typed(pd.concat(cells, ignore_index=True)), tracks, parents


def test_links_and_mothers_are_those_of_before(drawn_family):
    labels, cells, tracks, parents = drawn_family
    before = tracked(cells, tracks, parents)
    assert by_labels(before) == {one: other for track in tracks.values() for one, other in pairwise(track)}
    repaired = consume_and_repair(before, labels.__getitem__, measure, lambda _: True, lambda _: None)
    # the mother is missing in frame 2, where she is given the label behind that of the other cell
    tracks["mother"].insert(2, (2, 2))
    after = repaired.tracked
    rows = zip(after.cells["frame"], after.cells["label"], strict=True)
    assert after.cells["repaired"].tolist() == ["missed" if row == (2, 2) else "" for row in rows]
    assert by_labels(after) == {one: other for track in tracks.values() for one, other in pairwise(track)}
    np.testing.assert_array_equal(after.parent, before.parent)
    np.testing.assert_array_equal(after.division_score, before.division_score)
    assert repaired.repairs["frame"].unique().tolist() == [2]


def test_no_cells():
    cells = typed(measure(0, np.zeros((3, 3), int)).assign(frame=0))
    types = cells.dtypes.to_dict()
    repaired = consume_and_repair(tracked(cells, {}, {}), None, measure, lambda _: True, lambda _: None)
    assert len(repaired.tracked.cells) == len(repaired.repairs) == len(repaired.tracked.successor()) == 0
    assert repaired.tracked.cells.drop(columns=["track", "repaired"]).dtypes.to_dict() == types
