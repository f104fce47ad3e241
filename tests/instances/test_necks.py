"""Which shapes are separated at their necks, and where."""

import numpy as np
import pytest
from skimage.draw import disk, ellipse, polygon

from sidewinder.instances.necks import separate_at_necks
from sidewinder.measure.runs import Runs

SHAPE = (120, 160)


def separated(pieces: np.ndarray, smallest_px: float) -> np.ndarray:
    """The pieces of a label image after they were separated."""
    return separate_at_necks(Runs.of(pieces), smallest_px).painted(pieces.shape)


def drawn(*shapes, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """One piece, of shapes that overlap."""
    piece = np.zeros(shape, dtype=np.int32)
    for rows, columns in shapes:
        piece[rows, columns] = 1
    return piece


def test_two_cells_that_overlap_are_cut_between_their_centres():
    found = separated(drawn(disk((50, 50), 20, shape=SHAPE), disk((50, 84), 20, shape=SHAPE)), 300)
    assert found.max() == 2
    assert found[50, 50] != found[50, 84]
    rows, columns = np.nonzero(found)
    left = found[rows, columns] == found[50, 50]
    # each pixel belongs to the centre that is nearer
    assert np.mean(left == (columns < 67)) > 0.98


def test_a_row_of_three_and_what_lies_beside_it():
    pieces = drawn(*(disk((40, 30 + 26 * index), 15, shape=SHAPE) for index in range(3)))
    alone = disk((100, 120), 12, shape=SHAPE)
    pieces[alone] = 2
    found = separated(pieces, 150)
    assert len(np.unique(found[pieces == 1])) == 3
    assert set(np.unique(found[alone])) == {2}
    assert ((found > 0) == (pieces > 0)).all()


STAR = [(10, 80), (50, 90), (60, 140), (70, 90), (110, 80), (70, 70), (60, 20), (50, 70)]


@pytest.mark.parametrize(
    "piece",
    [
        drawn(disk((60, 60), 30, shape=SHAPE)),
        drawn(ellipse(60, 80, 8, 60, shape=SHAPE)),
        # arms of a ragged cell are narrow, but no cells
        drawn(polygon(*zip(*STAR, strict=True), shape=SHAPE)),
        # the smaller side is a bleb
        drawn(disk((60, 60), 30, shape=SHAPE), disk((60, 94), 7, shape=SHAPE)),
        np.zeros(SHAPE, dtype=np.int32),
        np.ones((1, 1), dtype=np.int32),
        np.ones((1, 900), dtype=np.int32),
    ],
    ids=["disc", "ellipse", "star", "bleb", "nothing", "pixel", "line"],
)
def test_what_stays_whole(piece):
    assert (separated(piece, 300) == piece).all()


def test_a_hole_is_no_neck():
    piece = drawn(disk((60, 60), 30, shape=SHAPE))
    piece[disk((60, 60), 12, shape=SHAPE)] = 0
    assert (separated(piece, 300) == piece).all()


def test_what_hangs_on_by_a_corner_stays():
    pieces = drawn(disk((50, 50), 20, shape=SHAPE), disk((50, 84), 20, shape=SHAPE))
    corner = np.argwhere(pieces)[0] - 1
    pieces[tuple(corner)] = 1
    found = separated(pieces, 300)
    assert found.max() == 2
    assert ((found > 0) == (pieces > 0)).all()


def test_a_string_of_a_thousand_beads_is_separated():
    # beads on a string, each a basin
    pieces = drawn(*(disk((10, 8 + 9 * index), 5, shape=(20, 9000)) for index in range(990)), shape=(20, 9000))
    found = separated(pieces, 10)
    assert ((found > 0) == (pieces > 0)).all()
    assert found.max() == 990
