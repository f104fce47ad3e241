"""Real movies with true masks, as they are and spoiled: default settings, one for all."""

from dataclasses import dataclass
from functools import cache

import pytest

from lineages import f1, find, of_real_movie
from sidewinder.simulate.spoil import Damage


@pytest.fixture(scope="module")
def read(shared_data):
    """Reads the cells of a movie."""
    return cache(lambda name, damage=None: of_real_movie(shared_data / name, damage))


@dataclass(frozen=True)
class Movie:
    """How well it must be tracked at least."""

    edge_f1: float
    division_f1: float = 0
    false_divisions: int = 0
    edge_f1_spoiled: float = 0.985
    division_f1_spoiled: float = 0


MOVIES = {
    "Fluo-N2DH-SIM+": Movie(edge_f1=0.9995, division_f1=0.96, division_f1_spoiled=0.8),
    "Fluo-N2DH-GOWT1": Movie(edge_f1=0.999),
    "Fluo-C2DL-MSC": Movie(edge_f1=0.999),
    "PhC-C2DH-U373": Movie(edge_f1=0.999),
    # its truth leaves out 20 divisions that everyone can see: two tracks without parents begin where another ends
    "PhC-C2DL-PSC": Movie(edge_f1=0.997, division_f1=0.83, false_divisions=29, division_f1_spoiled=0.65),
}


@pytest.mark.parametrize("name", MOVIES)
def test_default_settings_find_the_true_tracks(read, name):
    truth, movie = read(name), MOVIES[name]
    assert truth.cells["truth"].all()
    edges, divisions = find(truth)
    assert f1(edges, truth.edges) >= movie.edge_f1
    assert len(divisions - truth.divisions) <= movie.false_divisions
    assert f1(divisions, truth.divisions) >= movie.division_f1


@pytest.mark.parametrize("name", MOVIES)
def test_imperfect_masks_cost_few_links(read, name):
    truth = read(name, Damage())
    assert not truth.cells["truth"].all()
    edges, divisions = find(truth)
    assert f1(edges, truth.edges) >= MOVIES[name].edge_f1_spoiled
    assert f1(divisions, truth.divisions) >= MOVIES[name].division_f1_spoiled


@pytest.mark.filterwarnings("ignore:.*already calculated")
def test_traccuracy_counts_the_same(read):
    import networkx as nx
    from traccuracy import TrackingGraph
    from traccuracy.matchers import PointMatcher
    from traccuracy.metrics import BasicMetrics, DivisionMetrics

    truth = read("Fluo-N2DH-SIM+")
    edges, divisions = find(truth)
    cells = list(zip(truth.cells["frame"], truth.cells["truth"], strict=True))
    number = {cell: node for node, cell in enumerate(cells, start=1)}
    places = truth.cells[["y_px", "x_px"]].to_dict("records")

    def graph_of(links):
        graph = nx.DiGraph()
        graph.add_nodes_from((number[cell], {"t": cell[0], **place}) for cell, place in zip(cells, places, strict=True))
        graph.add_edges_from((number[a], number[b]) for a, b in links)
        return TrackingGraph(graph, label_key=None, location_keys=("y_px", "x_px"))

    matched = PointMatcher(threshold=0.5).compute_mapping(graph_of(truth.edges), graph_of(edges))
    basic, exact = BasicMetrics().compute(matched).results, DivisionMetrics().compute(matched).results["Frame Buffer 0"]
    assert basic["Edge F1"] == pytest.approx(f1(edges, truth.edges))
    assert exact["Division F1"] == pytest.approx(f1(divisions, truth.divisions))
