"""Real files of many programs, as two other readers have read them."""

import numpy as np
import pytest
import yaml

from sidewinder.movie.opening import open_movie

SET = "ome-tiff/companion/multifile.companion.ome"


@pytest.mark.parametrize(
    ("name", "position", "z", "shape", "frame"),
    [
        ("ome-tiff/time-series.ome.tif", None, None, (7, 1, 167, 439), 3),
        ("ome-tiff/TZ_nucleus.ome.tif", None, "1", (4, 1, 51, 73), 2),
        (SET, None, "3", (1, 1, 24, 18), 0),
        ("ome-tiff/master/multifile-Z1.ome.tiff", None, "3", (1, 1, 24, 18), 0),
        ("micromanager/181003_multi_pos_time_course_1_MMStack.ome.tif", "Pos1", None, (10, 1, 256, 256), 7),
        ("ndtiff/ndtiff3.2_monochrome", None, "15", (8, 1, 64, 64), 7),
    ],
)
def test_one_plane_and_the_metadata(shared_data, name, position, z, shape, frame):
    said = yaml.safe_load((shared_data / "formats/known-metadata.yml").read_text())[name]
    movie = open_movie(shared_data / "formats" / name, position, z=z)
    assert (movie.shape, movie.dtype) == (shape, said["dtype"])
    assert int(movie.read(frame)[0].sum(dtype=np.int64)) == said["plane"]["sum"]
    assert movie.pixel_size_um == (said["pixel_size_um"] and pytest.approx(said["pixel_size_um"], rel=1e-5))
    if said.get("frame_interval_s"):
        assert movie.frame_interval_s == said["frame_interval_s"]


def test_slices_of_a_zipped_omezarr(shared_data):
    path = shared_data / "formats/ome-zarr/mitotic_plate_calibrated.ome.zarr.zip"
    movie = open_movie(path, z="5")
    assert (movie.shape, movie.dtype) == ((1, 1, 263, 263), "uint8")
    assert int(movie.read(0).sum(dtype=np.int64)) == 580295
    every = np.stack([open_movie(path, z=str(z)).read(0) for z in range(6)])
    np.testing.assert_array_equal(open_movie(path, z="max").read(0), every.max(axis=0))


def test_a_folder_of_a_set_is_the_set(shared_data):
    folder = (shared_data / "formats" / SET).parent
    np.testing.assert_array_equal(
        open_movie(folder, z="3").read(0), open_movie(folder.parent / "master", z="3").read(0)
    )
