"""Cells that are in two pieces for a frame or two."""

import numpy as np
import pytest

N_FRAMES = 8


@pytest.fixture
def movie():
    """A cell of 8 x 20 that moves by a column a frame, and one below it, 8 x 8."""
    labels = np.zeros((N_FRAMES, 40, 60), np.uint32)
    for frame in range(N_FRAMES):
        labels[frame, 10:18, 10 + frame : 30 + frame] = 1
        labels[frame, 22:30, 10:18] = 2
    return labels


def split(labels, frame, column, new):
    """What of cell 1 lies right of a column, counted from its left edge, is another one."""
    labels[frame, 10:18, 10 + frame + column : 30 + frame] = new


@pytest.mark.parametrize(
    ("frames", "column"),
    [([3], 6), ([3], 14), ([3], 18), ([3, 4], 6), ([3, 4], 14), ([0], 14), ([0, 1], 14), ([N_FRAMES - 1], 14)],
)
def test_pieces_are_joined(movie, drawn, marks, frames, column):
    spoiled = movie.copy()
    for frame in frames:
        split(spoiled, frame, column, 3)
        if column < 10:
            # the larger piece goes on
            spoiled[frame] = np.array([0, 3, 2, 1])[spoiled[frame]]
    after, repaired = drawn(spoiled).repair()
    np.testing.assert_array_equal(after, movie)
    assert marks(repaired) == {(frame, 1): "split" for frame in frames}
    cells = repaired.tracked.cells
    assert (cells.loc[cells["repaired"] == "split", "area_px"] == 160).all()
    assert len(cells) == 2 * N_FRAMES


def test_what_lies_a_pixel_apart_is_joined_and_what_lies_farther_is_not(movie, drawn, marks):
    for gap, is_joined in ((1, True), (2, False)):
        spoiled = movie.copy()
        split(spoiled, 3, 12, 3)
        spoiled[3, 10:18, 25 : 25 + gap] = 0
        _, repaired = drawn(spoiled).repair()
        assert marks(repaired) == ({(3, 1): "split"} if is_joined else {})


def test_a_track_that_is_handed_on_from_piece_to_piece_goes_on(movie, drawn, marks):
    """The left piece ends one track, the right one begins the other, whose daughters stay."""
    spoiled = movie.copy()
    split(spoiled, 3, 11, 3)
    later = spoiled[4:]
    later[later == 1] = 3
    last = spoiled[N_FRAMES - 2 :, 10:18]
    last[last == 3] = 4
    last[:, 4:][last[:, 4:] == 4] = 5
    after, repaired = drawn(spoiled, {4: 3, 5: 3}).repair()
    expected = np.where(spoiled == 3, 1, spoiled)
    np.testing.assert_array_equal(after, expected)
    assert repaired.tracked.parent.tolist() == [-1, -1, -1, 0, 0]
    assert marks(repaired) == {(3, 1): "split"}


@pytest.mark.parametrize("why", ["long", "daughter", "mother", "too large", "too small", "as ever", "elsewhere"])
def test_what_is_no_piece_stays(movie, drawn, why):
    """A second cell right of the first one, which is only 12 wide in the frames with both."""
    spoiled, parents = movie.copy(), {}
    for frame in (3, 4, 5) if why == "long" else (3,):
        split(spoiled, frame, 12, 3)
    if why == "daughter":
        parents = {3: 2}
    elif why == "mother":
        spoiled[5:, 35, 50:] = 4
        parents = {4: 3}
    elif why == "too large":
        spoiled[3, 3:25, 25:33] = 3
    elif why == "too small":
        # together half as large as before and after
        spoiled[3, 10:18] = 0
        spoiled[3, 12:16, 13:25] = 1
        spoiled[3, 12:16, 25:33] = 3
    elif why == "as ever":
        # one alone is as large as before and after, and a column left of where it would be
        spoiled[3, 10:18] = 0
        spoiled[3, 10:18, 12:32] = 1
        spoiled[3, 10:18, 32:34] = 3
    elif why == "elsewhere":
        # on the other side, so that both together are farther from the place than one alone
        spoiled[3, 10:18] = 0
        spoiled[3, 10:18, 13:29] = 1
        spoiled[3, 10:18, 5:13] = 3
    after, repaired = drawn(spoiled, parents).repair()
    np.testing.assert_array_equal(after, spoiled)
    assert len(repaired.repairs) == 0


def test_a_whole_cell_beside_another_stays(movie, drawn):
    """It is seen once, and touches one that is as large as ever."""
    movie[3, 30:36, 10:16] = 3
    after, _ = drawn(movie).repair()
    np.testing.assert_array_equal(after, movie)


def test_of_two_cells_the_one_that_lacks_it_gets_the_piece(movie, drawn, marks):
    """The piece touches another cell, too, which is as large as ever."""
    movie[:, 19:22, 20:40] = 4
    spoiled = movie.copy()
    split(spoiled, 3, 13, 3)
    after, repaired = drawn(spoiled).repair()
    np.testing.assert_array_equal(after, movie)
    assert marks(repaired) == {(3, 1): "split"}


def test_a_gap_is_filled_with_the_whole_of_a_cell_that_was_split_before(movie, drawn, marks):
    spoiled = movie.copy()
    split(spoiled, 3, 12, 3)
    spoiled[4][spoiled[4] == 1] = 0
    after, repaired = drawn(spoiled).repair()
    np.testing.assert_array_equal(after, movie)
    assert marks(repaired) == {(3, 1): "split", (4, 1): "missed"}
