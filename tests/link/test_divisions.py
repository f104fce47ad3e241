from dataclasses import replace

import numpy as np
import pytest

from sidewinder.link.divisions import find_divisions

NONE = -1
# a mother at (50, 50) for two frames, then two daughters 20 px apart for two frames; cells are 20 px wide
MOTHER = [[(50, 50)], [(50, 50)]]
LINKED_TO_FIRST = np.array([1, 2, 4, 5, NONE, NONE])


def daughters(first, second):
    return [[first, second]] * 2


def division_of(points, successor, max_gap_frames=2):
    """The row of the mother of each cell, and the links that are left."""
    cut, mother, _ = find_divisions(points, successor, max_gap_frames)
    return mother.tolist(), cut.tolist()


def test_the_linked_daughter_is_cut_off(make_points):
    points = make_points(MOTHER + daughters((40, 50), (60, 50)))
    mother, cut = division_of(points, LINKED_TO_FIRST)
    assert mother == [NONE, NONE, 1, 1, NONE, NONE]
    assert cut == [1, NONE, 4, 5, NONE, NONE]


def test_both_daughters_may_be_new(make_points):
    points = make_points(MOTHER + daughters((40, 50), (60, 50)))
    successor = np.array([1, NONE, 4, 5, NONE, NONE])
    assert division_of(points, successor) == ([NONE, NONE, 1, 1, NONE, NONE], successor.tolist())


@pytest.mark.parametrize(("max_gap_frames", "found"), [(0, False), (1, True)])
def test_a_mother_may_have_been_missed(make_points, max_gap_frames, found):
    points = make_points([*MOTHER, [], *daughters((40, 50), (60, 50))])
    mother, _ = division_of(points, np.array([1, NONE, 4, 5, NONE, NONE]), max_gap_frames)
    assert (mother == [NONE, NONE, 1, 1, NONE, NONE]) is found


@pytest.mark.parametrize(
    "where",
    [
        pytest.param([(50, 50), (70, 50)], id="mother stays, another cell appears"),
        pytest.param([(20, 50), (80, 50)], id="three cell diameters apart"),
        pytest.param([(48, 50), (52, 50)], id="on top of each other"),
    ],
)
def test_wrong_places_are_no_division(make_points, where):
    assert division_of(make_points(MOTHER + daughters(*where)), LINKED_TO_FIRST)[0] == [NONE] * 6


@pytest.mark.parametrize("areas", [(314, 20), (1600, 1600)])
def test_wrong_sizes_are_no_division(make_points, areas):
    points = make_points(MOTHER + daughters((40, 50), (60, 50)))
    points = replace(points, area_px=np.array([314, 314, *areas, *areas], dtype=float))
    assert division_of(points, LINKED_TO_FIRST)[0] == [NONE] * 6


def test_a_fragment_of_one_frame_is_no_daughter(make_points):
    points = make_points([*MOTHER, [(40, 50), (60, 50)], [(50, 50)]])
    assert division_of(points, np.array([1, 2, 4, NONE, NONE]))[0] == [NONE] * 5


@pytest.mark.parametrize(("frames_after", "found"), [(0, True), (1, False), (2, False)])
def test_a_fragment_of_two_frames_is_no_daughter_unless_the_movie_ends(make_points, frames_after, found):
    # the other cell goes on, the fragment does not
    points = make_points([*MOTHER, *daughters((40, 50), (60, 50)), *[[(40, 50)]] * frames_after])
    later = [6, *range(7, 6 + frames_after), NONE] if frames_after else [NONE]
    successor = np.array([1, 2, 4, 5, later[0], NONE, *later[1:]])
    assert (division_of(points, successor)[0][2:4] == [1, 1]) is found


def test_in_the_last_frame_nobody_can_know(make_points):
    points = make_points([*MOTHER, [(40, 50), (60, 50)]])
    assert division_of(points, np.array([1, 2, NONE, NONE]))[0] == [NONE, NONE, 1, 1]


@pytest.mark.parametrize("side", [1, -1])
def test_the_likelier_of_two_mothers_is_taken(make_points, side):
    # the new cell at 60 is the same distance from 40 as from 80; the mothers are at 50, exactly between, and at 69
    frames = [[(50, 50), (69, 50)]] * 2 + [[(40, 50), (60, 50), (80, 50)]] * 2
    points = make_points([[(side * y, x) for y, x in frame] for frame in frames])
    successor = np.array([2, 3, 4, 6, 7, 8, 9, NONE, NONE, NONE])
    mother, cut = division_of(points, successor)
    assert mother == [NONE] * 4 + [2, 2] + [NONE] * 4
    assert cut == [2, 3, NONE, 6, 7, 8, 9, NONE, NONE, NONE]


def test_a_mother_divides_once(make_points):
    points = make_points(MOTHER + [[(40, 50), (60, 50), (50, 40), (50, 61)]] * 2)
    mother, _ = division_of(points, np.array([1, NONE, 6, 7, 8, 9, *[NONE] * 4]))
    assert mother == [NONE, NONE, 1, 1, *[NONE] * 6]


def test_a_moment_of_wrong_size_does_not_matter(make_points):
    points = make_points(MOTHER + [[(40, 50), (60, 50)]] * 3)
    points = replace(points, area_px=np.array([314, 314, 20, 200, 200, 200, 200, 200], dtype=float))
    mother, _ = division_of(points, np.array([1, 2, 4, 5, 6, 7, NONE, NONE]))
    assert mother == [NONE, NONE, 1, 1, *[NONE] * 4]


def test_no_cells(make_points):
    assert division_of(make_points([[], []]), np.empty(0, dtype=int)) == ([], [])


def test_an_uncertain_division_is_believed_where_nothing_else_looks_like_one(make_points):
    # daughters 30 px apart, who weigh 1.7 times their mother: a cost of 4.5
    uncertain = [[(50, 50)], [(50, 50)], *[[(35, 50), (65, 50)]] * 3]
    # pairs that become one, which backwards in time look like divisions, and as many cells that appear
    pairs = [(300 * n, 90 + dx) for n in range(1, 4) for dx in (0, 20)]
    merging = [pairs] * 3 + [[(300 * n, 100 + dx) for n in range(1, 4) for dx in (0, 500)]] * 2
    scores = []
    for others in ([[]] * 5, merging):
        frames = [one + other for one, other in zip(uncertain, others, strict=True)]
        points = make_points(frames)
        mother, score = find_divisions(points, follow(frames), 2)[1:]
        scores.append(score[mother >= 0].max(initial=0))
    assert scores[0] > 0.5
    assert scores[1] == 0


def follow(frames):
    """Links each cell to the nearest of the next frame, no farther than 12 px, one to one, in order."""
    first, successor, begin = [], [], 0
    for frame in frames:
        first.append(begin)
        begin += len(frame)
    for index, frame in enumerate(frames):
        after = frames[index + 1] if index + 1 < len(frames) else []
        taken = set()
        for y, x in frame:
            near = [n for n, (v, u) in enumerate(after) if n not in taken and np.hypot(y - v, x - u) <= 12]
            taken.update(near[:1])
            successor.append(first[index + 1] + near[0] if near else NONE)
    return np.array(successor)
