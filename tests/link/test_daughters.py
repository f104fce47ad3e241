"""Mothers with more than two daughters."""

import numpy as np
import pytest

from sidewinder.link.divisions import find_divisions
from sidewinder.link.points import Points

NONE = -1
# 20 px wide
AREA_PX = 314.0
MOTHER_YX = np.array([50.0, 50.0])


def around(n: int, radius_px: float = 10.0) -> list[tuple[float, float]]:
    """Places that lie evenly around the mother."""
    angles = 2 * np.pi * np.arange(n) / n + 0.4
    return [tuple(MOTHER_YX + radius_px * np.array([np.sin(a), np.cos(a)])) for a in angles]


def daughters_of(places, *, n_after=3, areas=None, late=0) -> list[float]:
    """The score of each cell as a daughter, 0 for none, of which the last `late` begin a frame later.

    The mother is seen for two frames, and her track goes on as the first of the cells; others lie far away.
    """
    n, n_frames = len(places), 2 + n_after
    areas = areas or [1.2 * AREA_PX / n] * n
    first = [2] * (n - late) + [3] * late
    tracks = [(2, n_frames, yx, area) for yx, area in zip(places, areas, strict=True)]
    tracks = [(begin, *track[1:]) for begin, track in zip(first, tracks, strict=True)]
    tracks += [(0, 2, MOTHER_YX, AREA_PX), *((0, n_frames, (500.0, 100.0 * x), AREA_PX) for x in range(40))]
    cells = sorted((frame, number) for number, (begin, end, _, _) in enumerate(tracks) for frame in range(begin, end))
    row = {cell: index for index, cell in enumerate(cells)}
    points = Points(
        np.array([frame for frame, _ in cells]), np.array([tracks[number][2] for _, number in cells]),
        np.array([tracks[number][3] for _, number in cells]), n_frames,
    )  # fmt: skip
    successor = np.array([row.get((frame + 1, number), NONE) for frame, number in cells])
    mother = row[1, n]
    successor[mother] = row[2, 0]
    _, mothers, score = find_divisions(points, successor, 2)
    firsts = [row[begin, number] for number, begin in enumerate(first)]
    assert np.isin(np.flatnonzero(mothers != NONE), firsts).all()
    return [float(score[one]) if mothers[one] == mother else 0.0 for one in firsts]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_all_daughters_are_found_with_one_score(n):
    scores = daughters_of(around(n))
    assert min(scores) > 0.5
    assert len(set(scores)) == 1


def test_no_more_than_four_are_looked_for():
    assert np.count_nonzero(daughters_of(around(5, 11.0))) <= 4


@pytest.mark.parametrize(
    "third",
    [
        pytest.param((50.0, 75.0), id="to one side of two that lie on both sides"),
        pytest.param((90.0, 50.0), id="two cells away"),
    ],
)
def test_a_cell_that_appears_beside_a_division_is_no_daughter(third):
    scores = daughters_of([(50.0, 41.0), (50.0, 59.0), third], areas=[190.0] * 3)
    assert [score > 0 for score in scores] == [True, True, False]


def test_a_speck_is_no_third_daughter():
    assert daughters_of(around(3), areas=[150.0, 150.0, 15.0])[2] == 0


@pytest.mark.parametrize("changes", [{"n_after": 2}, {"n_after": 5, "late": 1}])
def test_what_is_seen_twice_or_begins_later_is_no_third_daughter(changes):
    assert np.count_nonzero(daughters_of(around(3), **changes)) <= 2
