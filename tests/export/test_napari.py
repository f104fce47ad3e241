"""What napari's tracks layer takes: checked as that layer checks its arguments."""

import json

import numpy as np
import pandas as pd
import pytest

from sidewinder.export.napari import export_napari


def written(results, folder) -> tuple[pd.DataFrame, dict[int, list[int]]]:
    table, graph = folder / "napari_tracks.csv", folder / "napari_graph.json"
    export_napari(results.tracks, results.lineage, table, graph)
    # as the docs say that one reads it
    return pd.read_csv(table), {int(track): parents for track, parents in json.loads(graph.read_text()).items()}


@pytest.mark.parametrize("movie", ["gapped", "tripolar"])
def test_table_and_graph_are_the_cells_and_the_lineage(tmp_path, request, publish_labels, movie):
    labels, parents = request.getfixturevalue(movie)
    results = publish_labels(labels, parents)
    pd.read_parquet(results.tracks).sample(frac=1, random_state=0).to_parquet(results.tracks)
    table, graph = written(results, tmp_path)
    assert list(table.columns) == ["track_id", "t", "y", "x"]
    cells = pd.read_parquet(results.tracks).sort_values(["track_id", "frame"])
    np.testing.assert_allclose(table, cells[["track_id", "frame", "y_px", "x_px"]], rtol=1e-7)
    assert graph == {track: [parent] for track, parent in parents.items() if parent}
    # the layer's own rules: whole ids, a place for each id and time, and a graph of tracks that are there
    assert table["track_id"].dtype == np.int64
    assert not table.duplicated(["track_id", "t"]).any()
    assert {*graph, *(one for several in graph.values() for one in several)} <= set(table["track_id"])
    # places are those of the labels, whose pixels are the tracks
    assert all(labels[one.t, round(one.y), round(one.x)] == one.track_id for one in table.itertuples())


def test_without_cells_there_is_a_header_and_an_empty_graph(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    pd.read_parquet(results.tracks).iloc[:0].to_parquet(results.tracks)
    pd.read_csv(results.lineage).iloc[:0].to_csv(results.lineage, index=False)
    assert written(results, tmp_path)[1] == {}
    assert (tmp_path / "napari_tracks.csv").read_text() == "track_id,t,y,x\n"
