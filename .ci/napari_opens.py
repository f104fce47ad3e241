"""Opens a movie in napari without a window, by its reader of OME-Zarr, with the tracks beside it."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaozarrs
from napari.components import ViewerModel
from npe2 import PluginManager


def main(folder: Path) -> None:
    """Open all, and compare it with what was written."""
    movie = folder / "movie.ome.zarr"
    for group in (movie, movie / "labels", movie / "labels" / "cells"):
        yaozarrs.validate_zarr_store(str(group))
    expected = np.load(folder / "labels.npy")
    # as napari does when it starts
    PluginManager.instance().discover()
    viewer = ViewerModel()
    viewer.open(str(movie), plugin="napari-ome-zarr")
    for layer in viewer.layers:
        print(type(layer).__name__, layer.name, layer.data.shape, layer.scale)
    images = [layer for layer in viewer.layers if type(layer).__name__ == "Image"]
    (cells,) = (layer for layer in viewer.layers if type(layer).__name__ == "Labels")
    assert [layer.name for layer in images] == ["DAPI", "GFP"]
    for channel, layer in enumerate(images):
        finest = layer.data[0] if layer.multiscale else layer.data
        assert finest.shape == expected.shape
        assert np.asarray(finest[0]).max() == (500, 1000)[channel]
        np.testing.assert_allclose(layer.scale[-2:], (0.5, 0.5))
    finest = np.asarray(cells.data[0] if cells.multiscale else cells.data).reshape(expected.shape)
    np.testing.assert_array_equal(finest, expected)
    np.testing.assert_allclose(cells.scale[-2:], (0.5, 0.5))

    table = pd.read_csv(folder / "napari_tracks.csv")
    graph = {int(track): parents for track, parents in json.loads((folder / "napari_graph.json").read_text()).items()}
    tracks = viewer.add_tracks(table, graph=graph, scale=cells.scale[-3:])
    assert tracks.graph == {2: [1], 3: [1]}
    assert sorted({*tracks.data[:, 0].astype(int)}) == [1, 2, 3, 4]
    for track, frame, y, x in tracks.data:
        assert expected[int(frame), round(y), round(x)] == track
    print("napari opens image, labels and tracks")


main(Path(sys.argv[1]))
