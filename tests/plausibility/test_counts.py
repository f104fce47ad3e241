"""Numbers of cells from frame to frame."""

import numpy as np
import pytest

from sidewinder.plausibility.counts import check_changes, check_empty_frames, check_no_cells


def frames_of(warnings) -> list[tuple[int, int]]:
    return [(warning.first_frame, warning.last_frame) for warning in warnings]


def empty(counts, black=()) -> list[tuple[int, int]]:
    dark = np.isin(np.arange(len(counts)), black)
    return frames_of(check_empty_frames(np.array(counts), dark))


def changes(counts, born=None) -> list[tuple[int, int]]:
    return frames_of(check_changes(np.array(counts), np.array(born or [0] * len(counts))))


@pytest.mark.case("results", "a warning: no cells at all")
def test_a_movie_without_cells_is_said_once(shown):
    nothing = np.zeros(5, int)
    (warning,) = check_no_cells(nothing)
    assert (warning.kind, warning.first_frame, warning.last_frame) == ("no_cells", 0, 4)
    shown(warning.message, 0)
    assert (empty(nothing), changes(nothing)) == ([], [])
    assert check_no_cells(np.array([0, 1, 0])) == []


@pytest.mark.case("results", "a warning: frames without cells")
def test_frames_without_cells_among_frames_with_cells(shown):
    assert empty([9, 9, 0, 0, 9, 0, 9]) == [(2, 3), (5, 5)]
    (warning,) = check_empty_frames(np.array([9, 0, 8]), np.zeros(3, bool))
    assert warning.message.startswith("Frame 1: no cells were found, but 8.5 in other frames")
    shown(warning.message, 0)
    # a run that begins or ends without cells: many cannot come or go at once
    assert empty([0, 0, 20, 20, 20, 0]) == [(0, 1), (5, 5)]
    # of black frames there is a warning already
    assert empty([9, 0, 0, 9], black=[1]) == [(2, 2)]
    assert changes([9, 9, 0, 0, 9, 0, 9]) == []


@pytest.mark.parametrize(
    "counts",
    [[1, 1, 0, 1], [1, 0, 0, 0, 2, 1], [0, 0, 1, 2, 3], [0, 0, 4, 5], [3, 2, 1, 0, 0], [1], [0], [5, 0]],
    ids=str,
)
def test_few_cells_may_hide_come_and_leave(counts):
    assert (empty(counts), changes(counts)) == ([], [])


@pytest.mark.case("results", "a warning: the number of cells jumps")
def test_a_number_that_changes_all_at_once(shown):
    assert changes([16, 16, 5, 16]) == [(1, 3)]
    assert changes([40, 40, 24, 24]) == [(1, 2)]
    assert changes([16, 16, 40, 41]) == [(1, 2)]
    (warning,) = check_changes(np.array([16, 5]), np.zeros(2, int))
    assert warning.message.startswith("Frames 0 to 1: the number of cells changes all at once (16, 5). ")
    shown(warning.message, 0)
    # across frames without cells, which have their own warning
    assert changes([16, 0, 0, 50]) == [(0, 3)]


def test_numbers_that_change_as_cells_do():
    assert changes([8, 8, 12, 15, 16, 16, 22, 35, 61]) == []  # all divide within a few frames
    assert changes(np.round(10 * 1.2 ** np.arange(20)).astype(int)) == []  # a dish fills up
    assert changes([100, 90, 80, 71, 62, 55, 40, 30, 22, 17]) == []  # cells die
    assert changes([2, 5, 3, 6, 1]) == []
    # all divide at once, which tracking has found for most
    assert changes([16, 16, 32, 32], born=[0, 0, 12, 0]) == []
    assert changes([16, 16, 32, 32], born=[0, 0, 0, 0]) == [(1, 2)]


def test_a_flickering_movie_has_one_row():
    counts = np.tile([20, 20, 5], 12)
    assert frames_of(check_changes(counts, np.zeros(36, int))) == [(1, 35)]
