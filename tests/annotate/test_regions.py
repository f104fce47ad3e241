"""Which regions are suggested."""

import numpy as np
import pytest

from sidewinder.annotate.regions import Region, candidates, choose, unstable_share
from sidewinder.instances.uncertainty import SQUARE_PX


def region(movie="a", frame=0, y=0, x=0, uncertainty=0.5) -> Region:
    return Region(movie, frame, y, x, 64, 64, uncertainty)


def test_the_most_uncertain_place_of_each_frame_the_most_uncertain_frame_first():
    uncertainty = np.full((3, 8, 10), 10, np.uint8)
    uncertainty[0, 5:7, 2:4] = 100
    uncertainty[2, 0:2, 8:10] = 200
    found = candidates("a", uncertainty, (8 * SQUARE_PX, 10 * SQUARE_PX), 2 * SQUARE_PX)
    assert [each.frame for each in found] == [2, 0, 1]
    assert (found[0].y_px, found[0].x_px) == (0, 8 * SQUARE_PX)
    assert (found[1].y_px, found[1].x_px) == (5 * SQUARE_PX, 2 * SQUARE_PX)
    assert found[0].uncertainty == pytest.approx(200 / 255, abs=1e-4)


@pytest.mark.parametrize("shape", [(100, 300), (33, 500), (31, 20), (1, 300)])
def test_regions_lie_inside_of_frames_of_any_shape(shape):
    cells = tuple(-(-side // SQUARE_PX) for side in shape)
    uncertainty = np.random.default_rng(0).integers(0, 255, (5, *cells)).astype(np.uint8)
    for each in candidates("a", uncertainty, shape, 96):
        assert (each.height_px, each.width_px) == tuple(min(96, side) for side in shape)
        assert 0 <= each.y_px <= shape[0] - each.height_px
        assert 0 <= each.x_px <= shape[1] - each.width_px


def test_what_is_near_is_not_suggested_twice_and_movies_take_turns():
    regions = [
        region("a", 0, uncertainty=0.9),
        region("a", 3, uncertainty=0.8),  # too close in time
        region("a", 3, y=64, uncertainty=0.7),  # beside
        region("a", 30, uncertainty=0.6),
        region("b", 0, uncertainty=0.1),
    ]
    assert choose(regions, [], 9) == [regions[0], regions[4], regions[2], regions[3]]
    assert choose(regions, [], 2) == [regions[0], regions[4]]
    # of earlier ones
    assert choose(regions, [region("a", 5), region("b", 1)], 9) == [regions[2], regions[3]]
    assert choose(regions, [], 0) == []


def test_cells_that_come_and_go_are_counted():
    labels = np.zeros((3, 64, 64), int)
    labels[:, 5:15, 5:15] = 1
    labels[1, 30:40, 30:40] = 2  # in one frame only
    labels[1:, 50:60, 5:15] = 3  # from now on
    labels[0, 5:15, 50:60] = 4  # gone
    assert unstable_share(region(frame=1), labels) == pytest.approx(1 / 3)
    assert unstable_share(region(frame=0), labels) == pytest.approx(1 / 2)
    assert unstable_share(region(frame=0), labels[:1]) == 0
    assert unstable_share(region(frame=1), np.zeros((3, 64, 64), int)) == 0
