import numpy as np
import pandas as pd
import pytest

from sidewinder.track.fate import fates, origins
from sidewinder.track.lineage import Lineage, number_tracks
from sidewinder.track.motion import measure_motion, speeds
from sidewinder.track.recording import Recording

RECORDING = Recording(n_frames=10, shape_yx=(100, 200), pixel_size_um=0.5, frame_interval_s=20.0)


def test_tracks_are_numbered_by_frame_then_from_the_top_then_from_the_left(make_points):
    points = make_points([[(50, 10), (10, 90), (10, 20)], [(0, 0), (50, 12)]])
    family = number_tracks(points, np.array([0, 1, 2, 3, 0]), np.full(4, -1))
    np.testing.assert_array_equal(family.track_id, [3, 2, 1, 4, 3])
    assert family.table().to_numpy().tolist() == [[1, 0, 1, 0], [2, 0, 2, 0], [3, 0, 3, 0], [4, 0, 4, 0]]


def test_daughters_carry_their_mothers_lineage(make_points):
    # number 3 is not in use
    points = make_points([[(90, 0), (10, 0)], [(0, 0), (20, 0), (90, 0)]])
    family = number_tracks(points, np.array([0, 1, 2, 4, 0]), np.array([-1, -1, 1, -1, 1]))
    np.testing.assert_array_equal(family.track_id, [2, 1, 3, 4, 2])
    assert family.table().to_numpy().tolist() == [[1, 0, 1, 0], [2, 0, 2, 0], [3, 1, 1, 1], [4, 1, 1, 1]]
    assert family.children() == {1: [3, 4]}


def test_children_of_several_mothers():
    parent = np.array([0, 0, 2, 1, 2, 1, 5, 5, 5])
    family = Lineage(np.arange(0), parent, np.ones(9, int), np.zeros(9, int))
    assert family.children() == {1: [4, 6], 2: [3, 5], 5: [7, 8, 9]}


@pytest.mark.parametrize(
    ("yx", "frame", "touches", "divides", "fate"),
    [
        ((50, 100), 5, False, False, "lost"),
        ((50, 100), 5, False, True, "division"),
        ((50, 100), 9, False, False, "end"),
        ((2, 100), 9, True, False, "end"),
        ((50, 100), 5, True, False, "left"),
        ((8, 100), 5, False, False, "left"),
        ((91, 100), 5, False, False, "left"),
        ((88, 100), 5, False, False, "lost"),
        ((50, 191), 5, False, False, "left"),
        ((50, 188), 5, False, False, "lost"),
        ((2, 2), 5, True, True, "division"),
    ],
)
def test_fate(yx, frame, touches, divides, fate):
    found = fates(np.array([yx]), np.array([frame]), np.array([touches]), np.array([divides]), RECORDING, 10.0)
    assert found.tolist() == [fate]


@pytest.mark.parametrize(
    ("yx", "frame", "touches", "has_mother", "origin"),
    [
        ((50, 100), 5, False, False, "appeared"),
        ((50, 100), 5, False, True, "division"),
        ((50, 100), 0, False, False, "start"),
        ((2, 100), 0, True, False, "start"),
        ((50, 100), 5, True, False, "entered"),
        ((91, 100), 5, False, False, "entered"),
        ((88, 100), 5, False, False, "appeared"),
        ((50, 191), 9, False, False, "entered"),
        ((2, 2), 5, True, True, "division"),
    ],
)
def test_origin(yx, frame, touches, has_mother, origin):
    found = origins(np.array([yx]), np.array([frame]), np.array([touches]), np.array([has_mother]), RECORDING, 10.0)
    assert found.tolist() == [origin]


def test_motion():
    # a corner of 3 and 4 px; a line that was missed for a frame; a single cell; one that stays
    track = np.array([0, 0, 0, 1, 1, 2, 3, 3])
    frame = np.array([0, 1, 2, 3, 5, 7, 8, 9])
    yx = np.array([[0, 0], [3, 0], [3, 4], [10, 10], [10, 16], [5, 5], [7, 7], [7, 7]], dtype=float)
    nan = np.nan
    expected = {
        "displacement_um": [2.5, 3, 0, 0],
        "path_length_um": [3.5, 3, 0, 0],
        "mean_speed_um_per_s": [3.5 / 40, 3 / 40, nan, 0],
        "straightness": [5 / 7, 1, nan, nan],
        "displacement_px": [5, 6, 0, 0],
        "path_length_px": [7, 6, 0, 0],
        "mean_speed_px_per_frame": [3.5, 3, nan, 0],
    }
    found = measure_motion(track, frame, yx, RECORDING)
    pd.testing.assert_frame_equal(found, pd.DataFrame(expected).astype(float))


def test_speeds():
    # a gap of two frames; a single cell; one that stays
    track, frame = np.array([0, 0, 0, 1, 2, 2]), np.array([0, 1, 4, 7, 8, 9])
    yx = np.array([[0, 0], [3, 4], [3, 10], [5, 5], [7, 7], [7, 7]], dtype=float)
    np.testing.assert_array_equal(speeds(track, frame, yx), [np.nan, 5, 2, np.nan, np.nan, 0])
    assert speeds(track[:0], frame[:0], yx[:0]).tolist() == []


def test_speeds_go_by_the_time_of_each_frame():
    taken_s = np.array([0.0, 10, 20, 120, 130, 140, 150, 160, 170, 180])
    recording = Recording(10, (100, 200), 0.5, 10.0, taken_s)
    track, frame = np.array([0, 0, 0]), np.array([1, 2, 4])
    found = measure_motion(track, frame, np.array([[0.0, 0], [0, 4], [3, 4]]), recording)
    assert found["mean_speed_um_per_s"].tolist() == [3.5 / 120]
    assert found["mean_speed_px_per_frame"].tolist() == [7 / 3]


@pytest.mark.parametrize(("pixel_size_um", "frame_interval_s"), [(None, 20.0), (0.5, None), (None, None)])
def test_what_needs_an_unknown_scale_is_empty(pixel_size_um, frame_interval_s):
    recording = Recording(10, (100, 200), pixel_size_um, frame_interval_s)
    found = measure_motion(np.array([0, 0]), np.array([0, 1]), np.array([[0.0, 0], [0, 4]]), recording)
    empty = found.columns[found.isna().all()].tolist()
    lengths = ["displacement_um", "path_length_um"] if pixel_size_um is None else []
    assert empty == [*lengths, "mean_speed_um_per_s"]
    assert found["path_length_px"].tolist() == [4]
