"""Single frames that people have made: what is read, and what is refused with the file's name."""

import contextlib
import struct
import tracemalloc

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_LABEL
from sidewinder.store import read_tiff_frame, read_tiff_labels


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int16, np.uint64, np.float32])
def test_labels_of_any_type_are_read(tmp_path, dtype):
    labels = np.arange(12).reshape(1, 3, 4) % 2
    tifffile.imwrite(tmp_path / "a.tif", labels.astype(dtype), photometric="minisblack")
    found = read_tiff_labels(tmp_path / "a.tif")
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, labels[0])


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.float32(0.25), "found 0.25 to 0.25; save label images"),
        (np.float32(np.nan), "found nan to nan; save"),
        (np.int8(-1), "found -1 to -1"),
        pytest.param(
            np.int64(LARGEST_LABEL + 1),
            "found 2147483648 to 2147483648",
            marks=pytest.mark.case("annotations", "labels beyond 2147483647"),
        ),
    ],
)
def test_what_are_no_labels_is_refused(tmp_path, values, found):
    tifffile.imwrite(tmp_path / "a.tif", np.full((3, 4), values))
    with pytest.raises(UserError, match=f"a.tif: labels are whole numbers from 0.*{found}"):
        read_tiff_labels(tmp_path / "a.tif")


@pytest.mark.parametrize("n_bytes", [0, 4, 9, 100, 300, 900])
def test_a_file_that_is_cut_off_is_named(tmp_path, n_bytes):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((30, 40), np.uint16))
    (tmp_path / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:n_bytes])
    with pytest.raises(UserError, match="a.tif: not a readable TIFF file"):
        read_tiff_frame(tmp_path / "a.tif")


@pytest.mark.case("annotations", "a label image that claims all memory")
def test_a_header_that_claims_all_memory_is_refused_before_any_is_taken(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((30, 40), np.uint16))
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        file.pages[0].tags["ImageWidth"].overwrite(2_000_000)
        file.pages[0].tags["ImageLength"].overwrite(2_000_000)
    with pytest.raises(UserError, match="a.tif: says that it holds 4000000000000 pixels; frames have 1073741824 at"):
        read_tiff_frame(tmp_path / "a.tif")


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("how", [{"tile": (16, 16)}, {"rowsperstrip": 10}], ids=["tiles", "strips"])
def test_tiles_and_strips_that_are_claimed_and_not_there_are_not_filled_in(tmp_path, how, compression):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((30, 40), np.uint8), compression=compression, **how)
    assert read_tiff_frame(tmp_path / "a.tif").all()
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        for name in ("ImageWidth", "ImageLength"):
            file.pages[0].tags[name].overwrite(30_000)
    tracemalloc.start()
    with pytest.raises(UserError, match="a.tif: not a readable TIFF file .it has . of .* strips or tiles.;"):
        read_tiff_frame(tmp_path / "a.tif")
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


@pytest.mark.parametrize("shape", [(2, 30, 40), (30, 40, 3)])
def test_more_than_one_image_is_refused(tmp_path, shape):
    tifffile.imwrite(tmp_path / "a.tif", np.ones(shape, np.uint8))
    with pytest.raises(UserError, match=f"a.tif: a frame of shape .*{shape[0]}, {shape[1]}, {shape[2]}.*; expected"):
        read_tiff_frame(tmp_path / "a.tif")


def test_a_damaged_header_never_ends_in_another_error(tmp_path):
    """Each byte of the header that could be another one."""
    tifffile.imwrite(tmp_path / "sound.tif", np.ones((6, 7), np.uint16), compression="zlib")
    data = (tmp_path / "sound.tif").read_bytes()
    for offset in range(0, min(len(data), 250), 3):
        changed = bytearray(data)
        struct.pack_into("B", changed, offset, changed[offset] ^ 0xFF)
        (tmp_path / "a.tif").write_bytes(changed)
        # read all the same, or refused
        with contextlib.suppress(UserError):
            assert read_tiff_frame(tmp_path / "a.tif").ndim == 2
