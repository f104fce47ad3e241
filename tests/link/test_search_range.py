import numpy as np
import pytest

from sidewinder.link.search_range import search_range_of


def test_is_a_part_of_the_spacing(make_points):
    row = [(50, x) for x in range(0, 400, 40)]
    assert search_range_of(make_points([row] * 4)) == pytest.approx(0.65 * 40)


def test_an_empty_scene_is_ruled_by_the_size_of_cells(make_points):
    assert search_range_of(make_points([[(50, 50), (50, 900)]] * 4)) == pytest.approx(2.5 * 20, rel=1e-3)
    assert search_range_of(make_points([[(50, 50)]])) == pytest.approx(2.5 * 20, rel=1e-3)


def test_fast_cells_widen_it(make_points):
    # 60 px a frame, which is three times their size; 900 px apart
    frames = [[(60 * frame, x) for x in range(0, 4500, 900)] for frame in range(5)]
    assert search_range_of(make_points(frames)) == pytest.approx(2.5 * 60)


def test_crowded_fast_cells_do_not_widen_it_without_end(make_points):
    rng = np.random.default_rng(0)
    row = np.array([(50, x) for x in range(0, 400, 10)], dtype=float)
    frames = [row + rng.normal(0, 20, (1, 2)) + rng.normal(0, 4, row.shape) for _ in range(6)]
    assert 8 < search_range_of(make_points(frames)) < 20


def test_no_cells_need_none(make_points):
    assert search_range_of(make_points([[], []])) == 1
