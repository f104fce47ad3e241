"""Labels beside an image, as the OME models want them."""

import json

import numpy as np
import pytest
import zarr
from ome_zarr_models.v05 import Image as OmeImage

from sidewinder.errors import UserError
from sidewinder.store import open_image, open_labels, write_labels


@pytest.mark.parametrize(("largest", "dtype"), [(0, "uint16"), (65535, "uint16"), (65536, "uint32")])
def test_labels_come_back_in_a_dtype_that_holds_the_largest(tmp_path, write, largest, dtype):
    write(tmp_path / "m", np.zeros((2, 3, 5, 7), "uint8"), pixel_size_um=0.5)
    labels = np.zeros((2, 5, 7), "int64")
    labels[1, 2, 3] = largest
    write_labels(tmp_path / "m", iter(labels), largest_label=largest)
    stored = open_labels(str(tmp_path / "m"))
    assert stored.dtype == dtype
    np.testing.assert_array_equal(stored[:], labels)
    assert open_image(tmp_path / "m").data.shape == (2, 3, 5, 7)


def test_the_ome_models_accept_them_with_as_many_levels_as_the_image(tmp_path, rng, write, small_top):
    write(tmp_path / "m", np.zeros((2, 2, 67, 65), "uint8"), pixel_size_um=0.5, frame_interval_s=60.0)
    labels = rng.integers(0, 9, (2, 67, 65)).astype("uint16")
    write_labels(tmp_path / "m", labels, largest_label=8)
    group = zarr.open_group(tmp_path / "m", mode="r")
    model = OmeImage.from_zarr(group)
    assert model.labels.label_paths == ["cells"]
    ome = json.loads((tmp_path / "m" / "labels" / "cells" / "zarr.json").read_text())["attributes"]["ome"]
    assert ome["image-label"] == {"source": {"image": "../../"}, "version": "0.5"}
    assert [axis["name"] for axis in ome["multiscales"][0]["axes"]] == ["t", "y", "x"]
    image_levels = model.datasets[0]
    label_levels = model.labels.get_image_labels_group("cells").attributes.ome.multiscales[0].datasets
    assert len(image_levels) == len(label_levels) == 3
    for image_level, label_level in zip(image_levels, label_levels, strict=True):
        scale = image_level.coordinateTransformations[0].scale
        assert label_level.coordinateTransformations[0].scale == [scale[0], *scale[2:]]
    for level in range(3):
        array = group[f"labels/cells/{level}"]
        assert array.shape == (2, *group[str(level)].shape[2:])
        np.testing.assert_array_equal(array[:], labels[:, :: 2**level, :: 2**level])


def test_seven_files_in_all(tmp_path, write):
    write(tmp_path / "m", np.zeros((9, 1, 20, 20), "uint8"))
    write_labels(tmp_path / "m", np.ones((9, 20, 20), "uint8"), largest_label=1)
    assert sum(p.is_file() for p in (tmp_path / "m").rglob("*")) == 7


@pytest.mark.parametrize(("values", "dtype"), [([0, 9], "uint8"), ([-1, 0], "int32")])
def test_labels_out_of_range_are_an_error(tmp_path, write, values, dtype):
    write(tmp_path / "m", np.zeros((1, 1, 1, 2), "uint8"))
    with pytest.raises(ValueError, match=r"where 0\.\.8 were announced"):
        write_labels(tmp_path / "m", [np.array([values], dtype)], largest_label=8)


def test_too_few_frames_are_an_error_and_never_look_complete(tmp_path, write):
    write(tmp_path / "m", np.zeros((2, 1, 3, 3), "uint8"))
    with pytest.raises(ValueError, match="1 frames where 2"):
        write_labels(tmp_path / "m", [np.zeros((3, 3), "uint8")], largest_label=1)
    with pytest.raises(UserError, match="not a complete Zarr store"):
        open_labels(tmp_path / "m")


def test_an_image_without_labels_says_so(tmp_path, write):
    write(tmp_path / "m", np.zeros((2, 1, 3, 3), "uint8"))
    with pytest.raises(UserError, match="m: has no labels"):
        open_labels(tmp_path / "m")
    with pytest.raises(UserError, match="no such folder"):
        open_labels(tmp_path / "nowhere")
