"""Edits of links: what they force and forbid, and which of them do not hold."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.edits.table import Edit
from sidewinder.settings import TrackSettings
from sidewinder.track.cells_to_tracks import consume_into_tables, link_cells
from sidewinder.track.recording import Recording
from toys import cell_table as make_cells

N_FRAMES = 8


@pytest.fixture
def cells():
    """Two cells side by side in eight frames, the upper one at y 20, the lower one at y 40; area 314, radius 10."""
    return make_cells([(frame, y, 50 + frame) for frame in range(N_FRAMES) for y in (20, 40)])


def track(cells, *edits, **settings):
    """The table of cells, by frame and y, and the edits that do not hold."""
    recording, broken = Recording(N_FRAMES, (100, 100), None, None), []
    edits = [Edit(*edit, line=line) for line, edit in enumerate(edits, start=2)]
    tracked = link_cells(cells.copy(), recording, TrackSettings(**settings), edits, broken)
    found = consume_into_tables(tracked, recording)
    return found.tracks.sort_values(["frame", "y_px"], ignore_index=True), broken


def ids(tracks, y):
    return tracks.loc[tracks["y_px"] == y, "track_id"].tolist()


def test_without_edits_nothing_is_corrected(cells):
    tracks, broken = track(cells)
    assert ids(tracks, 20) == [1] * 8
    assert ids(tracks, 40) == [2] * 8
    assert not tracks["corrected"].any()
    assert broken == []


def test_a_link_is_forced_however_far_and_the_others_give_way(cells):
    # the place is 3 px beside the cell's centre
    tracks, _ = track(cells, ("link", 3, (23.0, 53.0), 4, (40.0, 54.0)), search_range_px=15)
    assert ids(tracks, 20)[:4] == [1] * 4
    assert ids(tracks, 40)[4:] == [1] * 4
    row = tracks[tracks["corrected"]]
    assert row[["frame", "y_px", "link_score"]].to_numpy().tolist() == [[4, 40, 1.0]]


def test_an_unlinked_cell_begins_a_track(cells):
    tracks, _ = track(cells, ("unlink", 3, (20.0, 53.0), 4, (20.0, 54.0)), search_range_px=15)
    assert ids(tracks, 20) == [1] * 4 + [3] * 4
    assert ids(tracks, 40) == [2] * 8
    assert tracks.loc[tracks["corrected"], ["frame", "y_px"]].to_numpy().tolist() == [[4, 20]]


@pytest.mark.parametrize("divisions", [True, False])
def test_a_division_is_forced(cells, divisions):
    """The lower cell of frames 0 to 3 is gone, and the upper one is the mother of both."""
    cells = cells[(cells["y_px"] == 20) | (cells["frame"] > 3)].reset_index(drop=True)
    edits = [("divide", 3, (20.0, 53.0), 4, (y, 54.0)) for y in (20.0, 40.0)]
    tracks, broken = track(cells, *edits, divisions=divisions)
    daughters = tracks[tracks["frame"] == 4]
    assert broken == []
    assert daughters["parent_track_id"].tolist() == [1, 1]
    assert daughters["generation"].tolist() == [1, 1]
    assert daughters["link_score"].tolist() == [1.0, 1.0]
    assert tracks.loc[tracks["corrected"], "frame"].tolist() == [4, 4]


def test_a_division_that_is_none_is_not_found_a_frame_earlier_either():
    rows = [(frame, 50, 50) for frame in range(4)] + [(frame, 50 + y, 50) for frame in range(4, 8) for y in (-9, 9)]
    areas = [400.0] * 4 + [220.0] * 8
    cells = make_cells(rows).assign(area_px=areas)
    assert track(cells)[0]["generation"].max() == 1
    tracks, broken = track(cells, ("not_division", 2, (50.0, 50.0)))
    assert broken == []
    assert tracks["generation"].max() == 0


def test_a_link_over_a_gap(cells):
    cells = cells[(cells["y_px"] == 20) | ~cells["frame"].isin([3, 4, 5])].reset_index(drop=True)
    tracks, _ = track(cells, ("link", 2, (40.0, 52.0), 6, (40.0, 56.0)), max_gap_frames=0)
    assert ids(tracks, 40) == [2] * 5


def test_edits_that_find_no_cell_or_contradict_each_other_are_named_and_the_others_hold(cells):
    upper, lower = (lambda frame: (20.0, 50.0 + frame)), (lambda frame: (40.0, 50.0 + frame))
    tracks, broken = track(
        cells,
        ("link", 3, upper(3), 4, lower(4)),
        ("link", 3, lower(3), 4, lower(4)),
        ("unlink", 3, upper(3), 4, lower(4)),
        ("link", 5, (30.0, 55.0), 6, upper(6)),
        ("divide", 5, lower(5), 6, lower(6)),
        ("unlink", 6, upper(6), 9, upper(7)),
    )
    assert [(one.line, one.frame) for one in broken] == [(3, 3), (4, 3), (5, 5), (7, 9), (6, 5)]
    assert [one.problem for one in broken] == [
        "link at y 40, x 53 contradicts line 2, which holds",
        "unlink at y 20, x 53 contradicts line 2, which holds",
        "link expects a cell at y 30, x 55",
        "unlink expects a cell at y 20, x 57",
        "a division has two daughters at least, with a row of divide for each",
    ]
    assert ids(tracks, 20)[3] == ids(tracks, 40)[4]


def test_other_frames_are_linked_as_without_edits():
    rng = np.random.default_rng(3)
    start = rng.uniform(0, 400, (60, 2))
    rows = [(frame, *place) for frame in range(6) for place in start + rng.normal(0, 4, start.shape)]
    cells = make_cells(rows)
    recording = Recording(6, (400, 400), None, None)
    free = link_cells(cells.copy(), recording, TrackSettings(divisions=False), [])
    row = int(np.flatnonzero((free.frame == 2) & (free.successor() >= 0))[0])
    follower = int(free.successor()[row])
    places = [tuple(free.yx_px[one]) for one in (row, follower)]
    held = link_cells(
        cells.copy(), recording, TrackSettings(divisions=False), [Edit("link", 2, places[0], 3, places[1])]
    )
    pd.testing.assert_series_equal(held.cells["track"], free.cells["track"])
