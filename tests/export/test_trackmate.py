"""TrackMate's XML, read back with geff's reader of it."""

import warnings
import xml.etree.ElementTree as ET

import geff
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from geff.convert import from_trackmate_xml_to_geff

from sidewinder.export.trackmate import export_trackmate

# what TrackMate's own files declare of spots, and their reader counts on
OF_TRACKMATE = {
    "QUALITY": ("QUALITY", "false"),
    "POSITION_X": ("POSITION", "false"),
    "POSITION_Y": ("POSITION", "false"),
    "POSITION_Z": ("POSITION", "false"),
    "POSITION_T": ("TIME", "false"),
    "FRAME": ("NONE", "true"),
    "RADIUS": ("LENGTH", "false"),
    "VISIBILITY": ("NONE", "true"),
}


def written(results, folder) -> ET.Element:
    """The file's root element."""
    export_trackmate(results.movie, results.tracks, results.lineage, folder / "trackmate.xml")
    return ET.parse(folder / "trackmate.xml").getroot()


def read_back(results, folder) -> nx.DiGraph:
    written(results, folder)
    with warnings.catch_warnings():
        # the image lies beside the file, and how things are shown is left to TrackMate
        warnings.filterwarnings("ignore", "No image folder|Missing tag.*DisplaySettings")
        from_trackmate_xml_to_geff(folder / "trackmate.xml", folder / "back.geff")
    graph, _ = geff.read(folder / "back.geff", structure_validation=True)
    return graph


def named(graph: nx.DiGraph) -> set[tuple[int, int, int, int]]:
    """Edges by the tracks and frames of their ends."""
    nodes = graph.nodes
    return {(nodes[a]["track_id"], nodes[a]["FRAME"], nodes[b]["track_id"], nodes[b]["FRAME"]) for a, b in graph.edges}


def test_spots_are_the_cells(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    graph, cells = read_back(results, tmp_path), pd.read_parquet(results.tracks)
    assert sorted(graph.nodes) == list(range(len(cells)))
    for node, cell in cells.iterrows():
        spot = graph.nodes[node]
        assert (spot["POSITION_X"], spot["POSITION_Y"], spot["POSITION_Z"]) == (cell["x_um"], cell["y_um"], 0)
        assert (spot["FRAME"], spot["POSITION_T"]) == (cell["frame"], cell["frame"] * 300.0)
        assert spot["RADIUS"] == pytest.approx(np.sqrt(cell["area_um2"] / np.pi))
        assert (spot["QUALITY"], spot["VISIBILITY"], spot["name"]) == (cell["area_px"], 1, str(cell["track_id"]))
        assert (spot["area_um2"], spot["touches_border"]) == (cell["area_um2"], 0)
        assert (spot["track_id"], spot["lineage_id"]) == (cell["track_id"], cell["lineage_id"])


def test_edges_lead_over_gaps_and_to_daughters(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    graph, cells = read_back(results, tmp_path), pd.read_parquet(results.tracks)
    through = {(4, frame, 4, frame + 1) for frame in range(6)}
    assert named(graph) == through | {
        (1, 0, 1, 1),
        (1, 1, 1, 3),
        (1, 3, 2, 5),
        (1, 3, 3, 5),
        (2, 5, 2, 6),
        (3, 5, 3, 6),
    }
    assert all(edge["link_score"] == cells["link_score"][later] for _, later, edge in graph.edges(data=True))


def test_tracks_are_lineages_and_all_are_shown(tmp_path, gapped, publish_labels):
    model = written(publish_labels(*gapped), tmp_path).find("Model")
    tracks = {track.get("name"): track for track in model.find("AllTracks")}
    # cells that are seen once are spots without a track
    assert list(tracks) == ["Track_1", "Track_4"]
    assert [one.get("TRACK_ID") for one in model.find("FilteredTracks")] == ["1", "4"]
    divided = dict(tracks["Track_1"].attrib)
    assert divided == {
        "name": "Track_1", "TRACK_INDEX": "0", "TRACK_ID": "1", "NUMBER_SPOTS": "7", "NUMBER_GAPS": "3",
        "NUMBER_SPLITS": "1", "TRACK_DURATION": "1800", "TRACK_START": "0", "TRACK_STOP": "1800",
    }  # fmt: skip
    assert tracks["Track_4"].get("NUMBER_SPLITS") == "0"
    assert model.find("AllSpots").get("nspots") == "16"
    frames = [int(one.get("frame")) for one in model.find("AllSpots")]
    assert frames == [0, 1, 2, 3, 4, 5, 6]


def test_three_daughters_are_one_split(tmp_path, tripolar, publish_labels):
    (track,) = written(publish_labels(*tripolar), tmp_path).find("Model/AllTracks")
    edges = {(int(edge.get("SPOT_SOURCE_ID")), int(edge.get("SPOT_TARGET_ID"))) for edge in track}
    assert edges == {(0, 1), (1, 2), (1, 4), (1, 6), (2, 3), (4, 5), (6, 7)}
    assert (track.get("NUMBER_SPOTS"), track.get("NUMBER_SPLITS")) == ("8", "1")


def test_simulated_lineages_come_back(tmp_path, truth, publish_labels):
    parents = dict(truth.tracks[:, [0, 3]].tolist())
    results = publish_labels(truth.labels, parents)
    graph, cells = read_back(results, tmp_path), pd.read_parquet(results.tracks)
    assert sum(degree > 1 for _, degree in graph.out_degree) > 0
    found = {frozenset(graph.nodes[one]["track_id"] for one in part) for part in nx.weakly_connected_components(graph)}
    assert found == {frozenset(of["track_id"]) for _, of in cells.groupby("lineage_id")}
    mothers = {later: before for before, _, later, _ in named(graph) if before != later}
    assert mothers == {track: parent for track, parent in parents.items() if parent}


def test_units_and_features_are_declared(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    columns = {"speed_um_per_s": 0.5, "speed_px_per_frame": 3.0, "perimeter_um": 2.0, "orientation_rad": 0.1,
               "time_since_birth_s": np.nan, "mean_GFP": 7.0, "texture_energy_s": 1.0, "mean_a²": 1.0, "mean_a_": 2.0,
               "repaired": "missed", "y_drift_corrected_um": 3.0}  # fmt: skip
    pd.read_parquet(results.tracks).assign(**columns).to_parquet(results.tracks)
    root = written(results, tmp_path)
    model = root.find("Model")
    assert (model.get("spatialunits"), model.get("timeunits")) == ("micrometer", "second")
    spots = {
        one.get("feature"): (one.get("dimension"), one.get("isint"))
        for one in model.find("FeatureDeclarations/SpotFeatures")
    }
    assert {name: spots.pop(name) for name in OF_TRACKMATE} == OF_TRACKMATE
    assert spots == {
        "track_id": ("NONE", "true"), "area_um2": ("AREA", "false"), "touches_border": ("NONE", "true"),
        "parent_track_id": ("NONE", "true"), "lineage_id": ("NONE", "true"),
        "speed_um_per_s": ("VELOCITY", "false"), "perimeter_um": ("LENGTH", "false"),
        "orientation_rad": ("ANGLE", "false"), "mean_GFP": ("INTENSITY", "false"),
        "texture_energy_s": ("NONE", "false"), "mean_a_": ("INTENSITY", "false"), "mean_a__": ("INTENSITY", "false"),
        "repaired": ("NONE", "true"), "y_drift_corrected_um": ("POSITION", "false"),
    }  # fmt: skip
    spot = model.find("AllSpots/SpotsInFrame/Spot")
    assert set(spot.attrib) == {"ID", "name", *OF_TRACKMATE, *spots}
    assert (spot.get("mean_a_"), spot.get("mean_a__"), spot.get("repaired")) == ("1", "2", "1")
    image = root.find("Settings/ImageData").attrib
    assert image == {
        "filename": "movie.ome.zarr", "folder": "", "width": "40", "height": "24", "nslices": "1", "nframes": "8",
        "pixelwidth": "0.5", "pixelheight": "0.5", "voxeldepth": "1.0", "timeinterval": "300.0",
    }  # fmt: skip


def test_without_pixel_size_lengths_are_pixels(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped, pixel_size_um=None)
    root = written(results, tmp_path)
    cell = pd.read_parquet(results.tracks).iloc[0]
    spot = root.find("Model/AllSpots/SpotsInFrame/Spot")
    assert root.find("Model").get("spatialunits") == "pixel"
    assert (float(spot.get("POSITION_Y")), float(spot.get("area_px"))) == (cell["y_px"], cell["area_px"])
    assert "area_um2" not in spot.attrib
    assert root.find("Settings/ImageData").get("pixelwidth") == "1.0"


def test_what_is_missing_of_a_cell_is_no_attribute(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    cells = pd.read_parquet(results.tracks).assign(solidity=[np.nan, np.inf, *[0.5] * 14])
    cells.to_parquet(results.tracks)
    graph = read_back(results, tmp_path)
    assert "solidity" not in graph.nodes[0]
    assert "solidity" not in graph.nodes[1]
    assert graph.nodes[2]["solidity"] == 0.5


def test_a_movie_without_cells_has_no_spots(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    pd.read_parquet(results.tracks).iloc[:0].to_parquet(results.tracks)
    pd.read_csv(results.lineage).iloc[:0].to_csv(results.lineage, index=False)
    model = written(results, tmp_path).find("Model")
    assert [len(model.find(name)) for name in ("AllSpots", "AllTracks", "FilteredTracks")] == [0, 0, 0]
