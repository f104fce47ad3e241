"""The most that is taken, and what is said of more: by headers, sparse files and made-up tables."""

import json
from pathlib import Path

import pytest
import tifffile
import zarr

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_FRAME_PX, LARGEST_SHEET_BYTES, MOST_IMAGES, MOST_ROWS
from sidewinder.movie.opening import movie_shape
from sidewinder.sheet import read_sheet
from sidewinder.tsv import LONGEST_CELL, LONGEST_SHOWN

SIDE_PX = 2**15


def sparse_tiff(path: Path, *shape: int) -> Path:
    """A TIFF whose pixels take no place on the disk."""
    tifffile.memmap(path, shape=shape, dtype="uint8", photometric="minisblack", metadata={"axes": "TYX"})
    return path


def empty_zarr(path: Path, *shape: int) -> Path:
    """An OME-Zarr whose only chunk is an empty file."""
    group = zarr.open_group(path, mode="w", zarr_format=3)
    group.create_array("0", shape=(1, 1, 1), chunks=(1, 1, 1), dtype="uint16")
    axes = [{"name": "t", "type": "time"}, *({"name": name, "type": "space"} for name in "yx")]
    scale = [{"type": "scale", "scale": [1.0, 1.0, 1.0]}]
    group.attrs["ome"] = {
        "version": "0.5",
        "multiscales": [{"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}],
    }
    header = path / "0" / "zarr.json"
    described = json.loads(header.read_text()) | {"shape": shape}
    described["chunk_grid"]["configuration"]["chunk_shape"] = shape
    header.write_text(json.dumps(described))
    (path / "0" / "c" / "0" / "0").mkdir(parents=True)
    (path / "0" / "c" / "0" / "0" / "0").touch()
    return path


@pytest.mark.parametrize("make", [sparse_tiff, empty_zarr])
def test_the_largest_frame(tmp_path, make):
    assert SIDE_PX**2 == LARGEST_FRAME_PX
    assert movie_shape(make(tmp_path / "m.tif", 1, SIDE_PX, SIDE_PX))[0] == (1, 1, SIDE_PX, SIDE_PX)
    with pytest.raises(
        UserError, match=r"an image has 1.07377e\+09 pixels; expected at most 1073741824 \(32768 x 32768"
    ):
        movie_shape(make(tmp_path / "n.tif", 1, SIDE_PX, SIDE_PX + 1))


# the list of a million images is read, some ten seconds of it
@pytest.mark.parametrize("make", [pytest.param(sparse_tiff, marks=pytest.mark.long), empty_zarr])
def test_the_longest_movie(tmp_path, make):
    assert movie_shape(make(tmp_path / "m.tif", MOST_IMAGES, 8, 9))[0] == (MOST_IMAGES, 1, 8, 9)
    with pytest.raises(UserError, match=r"says that it has 1e\+06 images; expected at most 1000000; .* in parts"):
        movie_shape(make(tmp_path / "n.tif", MOST_IMAGES + 1, 8, 9))


@pytest.mark.case("sheet", "more movies than a run can plan")
def test_the_most_movies(tmp_path):
    sheet = tmp_path / "s.tsv"
    rows = [f"movie_{number}\tm.tif\n" for number in range(MOST_ROWS)]
    sheet.write_text("movie\tpath\n" + "".join(rows))
    assert len(read_sheet(sheet)) == MOST_ROWS
    sheet.write_text("movie\tpath\n" + "".join(rows) + "one_more\tm.tif\n")
    with pytest.raises(UserError, match=r"s\.tsv has 20,001 movies; 20,000 are allowed: split the sheet"):
        read_sheet(sheet)


@pytest.mark.case("sheet", "a movie given in place of the sheet")
def test_the_largest_sheet(tmp_path):
    sheet = tmp_path / "s.tif"
    with open(sheet, "wb") as file:
        file.truncate(LARGEST_SHEET_BYTES + 1)
    with pytest.raises(UserError, match=r"s\.tif has 67,108,865 bytes; a sheet has at most 67,108,864: is it one\?"):
        read_sheet(sheet)


def test_of_a_cell_that_is_a_book_its_beginning_is_shown(tmp_path):
    sheet = tmp_path / "s.tsv"
    sheet.write_text(f"movie\tpath\tblocks\n{'m' * 5000}\tm.tif\t{'9' * 5000}\n" * 2)
    with pytest.raises(UserError) as caught:
        read_sheet(sheet)
    lines = str(caught.value).split("\n")
    assert len(lines) == 6
    assert all(len(line) < 3 * LONGEST_SHOWN + 400 for line in lines)
    assert f"found '{'9' * LONGEST_SHOWN}...'; allowed is a whole number" in str(caught.value)


@pytest.mark.parametrize("column", ["path", "model", "truth", "channel"])
def test_the_longest_cell(tmp_path, column):
    sheet = tmp_path / "s.tsv"
    for n_characters in (LONGEST_CELL, LONGEST_CELL + 1):
        cells = {"movie": "m", "path": "m.tif"} | {column: "9" * n_characters}
        sheet.write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")
        if n_characters == LONGEST_CELL:
            assert len(getattr(read_sheet(sheet)["m"], column)) == LONGEST_CELL
        else:
            with pytest.raises(UserError, match=rf"line 2, movie m, column {column}: found '9+\.\.\.'; allowed is"):
                read_sheet(sheet)
