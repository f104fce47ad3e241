"""The files of a raw movie whose changes are noticed, while it is read and afterwards."""

import os

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.fingerprint import check_unchanged
from sidewinder.movie.listing import raw_prints

OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


@pytest.fixture
def frames(tmp_path):
    for index in range(3):
        (tmp_path / f"t{index}.tif").write_bytes(b"frame")
    return tmp_path


def test_what_stays_is_right(frames):
    before = raw_prints(str(frames), None)
    assert {name: one.size for name, one in before.items()} == {f"t{index}.tif": 5 for index in range(3)}
    (frames / "notes.txt").write_text("no frame")
    check_unchanged(str(frames), before, raw_prints(str(frames), None))


@pytest.mark.case("raw data", "a file comes, goes or changes while the movie is read")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda folder: (folder / "t3.tif").write_bytes(b"frame"), r"1 file added: t3\.tif"),
        (lambda folder: os.utime(folder / "t1.tif", ns=(0, 1)), r"1 file changed: t1\.tif"),
        (lambda folder: (folder / "t1.tif").unlink(), r"1 file removed: t1\.tif"),
    ],
    ids=["arrived", "changed", "gone"],
)
def test_what_does_not_stay_is_named(frames, change, expected):
    for path in (str(frames), f"{frames}/*.tif"):
        before = raw_prints(path, None)
        change(frames)
        with pytest.raises(UserError, match=f"has changed while it was read: {expected}; start again once all of its"):
            check_unchanged(path, before, raw_prints(path, None))
        for file in frames.iterdir():
            file.unlink()
        for index in range(3):
            (frames / f"t{index}.tif").write_bytes(b"frame")


def test_a_link_that_leads_nowhere_is_named(frames):
    (frames / "t3.tif").symlink_to("not_mounted/t3.tif")
    with pytest.raises(UserError, match=r": cannot be read: No such file or directory \(.*t3\.tif\)"):
        raw_prints(str(frames), None)


@pytest.fixture
def in_files(tmp_path, pixels):
    """An OME-TIFF of two positions, `left` in the files f0 and f1, `right` in f2 and f3; gives its folder."""

    def image(name: str, *numbers: int) -> str:
        planes = "".join(
            f'<TiffData FirstT="{t}" PlaneCount="1"><UUID FileName="f{number}.ome.tif">urn:uuid:{number}</UUID>'
            "</TiffData>"
            for t, number in enumerate(numbers)
        )
        return (
            f'<Image ID="{name}" Name="{name}"><Pixels DimensionOrder="XYZCT" Type="uint16" SizeX="9" SizeY="8" '
            f'SizeZ="1" SizeC="1" SizeT="2">{planes}</Pixels></Image>'
        )

    for number in range(4):
        xml = f'<OME xmlns="{OME}" UUID="urn:uuid:{number}">{image("left", 0, 1)}{image("right", 2, 3)}</OME>'
        how = {"description": xml, "metadata": None, "photometric": "minisblack"}
        tifffile.imwrite(tmp_path / f"f{number}.ome.tif", pixels(8, 9), **how)
    return tmp_path


def test_the_other_files_of_an_ome_tiff_count_as_far_as_they_hold_its_position(in_files):
    path = str(in_files / "f0.ome.tif")
    assert list(raw_prints(path, "left")) == ["", "f1.ome.tif"]
    assert list(raw_prints(path, "1")) == ["", "f2.ome.tif", "f3.ome.tif"]
    # as Micro-Manager writes each position into files of its own
    assert list(raw_prints(path, None)) == ["", "f1.ome.tif"]
    before = raw_prints(path, "left")
    os.utime(in_files / "f1.ome.tif", ns=(0, 1))
    with pytest.raises(UserError, match=r"f0\.ome\.tif has changed while it was read: 1 file changed: f1\.ome\.tif"):
        check_unchanged(path, before, raw_prints(path, "left"))


def test_a_file_that_was_renamed_and_one_behind_a_link_have_the_same_others(in_files, tmp_path):
    os.rename(in_files / "f0.ome.tif", in_files / "first.ome.tif")
    os.mkdir(tmp_path / "elsewhere")
    os.symlink(in_files / "first.ome.tif", tmp_path / "elsewhere" / "m.ome.tif")
    for path in ("first.ome.tif", "elsewhere/m.ome.tif"):
        assert list(raw_prints(str(in_files / path), None)) == ["", "f1.ome.tif"]
    # what reads it names the file that is not there
    os.unlink(in_files / "f1.ome.tif")
    assert list(raw_prints(str(in_files / "first.ome.tif"), None)) == [""]


def test_a_companion_file_counts_with_all_that_it_names(in_files):
    with tifffile.TiffFile(in_files / "f0.ome.tif") as file:
        xml = file.ome_metadata.replace('UUID="urn:uuid:0"', 'UUID="urn:uuid:9"', 1)
    (in_files / "all.companion.ome").write_text(xml)
    path = str(in_files / "all.companion.ome")
    assert list(raw_prints(path, "left")) == ["", "f0.ome.tif", "f1.ome.tif"]
    # a file whose own metadata say no more than where they are
    xml = f'<OME xmlns="{OME}"><BinaryOnly MetadataFile="all.companion.ome" UUID="urn:uuid:0"/></OME>'
    tifffile.imwrite(in_files / "f0.ome.tif", np.zeros((8, 9), np.uint16), description=xml, metadata=None)
    assert list(raw_prints(str(in_files / "f0.ome.tif"), None)) == ["", "all.companion.ome", "f1.ome.tif"]


@pytest.mark.parametrize("name", ["NDTiff.index", "metadata.txt", "m.companion.ome"])
def test_metadata_beside_frames_count(frames, name):
    (frames / name).write_text("")
    before = raw_prints(str(frames), None)
    assert list(before) == ["t0.tif", "t1.tif", "t2.tif", name]
    os.utime(frames / name, ns=(0, 1))
    with pytest.raises(UserError, match=f"1 file changed: {name}"):
        check_unchanged(str(frames), before, raw_prints(str(frames), None))


def test_what_is_no_ome_tiff_or_damaged_has_no_others(tmp_path, pixels):
    (tmp_path / "text.tif").write_text("this is no image, whatever FileName it has")
    tifffile.imwrite(tmp_path / "plain.tif", pixels(2, 8, 9), metadata={"FileName": "other.tif"})
    tifffile.imwrite(tmp_path / "broken.tif", pixels(8, 9), description='<OME><UUID FileName="a.tif">', metadata=None)
    (tmp_path / "empty.tif").touch()
    for path in tmp_path.iterdir():
        assert list(raw_prints(str(path), None)) == [""]
