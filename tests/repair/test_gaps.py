"""Cells that are missing for a frame or two."""

import numpy as np
import pytest

from sidewinder.repair.window import Window

SHAPE = (40, 50)
N_FRAMES = 9


@pytest.fixture
def movie():
    """A cell of 6 x 8 that moves by (1, 2) a frame; and one that rests."""
    labels = np.zeros((N_FRAMES, *SHAPE), np.uint32)
    for frame in range(N_FRAMES):
        labels[frame, 5 + frame : 11 + frame, 4 + 2 * frame : 12 + 2 * frame] = 1
        labels[frame, 30:36, 30:36] = 2
    return labels


@pytest.mark.parametrize("missing", [[3], [3, 4], [2, 6], [3, 4, 5]])
def test_a_missing_cell_is_painted_where_it_would_be(movie, drawn, marks, missing):
    spoiled = movie.copy()
    for frame in missing:
        spoiled[frame][spoiled[frame] == 1] = 0
    after, repaired = drawn(spoiled).repair()
    np.testing.assert_array_equal(after, movie)
    assert marks(repaired) == {(frame, 1): "missed" for frame in missing}
    rows = repaired.tracked.cells.query("track == 0").set_index("frame")
    np.testing.assert_allclose(rows.loc[missing, "y_px"], [7.5 + frame for frame in missing])
    np.testing.assert_allclose(rows.loc[missing, "x_px"], [7.5 + 2 * frame for frame in missing])
    assert (rows["area_px"] == 48).all()
    # labels beyond the frame's largest
    assert (rows.loc[missing, "label"] == 3).all()


@pytest.mark.parametrize("missing", [[1], [N_FRAMES - 2], [2, 3, 4]])
def test_what_is_seen_less_often_than_it_is_missing_or_only_once_stays_missing(movie, drawn, missing):
    for frame in missing:
        movie[frame][movie[frame] == 1] = 0
    # with three frames missing, only two are left before
    after, repaired = drawn(movie).repair()
    np.testing.assert_array_equal(after, movie)
    assert len(repaired.repairs) == 0


def test_nothing_is_put_into_frames_without_a_picture(movie, drawn, marks):
    movie[3:5] = 0
    after, _ = drawn(movie, dark=(3, 4)).repair()
    np.testing.assert_array_equal(after, movie)
    # where all is missed and there is a picture, it is the model that has missed it
    _, repaired = drawn(movie, dark=(4,)).repair()
    assert marks(repaired) == {(3, 1): "missed", (3, 2): "missed"}


def test_where_most_cells_are_found_nobody_asks_for_the_picture(movie, drawn, marks):
    movie[3][movie[3] == 1] = 0
    movie[:, 20:24, 2:6] = 3
    _, repaired = drawn(movie, dark=(3,)).repair()
    assert marks(repaired) == {(3, 1): "missed"}


def test_a_cell_is_where_the_stage_has_taken_it(movie, drawn):
    moved_px = np.zeros((N_FRAMES, 2))
    moved_px[4:] = 6, -3
    moved_px[5:] = -2, 1
    shifted = np.stack([np.roll(frame, by.astype(int), (0, 1)) for frame, by in zip(movie, moved_px, strict=True)])
    spoiled = shifted.copy()
    spoiled[4][spoiled[4] == 1] = 0
    after, _ = drawn(spoiled, moved_px=moved_px).repair()
    np.testing.assert_array_equal(after, shifted)


def test_the_frame_cuts_a_cell_and_the_table_says_so(drawn, marks):
    """It comes to within 4 rows of the edge of the frame, and with the stage beyond it."""
    labels = np.zeros((5, 30, 30), np.uint32)
    labels[:, 4:14, 10:20] = 1
    labels[2] = 0
    moved_px = np.zeros((5, 2))
    moved_px[2] = -8, 0
    after, repaired = drawn(labels, moved_px=moved_px).repair()
    expected = np.zeros((30, 30), int)
    expected[0:6, 10:20] = 1
    np.testing.assert_array_equal(after[2], expected)
    row = repaired.tracked.cells.query("frame == 2").iloc[0]
    assert (row["area_px"], row["touches_border"], row["repaired"]) == (60, True, "missed")
    for beyond in (-10, -40):
        moved_px[2] = beyond, 0
        after, repaired = drawn(labels, moved_px=moved_px).repair()
        assert not after[2].any()
        assert marks(repaired) == {}


@pytest.mark.parametrize(("columns", "is_painted"), [(3, True), (4, True), (5, False), (8, False)])
def test_others_keep_their_pixels_and_half_of_it_has_room(movie, drawn, columns, is_painted):
    """A third cell, only in frame 4, lies over so many of the eight columns; it is far larger than that."""
    movie[4][movie[4] == 1] = 0
    movie[4, 0:25, 20 - columns : 40] = 3
    after, repaired = drawn(movie).repair()
    np.testing.assert_array_equal(after[4] == 3, movie[4] == 3)
    assert (after[4] == 1).sum() == (6 * (8 - columns) if is_painted else 0)
    assert (repaired.tracked.cells.query("frame == 4")["track"] == 0).sum() == is_painted


def test_its_shape_is_that_of_the_nearer_frame(drawn, marks):
    """A cell that is round until it is missed for two frames, and square afterwards."""
    y, x = np.mgrid[:20, :20]
    labels = np.zeros((8, 20, 20), np.uint32)
    labels[:3, (y - 9) ** 2 + (x - 9) ** 2 <= 25] = 1
    labels[5:, 4:15, 4:15] = 1
    after, _ = drawn(labels).repair()
    np.testing.assert_array_equal(after[3], labels[2])
    np.testing.assert_array_equal(after[4], labels[5])


def test_of_two_in_nearly_the_same_place_the_one_with_less_than_half_is_left_out(drawn, marks):
    """In frame 3 one would be in rows 10 to 19, the other in rows 17 to 20, of which one is left."""
    labels = np.zeros((7, 40, 40), np.uint32)
    for frame in (0, 1, 2, 4, 5, 6):
        labels[frame, 10:20, 10:20] = 1
    for frame, top in ((0, 30), (1, 30), (2, 30), (4, 4), (5, 4), (6, 4)):
        labels[frame, top : top + 4, 12:18] = 2
    after, repaired = drawn(labels).repair()
    np.testing.assert_array_equal(after[3], labels[2] == 1)
    assert marks(repaired) == {(3, 1): "missed"}
    assert repaired.tracked.cells.query("frame == 3")["label"].tolist() == [1]


def test_two_in_the_same_place_share_it(drawn, marks):
    """Two cells whose ways cross in frame 3: each would be 10 wide, together there are 14 columns."""
    labels = np.zeros((7, 20, 80), np.uint32)
    for frame in range(7):
        if frame != 3:
            labels[frame, 5:15, 5 + 8 * frame : 15 + 8 * frame] = 1
            labels[frame, 5:15, 57 - 8 * frame : 67 - 8 * frame] = 2
    after, repaired = drawn(labels).repair()
    # 1 would be in columns 29 to 38, 2 in 33 to 42
    np.testing.assert_array_equal(after[3] > 0, np.pad(np.ones((10, 14), bool), ((5, 5), (29, 37))))
    middle = after[3, 10]
    assert middle[29:36].tolist() == [1] * 7
    assert middle[36:43].tolist() == [2] * 7
    assert marks(repaired) == {(3, 1): "missed", (3, 2): "missed"}


def test_ten_thousand_cells(drawn):
    y, x = np.mgrid[:800, :800]
    frame = np.where((y % 8 < 6) & (x % 8 < 6), y // 8 * 100 + x // 8 + 1, 0).astype(np.uint32)
    labels = np.stack([frame] * 5)
    gone = np.random.default_rng(0).choice(10_000, 500, replace=False) + 1
    spoiled = labels.copy()
    spoiled[2][np.isin(frame, gone)] = 0
    movie = drawn(spoiled)
    after, repaired = movie.repair()
    np.testing.assert_array_equal(after, labels)
    assert (repaired.tracked.cells["repaired"] == "missed").sum() == 500


def test_only_what_is_needed_is_read_and_once(movie, drawn):
    movie[3][movie[3] == 1] = 0
    movie[5][movie[5] == 2] = 0
    made = drawn(movie)
    made.repair()
    assert sorted(made.read) == [2, 3, 4, 5]


def test_frames_are_let_go_of(drawn):
    labels = np.ones((9, 4, 4), np.uint32)
    made = drawn(labels)
    window = Window(made.read_labels, {}, {2: 3, 3: 3, 4: 5, 5: 5})
    for frame in (2, 3, 4):
        assert window[frame].found.shape == (4, 4)
    window.forget(3)
    assert list(window.held) == [4]
    window.forget(5)
    assert list(window.held) == []


@pytest.mark.parametrize("shape", [(1, 5, 5), (3, 5, 5), (1, 1, 1)])
@pytest.mark.parametrize("label", [0, 1])
def test_nothing_to_repair(drawn, shape, label):
    made = drawn(np.full(shape, label, np.uint32))
    after, repaired = made.repair()
    assert (after == label).all()
    assert len(repaired.repairs) == 0
    assert len(repaired.tracked.cells) == label * shape[0]
    assert made.read == []


def test_nothing_is_painted_where_there_are_no_data(movie, drawn, marks):
    hidden = np.zeros(SHAPE, bool)
    spoiled = movie.copy()
    spoiled[3][spoiled[3] == 1] = 0
    # two of the six rows of the cell, then four
    hidden[:10] = True
    after, repaired = drawn(spoiled, no_data={3: hidden}).repair()
    np.testing.assert_array_equal(after[3], np.where(hidden, 0, movie[3]))
    assert marks(repaired) == {(3, 1): "missed"}
    hidden[:12] = True
    after, repaired = drawn(spoiled, no_data={3: hidden}).repair()
    np.testing.assert_array_equal(after, spoiled)
