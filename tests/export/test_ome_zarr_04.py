"""The published movie as OME-Zarr 0.4: valid, and the same pixels, labels and levels."""

import json

import numcodecs
import numpy as np
import pytest
import zarr
from ome_zarr_models.v04 import Image, Labels

from sidewinder.errors import UserError
from sidewinder.export.ome_zarr_04 import export_ome_zarr_04
from sidewinder.movie.opening import open_movie
from sidewinder.store import write_image, write_labels


@pytest.fixture
def written(tmp_path):
    """A published movie of two channels, and the same as 0.4."""
    rng = np.random.default_rng(0)
    frames, labels = rng.integers(0, 4000, (2, 2, 1050, 1100), np.uint16), np.zeros((2, 1050, 1100), np.uint16)
    labels[1:, 20:90, 500:550] = 7
    movie = tmp_path / "movie.ome.zarr"
    write_image(
        movie, frames, n_frames=2, shape_cyx=frames.shape[1:], dtype=frames.dtype, pixel_size_um=0.5,
        frame_interval_s=60.0, channel_names=["DAPI", "GFP"], attributes={"statistics": []}, pixel_aspect=2.0,
    )  # fmt: skip
    write_labels(movie, labels, largest_label=7)
    export_ome_zarr_04(movie, tmp_path / "movie_04.ome.zarr")
    return movie, tmp_path / "movie_04.ome.zarr", frames, labels


def test_pixels_labels_and_levels_are_the_same(written):
    movie, old, frames, labels = written
    new = zarr.open_group(movie, mode="r")
    for path, first in ((".", frames), ("labels/cells", labels)):
        group = zarr.open_group(old / path, mode="r", zarr_format=2)
        levels = [level["path"] for level in group.attrs["multiscales"][0]["datasets"]]
        assert levels == ["0", "1"]
        np.testing.assert_array_equal(group["0"][:], first)
        for level in levels:
            np.testing.assert_array_equal(group[level][:], new[f"{path}/{level}" if path != "." else level][:])
            assert group[level].dtype == first.dtype
    # by hand: the first chunk of a channel of a frame is a file where 0.4 wants it
    about = json.loads((old / "0" / ".zarray").read_text())
    height, width = about["chunks"][2:]
    assert (about["chunks"][:2], about["zarr_format"], about["dtype"]) == ([1, 1], 2, "<u2")
    blob = numcodecs.get_codec(about["compressor"]).decode((old / "0" / "1" / "1" / "0" / "0").read_bytes())
    chunk = np.frombuffer(blob, "<u2").reshape(height, width)
    np.testing.assert_array_equal(chunk, frames[1, 1, :height, :width])
    assert not list(old.rglob("zarr.json"))


def test_it_is_valid_and_says_what_the_other_says(written):
    movie, old, _, _ = written
    image = Image.from_zarr(zarr.open_group(old, mode="r", zarr_format=2))
    described = zarr.open_group(movie, mode="r").attrs["ome"]
    assert image.ome_attributes.multiscales[0].version == "0.4"
    for name in ("axes", "datasets"):
        said = json.loads((old / ".zattrs").read_text())["multiscales"][0][name]
        assert said == described["multiscales"][0][name]
    assert [channel.label for channel in image.ome_attributes.omero.channels] == ["DAPI", "GFP"]
    labels = Labels.from_zarr(zarr.open_group(old / "labels", mode="r", zarr_format=2))
    assert labels.ome_attributes.labels == ["cells"]
    said = json.loads((old / "labels" / "cells" / ".zattrs").read_text())["image-label"]
    assert (said["version"], said["source"]) == ("0.4", {"image": "../../"})


def test_it_can_be_a_raw_movie(written):
    _, old, frames, _ = written
    again = open_movie(old)
    assert (again.shape, again.channel_names, again.frame_interval_s) == (frames.shape, ("DAPI", "GFP"), 60.0)
    assert (again.pixel_size_um, again.pixel_aspect) == (pytest.approx(0.5), pytest.approx(2.0))
    np.testing.assert_array_equal(again.read(1), frames[1])


def test_a_movie_without_labels_is_refused(tmp_path):
    write_image(
        tmp_path / "m", np.zeros((1, 1, 8, 8), np.uint16), n_frames=1, shape_cyx=(1, 8, 8), dtype=np.uint16,
        pixel_size_um=None, frame_interval_s=None, channel_names=["0"], attributes={},
    )  # fmt: skip
    with pytest.raises(UserError, match=r"m: has no labels; expected a movie that the last step has published"):
        export_ome_zarr_04(tmp_path / "m", tmp_path / "old")
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
