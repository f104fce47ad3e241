"""The GEFF graph, read back with geff itself."""

import geff
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from geff.validate.data import ValidationConfig, validate_data

from sidewinder.export.geff import export_geff


def export(results, output) -> tuple[nx.DiGraph, geff.GeffMetadata]:
    export_geff(results.tracks, results.lineage, output)
    geff.validate_structure(output)
    return geff.read(output, structure_validation=True)


def test_the_graph_is_the_lineage(tmp_path, gapped, publish_labels):
    graph, metadata = export(publish_labels(*gapped), tmp_path / "tracks.geff")
    cells = pd.read_parquet(tmp_path / "tracks.parquet")
    assert metadata.directed
    assert sorted(graph.nodes) == list(range(len(cells)))
    for node, cell in cells.iterrows():
        properties = graph.nodes[node]
        assert (properties["t"], properties["track_id"]) == (cell["frame"], cell["track_id"])
        assert (properties["y"], properties["x"]) == (cell["y_um"], cell["x_um"])
        assert (properties["area_px"], properties["lineage_id"]) == (cell["area_px"], cell["lineage_id"])
    named = {(graph.nodes[a]["track_id"], graph.nodes[a]["t"], graph.nodes[b]["track_id"], graph.nodes[b]["t"])
             for a, b in graph.edges}  # fmt: skip
    through = {(4, frame, 4, frame + 1) for frame in range(6)}
    # over the gap of track 1, and from its end to its daughters
    expected = through | {(1, 0, 1, 1), (1, 1, 1, 3), (1, 3, 2, 5), (1, 3, 3, 5), (2, 5, 2, 6), (3, 5, 3, 6)}
    assert named == expected
    assert graph.number_of_edges() == len(expected)
    for _, later, properties in graph.edges(data=True):
        assert properties["link_score"] == cells["link_score"][later]


def test_corrected_cells_are_marked_where_there_are_any(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    graph, _ = export(results, tmp_path / "none.geff")
    assert not any("corrected" in properties for _, properties in graph.nodes(data=True))
    cells = pd.read_parquet(results.tracks)
    cells.assign(corrected=cells.index == 2).to_parquet(results.tracks)
    graph, _ = export(results, tmp_path / "some.geff")
    assert [bool(graph.nodes[node]["corrected"]) for node in range(4)] == [False, False, True, False]


def test_edges_lead_from_a_mother_to_three_daughters(tmp_path, tripolar, publish_labels):
    graph, _ = export(publish_labels(*tripolar), tmp_path / "tracks.geff")
    assert sorted(graph.edges) == [(0, 1), (1, 2), (1, 4), (1, 6), (2, 3), (4, 5), (6, 7)]


def test_axes_say_their_units_and_ranges(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    _, metadata = export(results, tmp_path / "um.geff")
    cells = pd.read_parquet(results.tracks)
    axes = [(axis.name, axis.type, axis.unit, axis.min, axis.max) for axis in metadata.axes]
    assert axes == [
        ("t", "time", "frame", 0, 6),
        ("y", "space", "micrometer", cells["y_um"].min(), cells["y_um"].max()),
        ("x", "space", "micrometer", cells["x_um"].min(), cells["x_um"].max()),
    ]
    units = {name: prop.unit for name, prop in metadata.node_props_metadata.items()}
    assert (units["area_px"], units["area_um2"], units["track_id"]) == ("pixel", "micrometer^2", None)


def test_without_pixel_size_positions_are_pixels_and_say_so(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped, pixel_size_um=None)
    graph, metadata = export(results, tmp_path / "px.geff")
    assert [axis.unit for axis in metadata.axes] == ["frame", "pixel", "pixel"]
    assert graph.nodes[0]["y"] == pd.read_parquet(results.tracks)["y_px"][0]
    # columns that are empty all the way down are left out
    assert "y_um" not in metadata.node_props_metadata
    assert "area_um2" not in metadata.node_props_metadata


def test_empty_places_of_a_column_are_missing(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    cells = pd.read_parquet(results.tracks)
    cells.loc[2, "area_um2"] = np.nan
    cells.to_parquet(results.tracks)
    graph, _ = export(results, tmp_path / "tracks.geff")
    assert "area_um2" not in graph.nodes[2]
    assert "area_um2" in graph.nodes[3]


def test_tracks_lineages_and_labels_pass_geffs_own_checks(tmp_path, truth, publish_labels):
    results = publish_labels(truth.labels, dict(truth.tracks[:, [0, 3]].tolist()))
    _, metadata = export(results, tmp_path / "tracks.geff")
    assert metadata.track_node_props == {"lineage": "lineage_id", "tracklet": "track_id"}
    memory = geff.core_io.read_to_memory(tmp_path / "tracks.geff", data_validation=None)
    validate_data(memory, ValidationConfig(graph=True, tracklet=True, lineage=True))
    image, labels = metadata.related_objects
    assert (image.type, image.path) == ("image", "../movie.ome.zarr")
    assert (labels.type, labels.path, labels.node_prop) == ("labels", "../movie.ome.zarr/labels/cells", "track_id")
    assert (tmp_path / "tracks.geff" / labels.path / "zarr.json").is_file()


def test_tracks_are_not_called_tracklets_where_a_mother_has_one_daughter(tmp_path, gapped, publish_labels):
    labels, parents = gapped
    _, metadata = export(publish_labels(labels, parents | {3: 0}), tmp_path / "tracks.geff")
    assert metadata.track_node_props == {"lineage": "lineage_id"}


def test_a_movie_without_cells_is_an_empty_graph(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    pd.read_parquet(results.tracks).iloc[:0].to_parquet(results.tracks)
    pd.read_csv(results.lineage).iloc[:0].to_csv(results.lineage, index=False)
    graph, metadata = export(results, tmp_path / "tracks.geff")
    assert graph.number_of_nodes() == 0
    assert [axis.name for axis in metadata.axes] == ["t", "y", "x"]


@pytest.mark.filterwarnings("error")
def test_the_same_tables_give_the_same_bytes(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    contents = []
    for run in ("a", "b"):
        export_geff(results.tracks, results.lineage, tmp_path / run / "tracks.geff")
        files = sorted(path for path in (tmp_path / run).rglob("*") if path.is_file())
        contents.append({str(path.relative_to(tmp_path / run)): path.read_bytes() for path in files})
    assert len(contents[0]) > 10
    assert contents[0] == contents[1]
