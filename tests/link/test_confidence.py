from itertools import product

import numpy as np
import pytest

from lineages import of_crowd
from sidewinder.link.confidence import _margins, link_scores
from sidewinder.link.divisions import find_divisions
from sidewinder.link.gaps import close_gaps
from sidewinder.link.linking import link_whole_frames
from sidewinder.link.points import Points
from sidewinder.simulate.crowd import Crowd
from sidewinder.track import Recording, TrackSettings, track_cells

RANGE_PX = 15.0


def min_cost(before, after, forbidden):
    """The least cost of linking two frames without one link, by trying all; in squared search ranges."""
    square = ((before[:, None] - after[None]) ** 2).sum(axis=2) / RANGE_PX**2
    best = np.inf
    for targets in product([None, *range(len(after))], repeat=len(before)):
        used = [(source, target) for source, target in enumerate(targets) if target is not None]
        one_to_one = len({target for _, target in used}) == len(used)
        if one_to_one and forbidden not in used and all(square[link] <= 1 for link in used):
            best = min(best, sum(square[link] for link in used) + 2 * (len(before) - len(used)))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_the_margin_is_what_the_second_best_links_cost_more(make_points, seed):
    rng = np.random.default_rng(seed)
    before, after = (rng.uniform(0, 14, (rng.integers(1, 3), 2)) for _ in range(2))
    points = make_points([before, after])
    successor = link_whole_frames(points, RANGE_PX)
    place = points.place_and_size(0) / RANGE_PX
    cost = np.where(successor >= 0, ((place - place[successor]) ** 2).sum(axis=1), 0)
    margin = _margins(points, place, successor, cost)
    total = min_cost(before, after, None)
    for source in np.flatnonzero(successor >= 0):
        without = min_cost(before, after, (source, successor[source] - len(before)))
        assert margin[source] == pytest.approx(without - total)


def test_the_nearer_a_rival_the_less_sure(make_points):
    scores = []
    for rival in (12.0, 6.0, 1.5):
        points = make_points([[(50.0, 50.0), (50.0, 50.0 + rival)], [(51.0, 50.0), (50.0, 51.0 + rival)]])
        scores.append(link_scores(points, np.array([2, 3, -1, -1]), RANGE_PX)[2])
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.99 > 0.98 > scores[-1]


def test_first_cells_have_no_link(make_points):
    points = make_points([[(50, 50)], [(50, 50)], [(50, 50)]])
    score = link_scores(points, np.array([1, -1, -1]), RANGE_PX)
    assert np.isnan(score).tolist() == [True, False, True]


def test_a_gap_costs_confidence(make_points):
    near, far = (
        link_scores(make_points([[(50, 50)], *[[]] * missing, [(53, 50)]]), np.array([1, -1]), RANGE_PX)[1]
        for missing in (0, 1)
    )
    assert near > far


@pytest.mark.parametrize("frames", [[], [[]], [[], []]])
def test_no_cells(make_points, frames):
    assert len(link_scores(make_points(frames), np.empty(0, dtype=int), RANGE_PX)) == 0


@pytest.fixture(scope="module")
def crowd():
    """A crowd that nothing was fitted to, its links and which of them are right."""
    truth = of_crowd(Crowd(600, n_frames=25, side_px=1024, seed=11))
    cells = truth.cells.sort_values(["frame", "label"], ignore_index=True)
    points = Points.from_cells(cells, truth.recording.n_frames)
    return truth, cells, points, close_gaps(points, link_whole_frames(points, 18.0), 18.0, 2)


def right_links(truth, cells, source, target):
    node = list(zip(cells["frame"], cells["truth"], strict=True))
    true = truth.edges
    return np.array([(node[a], node[b]) in true for a, b in zip(source, target, strict=True)])


def test_scores_of_links_come_true(crowd):
    truth, cells, points, successor = crowd
    source = np.flatnonzero(successor >= 0)
    score = link_scores(points, successor, 18.0)[successor[source]]
    right = right_links(truth, cells, source, successor[source])
    assert right.mean() == pytest.approx(score.mean(), abs=0.02)
    for low, high in ((0.0, 0.8), (0.8, 0.95), (0.95, 1.0)):
        some = (score > low) & (score <= high)
        assert some.sum() > 50
        # uncertain links are somewhat better than their scores, which are made for real masks
        assert -0.1 < right[some].mean() - score[some].mean() < 0.2


def test_scores_of_divisions_come_true(crowd):
    truth, cells, points, successor = crowd
    _, mother, score = find_divisions(points, successor, 2)
    assert np.array_equal(np.isnan(score), mother < 0)
    daughters = np.flatnonzero(mother >= 0)
    right = right_links(truth, cells, mother[daughters], daughters)
    assert len(daughters) > 100
    assert right.mean() == pytest.approx(score[daughters].mean(), abs=0.1)
    assert (score[daughters] >= 0.5).all()


def test_scores_of_links_and_divisions_are_in_the_tables(make_cells):
    family = [(f, 50, 50) for f in range(4)] + [(f, 50, x) for f in range(4, 8) for x in (40, 60)]
    cells = make_cells([*family, *[(f, 200 + f, 200) for f in range(8)]])
    found = track_cells(cells, Recording(8, (300, 300), None, None), TrackSettings())
    tracks, lineage = found.tracks, found.lineage.set_index("track_id")
    first = ~tracks["track_id"].duplicated()
    is_daughter = tracks["parent_track_id"] > 0
    assert tracks["link_score"].between(0, 1).equals(~first | is_daughter)
    # a division has one score, which leads to both daughters
    daughters = tracks[first & is_daughter]
    assert len(daughters) == 2
    assert daughters["link_score"].tolist() == lineage["division_score"][daughters["parent_track_id"]].tolist()
    assert lineage["division_score"].notna().equals(lineage["fate"] == "division")
    assert lineage["min_link_score"].tolist() == tracks.groupby("track_id")["link_score"].min().tolist()
