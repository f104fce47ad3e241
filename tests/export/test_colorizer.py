"""A data set of the Timelapse Feature Explorer, read back by the rules of its documentation."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sidewinder.errors import UserError
from sidewinder.export import colorizer
from sidewinder.export.colorizer import export_colorizer


@pytest.fixture
def results(gapped, publish_labels):
    results = publish_labels(*gapped)
    cells = pd.read_parquet(results.tracks).sample(frac=1, random_state=0)
    cells = cells.assign(repaired=np.where(cells["frame"] == 1, "missed", ""), mean_GFP=cells["area_px"] / 7)
    cells.loc[cells["frame"] == 0, "mean_GFP"] = np.nan
    cells.assign(touches_border=cells["track_id"] == 2).to_parquet(results.tracks)
    return results


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_read_back_by_the_documented_rules(results, gapped, tmp_path):
    labels, _ = gapped
    folder = tmp_path / "colorizer"
    export_colorizer(results.movie, results.tracks, folder, name="m")
    manifest = read(folder, "manifest.json")
    tracks, times = (np.array(read(folder, manifest[name])["data"]) for name in ("tracks", "times"))
    centroids = np.array(read(folder, manifest["centroids"])["data"]).reshape(-1, 2)
    bounds = np.array(read(folder, manifest["bounds"])["data"]).reshape(-1, 4)
    outliers = read(folder, manifest["outliers"])["data"]
    cells = pd.read_parquet(results.tracks).set_index(["track_id", "frame"])
    assert len(manifest["frames"]) == len(labels)
    assert len(tracks) == len(times) == len(centroids) == len(bounds) == len(outliers) == len(cells)
    seen = set()
    for frame, name in enumerate(manifest["frames"]):
        red, green, blue = np.moveaxis(np.asarray(Image.open(folder / name)).astype(int), -1, 0)
        objects = red + green * 256 + blue * 256**2 - 1
        assert ((objects < 0) == (labels[frame] == 0)).all()
        for one in np.unique(objects[objects >= 0]):
            mask = objects == one
            assert (labels[frame][mask] == tracks[one]).all()
            assert times[one] == frame
            ys, xs = np.nonzero(mask)
            np.testing.assert_allclose(centroids[one], [xs.mean(), ys.mean()], atol=0.01)
            assert bounds[one].tolist() == [xs.min(), ys.min(), xs.max(), ys.max()]
            assert outliers[one] == (tracks[one] == 2)
            seen.add(int(one))
    assert seen == set(range(len(cells)))
    rows = cells.loc[list(zip(tracks, times, strict=True))]
    features = {one["key"]: one for one in manifest["features"]}
    for key, about in features.items():
        assert re.fullmatch("[a-z0-9_]+", key)
        values = pd.read_parquet(folder / about["data"])["data"].to_numpy()
        assert (about["min"], about["max"]) == (np.nanmin(values), np.nanmax(values))
        if about["type"] == "categorical" and key == "repaired":
            assert [about["categories"][int(value)] for value in values] == [one or "none" for one in rows["repaired"]]
        else:
            np.testing.assert_array_equal(values, rows[about["name"]].to_numpy(np.float32))
    assert features["area_um2"] | {"min": 0, "max": 0} == {
        "key": "area_um2", "name": "area_um2", "data": "feature_area_um2.parquet", "unit": "µm²", "type": "continuous",
        "min": 0, "max": 0,
    }  # fmt: skip
    assert features["lineage_id"]["type"] == "discrete"
    assert features["touches_border"]["categories"] == ["no", "yes"]
    assert "mean_gfp" in features
    size_um = manifest["metadata"]["frameDims"]
    assert size_um["width"] / size_um["height"] == pytest.approx(labels.shape[2] / labels.shape[1])


@pytest.mark.slow
def test_numbers_of_three_bytes(results, gapped, tmp_path):
    """As if 70,000 cells came before: their rows are in the table, in the first frame."""
    cells = pd.read_parquet(results.tracks)
    others = pd.concat([cells.iloc[:1]] * 70_000).assign(track_id=np.arange(70_000) + 100, frame=0)
    pd.concat([cells, others]).to_parquet(results.tracks)
    export_colorizer(results.movie, results.tracks, tmp_path / "colorizer", name="m")
    tracks = np.array(read(tmp_path / "colorizer", "tracks.json")["data"])
    red, green, blue = np.moveaxis(np.asarray(Image.open(tmp_path / "colorizer/frame_5.png")).astype(int), -1, 0)
    assert blue.max() == 1
    objects, labels = red + green * 256 + blue * 256**2 - 1, gapped[0][5]
    np.testing.assert_array_equal(tracks[objects[labels > 0]], labels[labels > 0])


def test_more_cells_than_colours_are_refused(results, tmp_path, monkeypatch):
    monkeypatch.setattr(colorizer, "MOST_CELLS", 10)
    with pytest.raises(UserError, match=r"the Timelapse Feature Explorer knows 10 at most"):
        export_colorizer(results.movie, results.tracks, tmp_path / "colorizer", name="m")
    assert not (tmp_path / "colorizer").exists()


def test_labels_that_are_not_in_the_table_are_named(results, tmp_path):
    pd.read_parquet(results.tracks).query("track_id != 2").to_parquet(results.tracks)
    with pytest.raises(UserError, match=r"tracks.parquet: track 2 of frame \d+ is not in it"):
        export_colorizer(results.movie, results.tracks, tmp_path / "colorizer", name="m")


def test_without_cells_there_are_black_frames(publish_labels, gapped, tmp_path):
    labels, parents = gapped
    results = publish_labels(np.zeros_like(labels) + (np.arange(len(labels)) == 0)[:, None, None] * labels, parents)
    export_colorizer(results.movie, results.tracks, tmp_path / "colorizer", name="m")
    manifest = read(tmp_path / "colorizer", "manifest.json")
    assert not np.asarray(Image.open(tmp_path / "colorizer" / manifest["frames"][-1])).any()
