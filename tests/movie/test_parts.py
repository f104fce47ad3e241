"""A movie in several stacks that the sheet names one after the other."""

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.fingerprint import paths_of
from sidewinder.movie.listing import raw_prints, root_of
from sidewinder.movie.opening import open_movie


@pytest.fixture
def stacks(tmp_path, monkeypatch) -> np.ndarray:
    """Seven frames, in `late/a.ome.tif` (the first two), `early/b.tif` (one) and `early/c.tif` (four)."""
    frames = np.random.default_rng(0).integers(0, 900, (7, 24, 30)).astype(np.uint16)
    monkeypatch.chdir(tmp_path)
    times = {"TimeIncrement": 90.0, "TimeIncrementUnit": "s"}
    for name, part in {"late/a.ome.tif": frames[:2], "early/b.tif": frames[2:3], "early/c.tif": frames[3:]}.items():
        Path(name).parent.mkdir(exist_ok=True)
        more = {"ome": True, "metadata": {"axes": "TYX", **times}} if "ome" in name else {}
        tifffile.imwrite(name, part, photometric="minisblack", **more)
    return frames


@pytest.mark.parametrize(
    "path", ["late/a.ome.tif; early/b.tif;early/c.tif", "{here}/late/a.ome.tif;early/*.tif", "late/a.ome.tif;early"]
)
def test_frames_are_read_in_the_order_that_is_given(stacks, tmp_path, path):
    path = path.format(here=tmp_path)
    movie = open_movie(path)
    assert movie.shape == (7, 1, 24, 30)
    np.testing.assert_array_equal(np.stack([movie.read(frame)[0] for frame in range(7)]), stacks)
    # the times of all go on by the interval of the first
    assert movie.frame_interval_s == 90
    files = paths_of(raw_prints(path, None), root_of(path))
    assert [os.path.basename(file) for file in files] == ["a.ome.tif", "b.tif", "c.tif"]
    assert all(os.path.isfile(file) for file in files)


def test_a_name_with_a_semicolon_is_one_file(stacks):
    os.rename("early/c.tif", "c;d.tif")
    assert open_movie("c;d.tif").shape == (4, 1, 24, 30)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("late/a.ome.tif;none.tif", "none.tif: no such file or folder"),
        ("late/a.ome.tif;early/m.zarr", "early/m.zarr is an OME-Zarr; expected TIFF stacks"),
    ],
)
def test_a_part_that_cannot_be_one_is_named(stacks, path, expected):
    Path("early/m.zarr").mkdir()
    with pytest.raises(UserError) as caught:
        open_movie(path)
    assert expected in str(caught.value)
