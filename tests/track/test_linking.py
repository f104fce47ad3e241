from itertools import permutations

import numpy as np
import pytest
import trackpy

from sidewinder.track.linking import link, link_whole_frames, link_with_trackpy

ENGINES = [link_with_trackpy, link_whole_frames]


def least_cost(before, after, search_range_px):
    """The least cost of linking two frames, by trying all; squared distances, or the squared range for none."""
    square = ((before[:, None] - after[None]) ** 2).sum(axis=2)
    alone = np.full((len(before), len(before)), search_range_px**2)
    costs = np.where(square <= search_range_px**2, square, np.inf)
    costs = np.concatenate([costs, alone], axis=1)
    rows = np.arange(len(before))
    return min(costs[rows, list(columns)].sum() for columns in permutations(range(costs.shape[1]), len(before)))


def cost_of(points, successor, search_range_px):
    """What the links of the first frame cost."""
    before = np.flatnonzero(points.frame == 0)
    linked = before[successor[before] >= 0]
    square = ((points.yx_px[linked] - points.yx_px[successor[linked]]) ** 2).sum()
    return square + search_range_px**2 * (len(before) - len(linked))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(12))
def test_no_other_links_cost_less(make_points, engine, seed):
    rng = np.random.default_rng(seed)
    before, after = (rng.uniform(0, 40, (rng.integers(1, 5), 2)) for _ in range(2))
    points = make_points([before, after])
    successor = engine(points, 15.0)
    assert cost_of(points, successor, 15.0) == pytest.approx(least_cost(before, after, 15.0))
    linked = successor[successor >= 0]
    assert len(set(linked)) == len(linked)
    np.testing.assert_array_equal(points.frame[linked], 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_empty_frames_part_tracks(make_points, engine):
    place = [(10.0, 10.0)]
    successor = engine(make_points([[], place, place, [], place, []]), 5.0)
    np.testing.assert_array_equal(successor, [1, -1, -1])


@pytest.mark.parametrize("engine", ENGINES)
def test_ties_are_always_broken_alike(make_points, engine):
    # a lattice that moves by half a spacing: each cell has two or four equally good successors
    lattice = np.stack(np.meshgrid(*[np.arange(4.0)] * 2), axis=-1).reshape(-1, 2) * 10
    points = make_points([lattice, lattice + 5, lattice])
    first = engine(points, 8.0)
    assert np.count_nonzero(first >= 0) == 32
    for _ in range(3):
        # objects at other addresses
        kept = [object() for _ in range(1000)]
        np.testing.assert_array_equal(engine(points, 8.0), first)
        del kept


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


def test_an_ordinary_scene_stays_with_trackpy(make_points, caplog, capfd):
    caplog.set_level("INFO", logger="sidewinder")
    points = make_points([[(10, 10), (60, 60)]] * 3)
    np.testing.assert_array_equal(link(points, 15.0), [2, 3, 4, 5, -1, -1])
    assert "linked by trackpy" in caplog.text
    assert "trajectories" not in "".join(capfd.readouterr())
