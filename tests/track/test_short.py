"""Tracks that are too short for the user: which go, and that all else stays as it was."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.link.tracked import Tracked
from sidewinder.track import Recording, TrackSettings, track_cells
from sidewinder.track.short import keep_long

N_FRAMES = 12
RECORDING = Recording(N_FRAMES, (300, 300), 0.5, 20.0)


def test_gaps_do_not_count_and_divisions_keep_what_is_short(caplog):
    caplog.set_level("INFO", "sidewinder")
    frames = {
        "long": [0, 1, 2, 3],
        "over a gap": [0, 3, 4],
        "at the end": [11],
        "mother": [9],
        "daughter": [10, 11],
        "other daughter": [11],
    }
    names = list(frames)
    cells = pd.DataFrame([(frame, track) for track, of in enumerate(frames.values()) for frame in of])
    cells = cells.set_axis(["frame", "track"], axis=1).sort_values("frame", ignore_index=True)
    parent = np.array([-1, -1, -1, -1, 3, 3])
    tracked = Tracked(cells, parent, np.full(6, np.nan), np.zeros((N_FRAMES, 2)), 10.0)

    def kept(min_frames):
        return [names[track] for track in sorted(set(cells["track"][keep_long(tracked, min_frames)]))]

    family = ["mother", "daughter", "other daughter"]
    assert kept(1) == names
    assert caplog.messages == []
    assert kept(3) == ["long", "over a gap", *family]
    assert kept(4) == ["long", *family]
    assert caplog.messages[-1] == "2 tracks of fewer than 4 frames left out, with 4 cells (track.min_frames)"
    assert kept(5) == family


@pytest.fixture(scope="module")
def cells(make_cells):
    """Two founders, of whom the second divides shortly before the end, a speck beside the first and debris far away."""
    rows = [(frame, 100 + frame, 100, 314) for frame in range(N_FRAMES)]
    rows += [(frame, 200, 200, 314) for frame in range(9)]
    rows += [(frame, 200, x, 160) for frame in range(9, N_FRAMES) for x in (190, 210)]
    rows += [(4, 108, 104, 300), (6, 20, 20, 200), (7, 20, 21, 200)]
    return make_cells(rows)


def test_what_stays_is_as_it_was_but_for_its_numbers(cells):
    every, some = (track_cells(cells, RECORDING, TrackSettings(min_frames=least)) for least in (1, 5))
    assert (len(every.lineage), len(some.lineage)) == (6, 4)
    assert some.lineage["track_id"].tolist() == [1, 2, 3, 4]
    assert some.lineage["parent_track_id"].tolist() == [0, 0, 2, 2]
    assert some.lineage["children"].tolist() == ["", "3 4", "", ""]
    assert some.lineage["n_frames"].tolist() == [12, 9, 3, 3]
    assert some.tracks["track_id"].value_counts().sort_index().tolist() == [12, 9, 3, 3]
    # by when and where a cell is, all but the numbers of tracks
    place, numbers = ["frame", "y_px", "x_px"], ["track_id", "parent_track_id", "lineage_id"]
    both = [found.tracks.drop(columns=numbers).set_index(place).sort_index() for found in (every, some)]
    pd.testing.assert_frame_equal(both[0].loc[both[1].index], both[1])
    assert len(both[0]) - len(both[1]) == 3


def test_labels_that_are_left_out_have_no_track(cells):
    found = track_cells(cells, RECORDING, TrackSettings(min_frames=5))
    assert len(found.label_tracks) == len(cells)
    left_out = found.label_tracks[found.label_tracks["track_id"] == 0]
    assert left_out["frame"].tolist() == [4, 6, 7]


def test_nothing_may_be_left(cells):
    found = track_cells(cells[cells["frame"] < 3], RECORDING, TrackSettings(min_frames=5))
    assert (len(found.tracks), len(found.lineage)) == (0, 0)
    assert (found.label_tracks["track_id"] == 0).all()
    every = track_cells(cells, RECORDING, TrackSettings())
    pd.testing.assert_series_equal(found.tracks.dtypes, every.tracks.dtypes)
    pd.testing.assert_series_equal(found.lineage.dtypes, every.lineage.dtypes)
