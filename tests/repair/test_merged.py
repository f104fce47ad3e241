"""Cells that are one with a neighbour for a frame or two."""

import numpy as np
import pytest

N_FRAMES = 13


@pytest.fixture
def movie():
    """Two cells side by side, 8 x 10 and 8 x 14, that drift apart by a column in frame 8; and one below them."""
    labels = np.zeros((N_FRAMES, 40, 60), np.uint32)
    labels[:, 10:18, 10:20] = 1
    labels[:, 10:18, 20:34] = 2
    labels[8:, 10:18, 20:35] = 0
    labels[8:, 10:18, 21:35] = 2
    labels[:, 22:30, 10:18] = 3
    return labels


@pytest.mark.parametrize("frames", [[5], [5, 6], [7]])
@pytest.mark.parametrize(("guest", "host"), [(1, 2), (2, 1)])
def test_merged_cells_are_separated(movie, drawn, marks, frames, guest, host):
    spoiled = movie.copy()
    for frame in frames:
        spoiled[frame][spoiled[frame] == guest] = host
    after, repaired = drawn(spoiled).repair()
    np.testing.assert_array_equal(after, movie)
    assert marks(repaired) == {(frame, track): "merged" for frame in frames for track in (1, 2)}
    areas = repaired.tracked.cells.query("repaired == 'merged'").groupby("track")["area_px"]
    assert areas.unique().map(list).tolist() == [[80], [112]]


def test_three_cells_are_separated(movie, drawn, marks):
    movie[:, 2:10, 10:20] = 4
    spoiled = movie.copy()
    spoiled[6][np.isin(spoiled[6], (1, 4))] = 2
    after, repaired = drawn(spoiled).repair()
    np.testing.assert_array_equal(after, movie)
    assert marks(repaired) == {(6, 1): "merged", (6, 2): "merged", (6, 4): "merged"}


@pytest.mark.parametrize("why", ["short before", "short after", "short host", "not both", "small", "as ever"])
def test_what_is_not_known_as_two_stays_one(movie, drawn, why):
    spoiled = movie.copy()
    spoiled[6][spoiled[6] == 1] = 2
    if why == "short before":
        spoiled[:2][spoiled[:2] == 1] = 0
    elif why == "short after":
        spoiled[-2:][spoiled[-2:] == 1] = 0
    elif why == "short host":
        spoiled[:2][spoiled[:2] == 2] = 0
    elif why == "not both":
        # the other one is missing where this one is seen again
        spoiled[7][spoiled[7] == 2] = 0
    elif why == "small":
        # it has moved to where the other one was
        spoiled[6][spoiled[6] == 2] = 0
        spoiled[6, 10:18, 8:22] = 2
    elif why == "as ever":
        # it lies over more than half of the place of the other one, and is hardly larger than before
        spoiled[6][spoiled[6] == 2] = 0
        spoiled[6, 10:18, 14:29] = 2
    after, _ = drawn(spoiled).repair()
    np.testing.assert_array_equal(after[6], spoiled[6])
