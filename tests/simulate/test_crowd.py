"""Crowds: reproducible, as they announce themselves, and as hard as the published comparison's."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from lineages import Truth, f1, of_crowd
from sidewinder.simulate.crowd import Crowd, simulate_crowd

SMALL = Crowd(300, n_frames=30, side_px=1000)


def test_equal_crowds_are_equal_and_other_seeds_differ():
    first, again = simulate_crowd(SMALL), simulate_crowd(SMALL)
    assert first.cells.equals(again.cells)
    assert first.tracks.equals(again.tracks)
    assert not first.cells.equals(simulate_crowd(Crowd(300, n_frames=30, side_px=1000, seed=1)).cells)


def test_labels_say_nothing_and_truth_is_consistent():
    cells, tracks = simulate_crowd(SMALL)
    for _, frame in cells.groupby("frame"):
        assert sorted(frame["label"]) == list(range(1, len(frame) + 1))
        assert frame["truth"].is_unique
        assert abs(np.corrcoef(frame["label"], frame["truth"])[0, 1]) < 0.3
    assert set(tracks["track"]) == set(cells["truth"])
    assert set(tracks["parent"]) <= {0, *tracks["track"]}
    times = cells.groupby("truth")["frame"].agg(["min", "max"])
    for row in tracks[tracks["parent"] > 0].itertuples():
        assert times["max"][row.parent] < times["min"][row.track]


def test_rates_are_those_that_were_asked_for():
    crowd = Crowd(3000, n_frames=20, drift_px=(0, 0))
    truth = of_crowd(crowd)
    n_cells = len(truth.cells)
    assert len(truth.divisions) / n_cells == pytest.approx(crowd.division, rel=0.15)
    gaps = sum(b[0] - a[0] > 1 for a, b in truth.edges if a[1] == b[1])
    assert gaps / n_cells == pytest.approx(crowd.missed, rel=0.15)
    still = of_crowd(Crowd(3000, n_frames=5, contact_px=0.001, drift_px=(2, -1), division=0, death=0, missed=0))
    steps = still.cells.sort_values(["truth", "frame"]).groupby("truth")[["y_px", "x_px"]].diff().dropna().to_numpy()
    np.testing.assert_allclose(steps.mean(axis=0), (2, -1), atol=0.1)
    np.testing.assert_allclose(steps.std(axis=0), 3, rtol=0.03)


def mutual_nearest_edges(truth: Truth, farthest_px: float) -> set[tuple]:
    """Links of cells that are each other's nearest: the simplest tracker there is."""
    edges = set()
    frames = [frame[["y_px", "x_px", "truth"]].to_numpy() for _, frame in truth.cells.groupby("frame")]
    for frame, (before, after) in enumerate(zip(frames[:-1], frames[1:], strict=True)):
        distance, forward = cKDTree(after[:, :2]).query(before[:, :2])
        backward = cKDTree(before[:, :2]).query(after[:, :2])[1]
        chosen = np.flatnonzero((backward[forward] == np.arange(len(before))) & (distance <= farthest_px))
        pairs = zip(before[chosen, 2], after[forward[chosen], 2], strict=True)
        edges |= {((frame, int(a)), (frame + 1, int(b))) for a, b in pairs}
    return edges


def test_it_is_no_easier_than_the_movies_of_the_comparison():
    truth = of_crowd(Crowd(5000, n_frames=10))
    # there the mutual nearest of 5000 cells within 15 px have an F1 of 0.947
    assert f1(mutual_nearest_edges(truth, 15), truth.edges) == pytest.approx(0.947, abs=0.01)
