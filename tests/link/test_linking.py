from itertools import permutations

import numpy as np
import pytest
import trackpy

from sidewinder.link.linking import _solve_subnet, link, link_whole_frames, link_with_trackpy

ENGINES = [link_with_trackpy, link_whole_frames]


def min_cost(before, after, search_range_px):
    """The least cost of linking two frames, by trying all; squared distances, or twice the squared range for none."""
    square = ((before[:, None] - after[None]) ** 2).sum(axis=2)
    alone = np.full((len(before), len(before)), 2 * search_range_px**2)
    costs = np.where(square <= search_range_px**2, square, np.inf)
    costs = np.concatenate([costs, alone], axis=1)
    rows = np.arange(len(before))
    return min(costs[rows, list(columns)].sum() for columns in permutations(range(costs.shape[1]), len(before)))


def cost_of(points, successor, search_range_px):
    """What the links of the first frame cost."""
    before = np.flatnonzero(points.frame == 0)
    linked = before[successor[before] >= 0]
    square = ((points.yx_px[linked] - points.yx_px[successor[linked]]) ** 2).sum()
    return square + 2 * search_range_px**2 * (len(before) - len(linked))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(12))
def test_no_other_links_cost_less(make_points, engine, seed):
    rng = np.random.default_rng(seed)
    before, after = (rng.uniform(0, 40, (rng.integers(1, 5), 2)) for _ in range(2))
    points = make_points([before, after])
    successor = engine(points, 15.0)
    assert cost_of(points, successor, 15.0) == pytest.approx(min_cost(before, after, 15.0))
    linked = successor[successor >= 0]
    assert len(set(linked)) == len(linked)
    np.testing.assert_array_equal(points.frame[linked], 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_empty_frames_part_tracks(make_points, engine):
    place = [(10.0, 10.0)]
    successor = engine(make_points([[], place, place, [], place, []]), 5.0)
    np.testing.assert_array_equal(successor, [1, -1, -1])


class Competitor:
    """What trackpy hands to a link strategy; compared and hashed by its address."""

    def __init__(self, uuid, forward_cands=()):
        self.uuid = uuid
        self.forward_cands = list(forward_cands)


@pytest.mark.parametrize("creation", [range(6), range(5, -1, -1)])
def test_ties_are_broken_alike_wherever_cells_lie_in_memory(creation):
    # every cell is as far from each place: any of 720 links is the best
    points = {uuid: Competitor(uuid) for uuid in creation}
    places = {uuid: Competitor(uuid) for uuid in creation}
    for point in points.values():
        point.forward_cands = [(place, 1.0) for place in places.values()]
    sources, targets = _solve_subnet(set(points.values()), set(places.values()), 2.0, 30)
    assert [point.uuid for point in sources] == [0, 1, 2, 3, 4, 5]
    assert [place.uuid for place in targets] == [0, 1, 2, 3, 4, 5]


def test_engines_agree_where_it_is_ordinary(make_points, scatter):
    rng = np.random.default_rng(1)
    frames = [scatter(10, 12, seed=1) + rng.normal(0, 3, (100, 2)) for _ in range(5)]
    points = make_points([frame[rng.random(100) < 0.95] for frame in frames])
    np.testing.assert_array_equal(link_with_trackpy(points, 14.0), link_whole_frames(points, 14.0))


def test_a_crowd_goes_to_the_sparse_assignment(make_points, caplog):
    # 400 cells 10 px apart with a range of 15 px all compete with each other
    caplog.set_level("INFO", logger="sidewinder")
    lattice = np.stack(np.meshgrid(*[np.arange(20.0)] * 2), axis=-1).reshape(-1, 2) * 10
    points = make_points([lattice + step for step in (0, 1, 2)])
    with pytest.raises(trackpy.SubnetOversizeException):
        link_with_trackpy(points, 15.0)
    np.testing.assert_array_equal(link(points, 15.0), [*range(400, 1200), *[-1] * 400])
    assert "crowded (400 cells compete for the same places)" in caplog.text


def test_an_ordinary_scene_stays_with_trackpy_who_is_silent(make_points, caplog):
    for logger in ("sidewinder", "trackpy"):
        caplog.set_level("INFO", logger=logger)
    points = make_points([[(10, 10), (60, 60)]] * 3)
    np.testing.assert_array_equal(link(points, 15.0), [2, 3, 4, 5, -1, -1])
    assert "linked by trackpy" in caplog.text
    assert {record.name for record in caplog.records} == {"sidewinder"}
