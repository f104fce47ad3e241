"""The files that the path of a movie stands for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sidewinder.errors import UserError
from sidewinder.movie import listing
from sidewinder.movie.listing import raw_files


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_file_stands_for_itself(tmp_path):
    touch(tmp_path, "m[1].tif")
    for path in (f"{tmp_path}/m[1].tif", f"{tmp_path}/./m[1].tif", f"{tmp_path}//m[1].tif"):
        assert raw_files(path) == [f"{tmp_path}/m[1].tif"]


def test_frames_of_a_folder_or_glob_come_in_their_order(tmp_path):
    touch(tmp_path, "t10.tif", "t2.tif", "t1.TIF", "notes.txt", "._t1.tif", "more/t3.tif")
    (tmp_path / "t1.TIF").rename(tmp_path / "t1.tif")
    frames = [f"{tmp_path}/t{index}.tif" for index in (1, 2, 10)]
    assert raw_files(str(tmp_path)) == frames
    assert raw_files(f"{tmp_path}/t*.tif") == frames


def test_a_link_that_leads_nowhere_is_a_frame(tmp_path):
    touch(tmp_path, "t0.tif", "t1.tif")
    (tmp_path / "t2.tif").symlink_to("not_mounted/t2.tif")
    (tmp_path / "alone.tif.link").symlink_to("not_mounted/m.tif")
    frames = [f"{tmp_path}/t{index}.tif" for index in range(3)]
    assert raw_files(str(tmp_path)) == raw_files(f"{tmp_path}/t?.tif") == frames
    assert raw_files(f"{tmp_path}/alone.tif.link") == [f"{tmp_path}/alone.tif.link"]


def test_what_a_glob_matches_is_a_file_and_complete(tmp_path):
    touch(tmp_path, "t0.tif", "t1.tif", "u1.tif.part")
    assert len(raw_files(f"{tmp_path}/t*.tif")) == 2
    touch(tmp_path, "t2.tif.part")
    with pytest.raises(UserError, match=r"t2\.tif\.part is a copy of t2\.tif that is not complete"):
        raw_files(f"{tmp_path}/t*.tif")
    (tmp_path / "t2.tif.part").unlink()
    os.mkfifo(tmp_path / "t2.tif")
    with pytest.raises(UserError, match=r"t2\.tif, which is no file"):
        raw_files(f"{tmp_path}/t*.tif")


@pytest.mark.parametrize("name", ["m.zarr", "called_otherwise"])
def test_all_files_below_an_ome_zarr(tmp_path, name):
    files = ["0/c/0/0/0", "0/c/1/0/0", "0/zarr.json", "zarr.json"]
    touch(tmp_path / name, *files)
    assert raw_files(str(tmp_path / name)) == [f"{tmp_path}/{name}/{file}" for file in files]


def test_nothing_there(tmp_path):
    touch(tmp_path, "folder/a.bmp")
    for name, message in {
        "nowhere.tif": "nowhere.tif: no such file or folder; expected a TIFF stack",
        "x*.tif": "x*.tif: matches no file",
        "folder": "folder: no images in this folder (it holds .bmp)",
        "a\0b.tif": "embedded null",
        "data\\m.tif": "a folder of TIFF frames or an OME-Zarr; write / in place of \\",
        "x" * 300: "cannot be read: File name too long",
    }.items():
        with pytest.raises(UserError, match=re.escape(message)):
            raw_files(f"{tmp_path}/{name}")


@pytest.mark.case("raw data", "a pipe in place of a file")
def test_a_pipe_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "m.tif")
    with pytest.raises(UserError, match=r"m\.tif: is neither a file nor a folder"):
        raw_files(f"{tmp_path}/m.tif")


@pytest.mark.case("raw data", "a folder that may not be listed")
@pytest.mark.parametrize("name", ["frames", "m.zarr"])
def test_a_folder_that_may_not_be_listed(tmp_path, monkeypatch, name):
    touch(tmp_path, f"{name}/t0.tif")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UserError, match=rf"{name}: may not be read: permission denied; ask for the right to read it"):
        raw_files(str(tmp_path / name))


def test_listing_loads_no_library():
    check = "import sys; import sidewinder.movie.listing; assert not {'numpy', 'tifffile', 'zarr'} & set(sys.modules)"
    package = str(Path(listing.__file__).parents[2])
    subprocess.run([sys.executable, "-c", check], check=True, env={**os.environ, "PYTHONPATH": package})
