"""Between links as rows and tracks as numbers."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.link.graph import NONE
from sidewinder.measure import measure_frame
from sidewinder.track.cells_to_tracks import Linked
from sidewinder.track.repairing import repair_linked
from sidewinder.track.tables import typed


def measure(frame, labels):
    return measure_frame(labels, np.zeros((0, *labels.shape)), ())


def linked(cells, tracks, parents):
    """Cells in tracks, as rows."""
    rows = {(f, label): row for row, (f, label) in enumerate(zip(cells["frame"], cells["label"], strict=True))}
    successor, mother = np.full((2, len(cells)), NONE)
    for track in tracks.values():
        for one, other in zip(track[:-1], track[1:], strict=True):
            successor[rows[one]] = rows[other]
    for child, parent in parents.items():
        mother[rows[tracks[child][0]]] = rows[tracks[parent][-1]]
    # of a daughter's first cell, a tenth of its label
    score = np.where(mother == NONE, np.nan, 0.1 * cells["label"])
    return Linked(cells, successor, mother, score, np.zeros((7, 2)), 9.0)


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
    cells = [measure(0, frame).assign(frame=number, repaired="") for number, frame in enumerate(labels)]
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
    repaired, repairs = repair_linked(linked(cells, tracks, parents), labels.__getitem__, measure)
    # the mother is missing in frame 2, where she is given the label behind that of the other cell
    tracks["mother"].insert(2, (2, 2))
    assert repaired.cells["repaired"].tolist() == ["missed" if row == (2, 2) else "" for row in rows_of(repaired.cells)]
    expected = linked(repaired.cells, tracks, parents)
    np.testing.assert_array_equal(repaired.successor, expected.successor)
    np.testing.assert_array_equal(repaired.mother, expected.mother)
    np.testing.assert_array_equal(repaired.division_score, expected.division_score)
    assert repairs["frame"].unique().tolist() == [2]


def rows_of(cells):
    return list(zip(cells["frame"], cells["label"], strict=True))


def test_no_cells():
    cells = typed(measure(0, np.zeros((3, 3), int)).assign(frame=0, repaired=""))
    types = cells.dtypes.to_dict()
    repaired, repairs = repair_linked(linked(cells, {}, {}), None, measure)
    assert len(repaired.cells) == len(repairs) == len(repaired.successor) == len(repaired.mother) == 0
    assert repaired.cells.dtypes.to_dict() == types
