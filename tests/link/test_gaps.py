import numpy as np
import pytest

from sidewinder.link.gaps import close_gaps

NONE = -1


def unlinked(points):
    return np.full(len(points), NONE)


@pytest.mark.parametrize(("max_gap_frames", "expected"), [(0, NONE), (1, NONE), (2, 1), (3, 1)])
def test_closes_gaps_up_to_the_longest_allowed(make_points, max_gap_frames, expected):
    points = make_points([[(10, 10)], [], [], [(14, 10)]])
    np.testing.assert_array_equal(close_gaps(points, unlinked(points), 10.0, max_gap_frames), [expected, NONE])


def test_neighbouring_frames_are_no_gap(make_points):
    points = make_points([[(10, 10)], [(10, 10)]])
    np.testing.assert_array_equal(close_gaps(points, unlinked(points), 10.0, 2), [NONE, NONE])


def test_too_far_is_no_gap(make_points):
    points = make_points([[(10, 10)], [], [(21, 10)]])
    np.testing.assert_array_equal(close_gaps(points, unlinked(points), 10.0, 2), [NONE, NONE])


def test_linked_cells_are_left_alone(make_points):
    # the cell that is there throughout is nearer to the beginning than the one that ended
    points = make_points([[(10, 10), (17, 10)], [(17, 10)], [(17, 10), (15, 10)]])
    np.testing.assert_array_equal(close_gaps(points, np.array([-1, 2, 3, -1, -1]), 10.0, 2), [4, 2, 3, NONE, NONE])


def test_all_gaps_are_closed_together(make_points):
    # the nearest pair alone, 5 px, would leave the others 15 px apart, which is out of reach
    points = make_points([[(0, 0), (10, 0)], [], [(5, 0), (-5, 0)]])
    np.testing.assert_array_equal(close_gaps(points, unlinked(points), 9.0, 1), [3, 2, NONE, NONE])


def test_nothing_to_close(make_points):
    points = make_points([[], []])
    np.testing.assert_array_equal(close_gaps(points, unlinked(points), 9.0, 1), [])
