"""Real movies with true masks: default settings, one for all."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest
import tifffile

from sidewinder.track import Recording, TrackSettings, track_cells


@dataclass(frozen=True)
class Truth:
    """Cells with a column `truth`, the label that their track has there, and the table of tracks."""

    cells: pd.DataFrame
    tracks: pd.DataFrame
    recording: Recording

    @property
    def edges(self) -> set[tuple]:
        """Links, from (frame, label) to (frame, label), those from mothers to daughters included."""
        nodes = self.cells.sort_values(["truth", "frame"])[["frame", "truth"]].itertuples(index=False, name=None)
        return edges_of(list(nodes), {row.track: row.parent for row in self.tracks.itertuples() if row.parent})

    @property
    def divisions(self) -> set[tuple]:
        """Mother and both daughters, as labels."""
        daughters = self.tracks[self.tracks["parent"] > 0].groupby("parent")["track"].agg(lambda t: tuple(sorted(t)))
        return {(mother, *pair) for mother, pair in daughters.items() if len(pair) == 2}


def edges_of(nodes, parents):
    """Links along tracks and from parents; nodes are (frame, track), sorted by track and frame."""
    along = [(a, b) for a, b in zip(nodes[:-1], nodes[1:], strict=True) if a[1] == b[1]]
    first = {track: (frame, track) for frame, track in reversed(nodes)}
    last = {track: (frame, track) for frame, track in nodes}
    return {
        *along,
        *[(last[parent], first[child]) for child, parent in parents.items() if {parent, child} <= set(last)],
    }


def measure(labels, truth):
    """Label, place and size of each cell, and the true label that covers most of it."""
    y, x = np.nonzero(labels)
    label, true = labels[y, x].astype(np.int64), truth[y, x].astype(np.int64)
    area = np.bincount(label)
    present = np.flatnonzero(area)
    pairs, counts = np.unique(label[true > 0] << 32 | true[true > 0], return_counts=True)
    covered = {pair >> 32: pair & 0xFFFFFFFF for pair in pairs[np.argsort(counts, kind="stable")]}
    table = {"label": present, "truth": [covered.get(one, 0) for one in present], "area_px": area[present]}
    for name, place in (("y_px", y), ("x_px", x)):
        table[name] = np.bincount(label, weights=place)[present] / area[present]
    return pd.DataFrame(table)


@pytest.fixture(scope="module")
def read(shared_data):
    """Reads cells of the masks, or of the tracking markers where these are whole cells, with shuffled labels."""

    @cache
    def read_once(name):
        folder, masks = shared_data / name, MOVIES[name].masks
        columns = ["track", "begin", "end", "parent"]
        tracks = pd.read_csv(folder / "01_GT" / "TRA" / "man_track.txt", sep=" ", names=columns)
        frames = []
        for frame, path in enumerate(sorted((folder / "01_GT" / "TRA").glob("*.tif"))):
            truth = tifffile.imread(path)
            labels = truth if masks is None else tifffile.imread(folder / masks / f"man_seg{frame:03d}.tif")
            found = measure(labels, truth)
            found["label"] = np.random.default_rng(frame).permutation(len(found)) + 1
            frames.append(found.assign(frame=frame, touches_border=False))
        cells = pd.concat(frames, ignore_index=True)
        assert cells["truth"].all()
        return Truth(cells, tracks, Recording(len(frames), truth.shape, None, None))

    return read_once


def f1(found, true):
    """The harmonic mean of precision and recall."""
    return 2 * len(found & true) / max(len(found) + len(true), 1)


def find(truth):
    """Links and divisions that tracking finds with its defaults, in true labels."""
    found = track_cells(truth.cells.drop(columns="truth"), truth.recording, TrackSettings())
    links = found.links.merge(truth.cells[["frame", "label", "truth"]], on=["frame", "label"])
    links = links.sort_values(["track_id", "frame"], ignore_index=True)
    parents = found.lineage.set_index("track_id")["parent_track_id"]
    parents = parents[parents > 0].to_dict()
    nodes = list(links[["frame", "track_id"]].itertuples(index=False, name=None))
    label = dict(zip(nodes, links["truth"], strict=True))
    edges = {((a[0], label[a]), (b[0], label[b])) for a, b in edges_of(nodes, parents)}
    first, last = (links.groupby("track_id")["truth"].agg(which) for which in ("first", "last"))
    daughters = pd.Series(parents, dtype="int64").groupby(parents).groups
    return edges, {(last[mother], *sorted(first[list(pair)])) for mother, pair in daughters.items()}


@dataclass(frozen=True)
class Movie:
    """Where its masks are if the markers are smaller than cells, and how well it must be tracked at least."""

    masks: str | None
    edge_f1: float
    division_f1: float
    false_divisions: int


MOVIES = {
    "Fluo-N2DH-SIM+": Movie(None, edge_f1=0.998, division_f1=0.95, false_divisions=1),
    "Fluo-N2DH-GOWT1": Movie(None, edge_f1=0.998, division_f1=0, false_divisions=0),
    "Fluo-C2DL-MSC": Movie(None, edge_f1=0.997, division_f1=0, false_divisions=0),
    "PhC-C2DH-U373": Movie("01_ST/SEG", edge_f1=0.999, division_f1=0, false_divisions=0),
    # its truth leaves out 19 divisions that everyone can see: two tracks without parents begin where another ends
    "PhC-C2DL-PSC": Movie("01_ST/SEG", edge_f1=0.997, division_f1=0.82, false_divisions=26),
}


@pytest.mark.parametrize("name", MOVIES)
def test_default_settings_find_the_true_tracks(read, name):
    truth, movie = read(name), MOVIES[name]
    edges, divisions = find(truth)
    assert f1(edges, truth.edges) >= movie.edge_f1
    assert len(divisions - truth.divisions) <= movie.false_divisions
    assert f1(divisions, truth.divisions) >= movie.division_f1


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
