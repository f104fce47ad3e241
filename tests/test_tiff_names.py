"""Which files of a folder are TIFF images, and which are copies that are still under way."""

import os
from pathlib import Path

import pytest

from sidewinder.errors import UserError
from sidewinder.tiff_names import tiffs_in, unfinished

OF_SYSTEMS = ("._t0.tif", ".DS_Store", "Thumbs.db", "desktop.ini", "t0.tif.xml", "t0.tif~", "notes.txt", ".t0.tif.lock")


def touch(folder: Path, *names: str) -> str:
    for name in names:
        (folder / name).touch()
    return str(folder)


def test_hidden_files_and_those_of_systems_are_no_images(tmp_path):
    assert tiffs_in(touch(tmp_path, "t0.tif", "t1.TIF", "t2.Tiff", *OF_SYSTEMS)) == ["t0.tif", "t1.TIF", "t2.Tiff"]


@pytest.mark.parametrize(
    "name",
    ["t1.tif.part", "t1.tif.filepart", "t1.tif.crdownload", "t1.tif.tmp", ".t1.tif.icloud", ".t1.tif.Xy12aB"],
)
def test_a_copy_that_is_not_complete_is_named(tmp_path, name):
    touch(tmp_path, "t0.tif", name)
    with pytest.raises(UserError, match=rf": {name} is a copy of t1\.tif that is not complete; start again when"):
        tiffs_in(str(tmp_path))
    # what is left of a first try, beside what came of the second
    assert tiffs_in(touch(tmp_path, "t1.tif")) == ["t0.tif", "t1.tif"]


def test_nothing_else_is_taken_for_a_copy():
    assert list(unfinished(["t0.tif", *OF_SYSTEMS])) == []


def test_what_is_called_like_an_image_and_is_none_is_named(tmp_path):
    touch(tmp_path, "t0.tif")
    for make in (os.mkdir, os.mkfifo):
        make(tmp_path / "t1.tif")
        with pytest.raises(UserError, match=r": t1\.tif is no file; expected TIFF files"):
            tiffs_in(str(tmp_path))
        (os.rmdir if make is os.mkdir else os.unlink)(tmp_path / "t1.tif")
    # a link that leads nowhere is found when the image is read
    os.symlink("nowhere", tmp_path / "t1.tif")
    assert tiffs_in(str(tmp_path)) == ["t0.tif", "t1.tif"]
