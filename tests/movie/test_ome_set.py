"""OME-TIFF whose metadata lie elsewhere, or name files of other names."""

import zipfile

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie

OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
# as they were acquired, in rounds, so that names do not rise with time
NAMES = ["film_0.ome.tif", "film_3.ome.tif", "film_1.ome.tif", "film_4.ome.tif", "film_2.ome.tif"]


def xml(names, uuids, own="urn:uuid:own"):
    planes = "".join(
        f'<TiffData FirstT="{t}" IFD="0" PlaneCount="1"><UUID FileName="{name}">{uuid}</UUID></TiffData>'
        for t, (name, uuid) in enumerate(zip(names, uuids, strict=True))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{OME}" UUID="{own}"><Image ID="Image:0"><Pixels ID="P:0" '
        f'DimensionOrder="XYZCT" Type="uint16" SizeX="9" SizeY="8" SizeZ="1" SizeC="1" SizeT="{len(names)}" '
        f'PhysicalSizeX="0.5" PhysicalSizeY="0.5" TimeIncrement="60">{planes}</Pixels></Image></OME>'
    )


def write(path, image, description):
    tifffile.imwrite(path, image, photometric="minisblack", description=description, metadata=None)


@pytest.fixture
def companion_set(tmp_path, pixels):
    """Files of one frame each, their pixels, and the companion file that describes them."""
    data = pixels(5, 8, 9)
    uuids = [f"urn:uuid:{t}" for t in range(5)]
    only = '<OME xmlns="{}" UUID="{}"><BinaryOnly MetadataFile="film.companion.ome" UUID="urn:uuid:own"/></OME>'
    for name, uuid, frame in zip(NAMES, uuids, data, strict=True):
        write(tmp_path / name, frame, only.format(OME, uuid))
    (tmp_path / "film.companion.ome").write_text(xml(NAMES, uuids))
    return tmp_path, data


@pytest.mark.parametrize("name", ["film.companion.ome", "film_3.ome.tif", ""], ids=["companion", "tiff", "folder"])
def test_a_companion_file_describes_all(companion_set, same, name):
    folder, data = companion_set
    movie = open_movie(folder / name)
    same(movie, data[:, None])
    assert (movie.pixel_size_um, movie.frame_interval_s) == (0.5, 60)


def test_a_companion_file_without_its_tiffs(companion_set):
    folder, _ = companion_set
    for name in NAMES:
        (folder / name).unlink()
    with pytest.raises(UserError, match=r"none of the TIFFs that it names is beside it \(film_0.ome.tif, film_3"):
        open_movie(folder / "film.companion.ome")


def test_a_companion_file_that_declares_entities(tmp_path):
    (tmp_path / "a.companion.ome").write_text(f'<!DOCTYPE a [<!ENTITY b "c">]><OME xmlns="{OME}"/>')
    with pytest.raises(UserError, match=r"a\.companion\.ome: its metadata declare entities of XML"):
        open_movie(tmp_path / "a.companion.ome")


def test_a_tiff_of_a_set_that_is_lost_is_not_a_stopped_acquisition(companion_set):
    folder, _ = companion_set
    (folder / NAMES[4]).unlink()
    with pytest.raises(UserError, match="frame 4 is missing or cut off"):
        open_movie(folder / "film.companion.ome")


def test_a_folder_of_tiffs_that_each_describe_all(tmp_path, pixels, same):
    data = pixels(5, 8, 9)
    uuids = [f"urn:uuid:{t}" for t in range(5)]
    for name, uuid, frame in zip(NAMES, uuids, data, strict=True):
        write(tmp_path / name, frame, xml(NAMES, uuids, own=uuid))
    same(open_movie(tmp_path), data[:, None])
    same(open_movie(tmp_path / NAMES[3]), data[:, None])


def test_a_file_that_was_renamed_holds_its_own_images(tmp_path, pixels, same):
    data = pixels(4, 8, 9)
    described = xml(["MMStack_Pos0.ome.tif"] * 4, ["urn:uuid:other"] * 4)
    for frame in range(4):
        described = described.replace(f'FirstT="{frame}" IFD="0"', f'FirstT="{frame}" IFD="{frame}"')
    write(tmp_path / "control_1.ome.tif", data, described)
    movie = open_movie(tmp_path / "control_1.ome.tif")
    same(movie, data[:, None])
    assert (movie.pixel_size_um, movie.frame_interval_s) == (0.5, 60)


def test_one_of_several_files_that_were_renamed_is_refused(tmp_path, pixels):
    described = xml(["a.ome.tif", "b.ome.tif"], ["urn:uuid:a", "urn:uuid:b"])
    write(tmp_path / "c.ome.tif", pixels(8, 9), described)
    with pytest.raises(UserError, match=r"c\.ome\.tif"):
        open_movie(tmp_path / "c.ome.tif")


@pytest.mark.parametrize("position", ["Sequence:2", "1"])
def test_a_set_of_several_sequences(shared_data, tmp_path, position):
    """Real files, of which only the first has the metadata."""
    with zipfile.ZipFile(shared_data / "formats" / "ome-tiff" / "TSeries-camp-005.zip") as file:
        file.extractall(tmp_path)
    (last,) = tmp_path.rglob("*Cycle00003_Ch2_000004.ome.tif")
    movie = open_movie(last, position)
    assert (movie.shape, movie.channel_names) == ((4, 2, 128, 128), ("Ch1", "Ch2"))
    assert (movie.pixel_size_um, movie.times_s) == (4.05296, (0, 1.31503, 2.63005, 3.94508))
    assert movie.read(2)[1].sum(dtype=np.int64) == 200972
