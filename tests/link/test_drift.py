import numpy as np
import pytest

from sidewinder.link.drift import estimate_drift, shift_between


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-9, 9), (0, 16), (-20, 0), (14, 14), (45, -30)])
def test_finds_shifts_up_to_beyond_the_spacing(scatter, shift):
    before = scatter(7, 15, seed=1)
    rng = np.random.default_rng(2)
    after = before + shift + rng.normal(0, 1.5, before.shape)
    # a few cells come and go
    after = rng.permutation(np.concatenate([after[3:], [[400, 400], [-200, 0]]]))
    np.testing.assert_allclose(shift_between(before, after), shift, atol=1.0)


def test_cells_that_move_apart_are_no_drift(scatter):
    before = scatter(6, 15, seed=3)
    after = before + np.random.default_rng(4).normal(0, 4, before.shape)
    np.testing.assert_array_equal(shift_between(before, after), [0, 0])


def test_few_cells_say_nothing_of_the_stage():
    before = np.array([[10.0, 10], [60, 60], [110, 10]])
    np.testing.assert_array_equal(shift_between(before, before + 5), [0, 0])


def test_a_whole_movie_with_a_jump_and_an_empty_frame(make_points, scatter):
    still = scatter(6, 15, seed=5)
    places = np.array([[0, 0], [1, 0.5], [2, 1], [20, -15], [21, -14.5], [0, 0], [0, 0]])
    frames = [still + place for place in places]
    frames[5] = frames[5][:0]
    drift = estimate_drift(make_points(frames))
    # across the empty frame nothing can be said
    expected = np.diff(places, axis=0, prepend=places[:1])
    expected[5:] = 0
    np.testing.assert_allclose(drift, expected, atol=1e-9)
