"""The published movie: image and tracked labels in one valid OME-Zarr."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import ome_zarr_models
import pandas as pd
import pytest
import zarr

from sidewinder.colours import lineage_colour
from sidewinder.errors import UserError
from sidewinder.export import ome_zarr
from sidewinder.export.ome_zarr import publish
from sidewinder.repair import joined_repairs
from sidewinder.store import open_image, open_labels, write_image, write_stack

# where each block begins; frame 2 to 2 is an empty block
BLOCKS = ((0, 2), (2, 2), (2, 5))


@pytest.fixture
def work(tmp_path):
    """A preprocessed image of five frames, labels in three blocks, and links: label n of frame t is track 10 t + n."""
    rng = np.random.default_rng(1)
    image = rng.integers(0, 500, (5, 2, 40, 48)).astype(np.uint16)
    write_image(
        tmp_path / "work" / "image.ome.zarr",
        image,
        n_frames=5,
        shape_cyx=(2, 40, 48),
        dtype=np.uint16,
        pixel_size_um=0.25,
        frame_interval_s=60.0,
        channel_names=["nuclei", "marker"],
        attributes={"statistics": []},
    )
    labels = np.zeros((5, 40, 48), np.uint16)
    for frame in range(5):
        for label in range(1, frame + 1):
            labels[frame, 8 * label : 8 * label + 5, 4 * frame : 4 * frame + 6] = label
    for block, (first, end) in enumerate(BLOCKS):
        attributes = {"first_frame": first, "n_frames": end - first, "block": block, "n_blocks": len(BLOCKS)}
        write_stack(
            tmp_path / "work" / f"labels-{block}.zarr",
            labels[first:end],
            n_frames=end - first,
            frame_shape=(40, 48),
            dtype=np.uint16,
            attributes=attributes,
        )
    links = [(frame, label, 10 * frame + label) for frame in range(5) for label in range(1, frame + 1)]
    pd.DataFrame(links, columns=["frame", "label", "track_id"]).to_parquet(tmp_path / "work" / "label_tracks.parquet")
    joined_repairs({}).to_parquet(tmp_path / "work" / "repairs.parquet")
    # 22 is a daughter of 11, all others are founders
    tracks = pd.DataFrame({"track_id": [track for *_, track in links], "parent_track_id": 0})
    tracks.loc[tracks["track_id"] == 22, "parent_track_id"] = 11
    tracks["lineage_id"] = tracks["track_id"].replace(22, 11)
    tracks.to_csv(tmp_path / "work" / "lineage.csv", index=False)
    return tmp_path / "work", image, labels


def tables_in(folder):
    tables = {name: folder / f"{name}.parquet" for name in ("label_tracks", "repairs")}
    return tables | {"lineage": folder / "lineage.csv"}


def run(folder, output, order=(0, 1, 2)):
    blocks = [folder / f"labels-{block}.zarr" for block in order]
    publish(image=folder / "image.ome.zarr", labels=blocks, **tables_in(folder), output=output)


def test_pixels_of_cells_are_their_track_ids(work, tmp_path):
    folder, image, labels = work
    run(folder, tmp_path / "movie.ome.zarr", order=(2, 0, 1))
    tracked = open_labels(tmp_path / "movie.ome.zarr")[:]
    expected = np.where(labels > 0, 10 * np.arange(5)[:, None, None] + labels, 0)
    np.testing.assert_array_equal(tracked, expected)
    published = open_image(tmp_path / "movie.ome.zarr")
    np.testing.assert_array_equal(published.data[:], image)
    assert (published.pixel_size_um, published.frame_interval_s) == (0.25, 60.0)
    assert published.channel_names == ("nuclei", "marker")


def test_pixels_of_the_sheet_are_published_with_height_and_width(work, tmp_path):
    folder, _, _ = work
    blocks = [folder / f"labels-{block}.zarr" for block in range(3)]
    output = tmp_path / "movie.ome.zarr"
    publish(
        image=folder / "image.ome.zarr", labels=blocks, **tables_in(folder), output=output, pixel_size_um="0.5x0.125"
    )
    for group in (output, output / "labels" / "cells"):
        (multiscale,) = zarr.open_group(group, mode="r").attrs["ome"]["multiscales"]
        assert multiscale["datasets"][0]["coordinateTransformations"][0]["scale"][-2:] == [0.5, 0.125]
    published = open_image(output)
    assert (published.pixel_size_um, published.pixel_aspect, published.frame_interval_s) == (0.25, 4.0, 60.0)
    assert open_image(folder / "image.ome.zarr").pixel_size_um == 0.25


def test_the_interval_of_the_sheet_is_published_and_the_image_keeps_its_own(work, tmp_path):
    folder, image, _ = work
    blocks = [folder / f"labels-{block}.zarr" for block in range(3)]
    published = tmp_path / "movie.ome.zarr"
    publish(
        image=folder / "image.ome.zarr", labels=blocks, **tables_in(folder), output=published, frame_interval_s=90.0
    )
    assert open_image(published).frame_interval_s == 90.0
    assert open_image(published).times_s.tolist() == [0, 90, 180, 270, 360]
    assert open_image(published).channel_names == ("nuclei", "marker")
    of_labels = zarr.open_group(published / "labels" / "cells", mode="r").attrs["ome"]["multiscales"][0]
    assert of_labels["datasets"][0]["coordinateTransformations"][0]["scale"] == [90.0, 0.25, 0.25]
    np.testing.assert_array_equal(open_image(published).data[:], image)
    assert open_image(folder / "image.ome.zarr").frame_interval_s == 60.0


def test_image_and_labels_pass_the_formats_models(work, tmp_path):
    run(work[0], tmp_path / "movie.ome.zarr")
    image = ome_zarr_models.open_ome_zarr(str(tmp_path / "movie.ome.zarr"), version="0.5")
    labels = ome_zarr_models.open_ome_zarr(str(tmp_path / "movie.ome.zarr" / "labels" / "cells"), version="0.5")
    assert type(image).__name__ == "Image"
    assert type(labels).__name__ == "ImageLabel"
    assert image.attributes.ome.version == "0.5"
    assert image.labels is not None
    assert image.labels.attributes.ome.labels == ["cells"]


def test_viewers_learn_lineages_and_their_colours(work, tmp_path, monkeypatch):
    run(work[0], tmp_path / "movie.ome.zarr")
    labels = ome_zarr_models.open_ome_zarr(str(tmp_path / "movie.ome.zarr" / "labels" / "cells"), version="0.5")
    described = labels.attributes.ome.image_label
    tracks = pd.read_csv(work[0] / "lineage.csv")
    assert {one.label_value: one.rgba for one in described.colors} == {
        track: (*lineage_colour(lineage), 255)
        for track, lineage in zip(tracks["track_id"], tracks["lineage_id"], strict=True)
    }
    properties = {one.label_value: one.model_dump(exclude={"label_value"}) for one in described.properties}
    assert properties[22] == {"lineage_id": 11, "parent_track_id": 11}
    assert properties[41] == {"lineage_id": 41, "parent_track_id": 0}
    # of very many, nothing is said
    monkeypatch.setattr(ome_zarr, "MOST_DESCRIBED", 9)
    run(work[0], tmp_path / "movie.ome.zarr")
    header = zarr.open_group(tmp_path / "movie.ome.zarr" / "labels" / "cells", mode="r").attrs["ome"]["image-label"]
    assert set(header) == {"source", "version"}


def test_the_images_files_are_linked_and_stay_as_they_were(work, tmp_path):
    folder, *_ = work
    before = {path: path.read_bytes() for path in (folder / "image.ome.zarr").rglob("*") if path.is_file()}
    run(folder, tmp_path / "movie.ome.zarr")
    for path, content in before.items():
        published = tmp_path / "movie.ome.zarr" / path.relative_to(folder / "image.ome.zarr")
        assert published.stat().st_ino == path.stat().st_ino
        assert path.read_bytes() == content
    # the work folder may be deleted
    shutil.rmtree(folder)
    assert open_image(tmp_path / "movie.ome.zarr").data[4].any()


def test_files_are_copied_where_links_are_not_possible(work, tmp_path, monkeypatch):
    folder, image, _ = work

    link = os.link

    def refuse(source, target):
        # zarr itself links within its own store
        if Path(source).is_relative_to(folder):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        link(source, target)

    monkeypatch.setattr(os, "link", refuse)
    run(folder, tmp_path / "movie.ome.zarr")
    np.testing.assert_array_equal(open_image(tmp_path / "movie.ome.zarr").data[:], image)
    root = tmp_path / "movie.ome.zarr" / "zarr.json"
    assert root.stat().st_ino != (folder / "image.ome.zarr" / "zarr.json").stat().st_ino


def test_a_cell_without_a_track_is_not_dropped_in_silence(work, tmp_path):
    folder, *_ = work
    links = pd.read_parquet(folder / "label_tracks.parquet")
    links[~((links["frame"] == 3) & (links["label"] == 2))].to_parquet(folder / "label_tracks.parquet")
    with pytest.raises(UserError, match=r"labels-2.zarr, frame 3: the cell with label 2 has no track"):
        run(folder, tmp_path / "movie.ome.zarr")
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


def test_labels_whose_tracks_are_left_out_are_not_there(work, tmp_path):
    folder, _, labels = work
    links = pd.read_parquet(folder / "label_tracks.parquet")
    links.loc[(links["frame"] == 3) & (links["label"] == 2), "track_id"] = 0
    links.to_parquet(folder / "label_tracks.parquet")
    run(folder, tmp_path / "movie.ome.zarr")
    expected = np.where(labels > 0, 10 * np.arange(5)[:, None, None] + labels, 0)
    expected[3][labels[3] == 2] = 0
    np.testing.assert_array_equal(open_labels(tmp_path / "movie.ome.zarr")[:], expected)


def test_blocks_that_do_not_make_up_the_movie_are_refused(work, tmp_path):
    with pytest.raises(UserError, match="has 5 frames, but the blocks of labels hold 3, not each frame once"):
        run(work[0], tmp_path / "movie.ome.zarr", order=(1, 2))


def test_a_movie_without_cells_has_empty_labels(work, tmp_path):
    folder, *_ = work
    attributes = {"first_frame": 0, "n_frames": 5, "block": 0, "n_blocks": 1}
    nothing = np.zeros((5, 40, 48), np.uint16)
    write_stack(folder / "none.zarr", nothing, n_frames=5, frame_shape=(40, 48), dtype=np.uint16, attributes=attributes)
    pd.read_parquet(folder / "label_tracks.parquet").iloc[:0].to_parquet(folder / "label_tracks.parquet")
    pd.read_csv(folder / "lineage.csv").iloc[:0].to_csv(folder / "lineage.csv", index=False)
    output = tmp_path / "movie.ome.zarr"
    publish(image=folder / "image.ome.zarr", labels=[folder / "none.zarr"], **tables_in(folder), output=output)
    assert not open_labels(tmp_path / "movie.ome.zarr")[:].any()


def test_a_patch_is_painted_over_the_labels(work, tmp_path):
    folder, _, labels = work
    repairs = pd.DataFrame(
        {"frame": 3, "label": [2, 9, 9], "row": [0, 30, 31], "first": [40, 1, 2], "last": [47, 3, 2]}
    )
    repairs.to_parquet(folder / "repairs.parquet")
    links = pd.read_parquet(folder / "label_tracks.parquet")
    links.loc[len(links)] = 3, 9, 77
    links.to_parquet(folder / "label_tracks.parquet")
    run(folder, tmp_path / "movie.ome.zarr")
    expected = np.where(labels > 0, 10 * np.arange(5)[:, None, None] + labels, 0)
    expected[3, 0, 40:] = 32
    expected[3, 30, 1:4] = expected[3, 31, 2] = 77
    np.testing.assert_array_equal(open_labels(tmp_path / "movie.ome.zarr")[:], expected)
