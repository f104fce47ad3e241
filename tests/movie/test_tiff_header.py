"""Headers of TIFFs that say what cannot be: refused quickly, with a sentence, before anything is allocated."""

import re
import struct
import tracemalloc

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.opening import movie_shape

OME = (
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
    'DimensionOrder="XYCZT" Type="uint16" SizeX="9" SizeY="8" SizeC="1" SizeZ="1" SizeT="{n_frames}">'
    '<TiffData IFD="0" PlaneCount="{n_planes}"/></Pixels></Image></OME>'
)


def write(path, description=None, n_images=3, **how):
    """Write images of 8 x 9 pixels, described as `description` says."""
    tifffile.imwrite(
        path,
        np.ones((n_images, 8, 9), "uint16"),
        metadata=None,
        description=description,
        photometric="minisblack",
        **how,
    )
    return path


def overwrite(path, code, value, dtype=None):
    """Replace the value of a tag in all images."""
    with tifffile.TiffFile(path, mode="r+b") as tif:
        for page in tif.pages:
            page.tags[code].overwrite(value, dtype=dtype)
    return path


def refused(path) -> str:
    """What is said of a movie that is refused, with little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(UserError) as caught:
            movie_shape(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("bigtiff", [False, True], ids=["classic", "big"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize(
    ("code", "value", "dtype", "found"),
    [
        pytest.param(
            256,
            0,
            None,
            "images are 0 x 8 pixels",
            marks=pytest.mark.case("raw data", "a header of images without pixels"),
        ),
        (257, 0, None, "images are 9 x 0 pixels"),
        (258, 0, None, "of 1 samples of 0 bits"),
        pytest.param(
            258,
            128,
            None,
            "of 1 samples of 128 bits; expected at least one pixel, of 1 to 64 bits",
            marks=pytest.mark.case("raw data", "a header of 128 bits a sample"),
        ),
        (258, "sixteen", "s", "of 1 samples of 0 bits"),
        pytest.param(
            256,
            2**31,
            None,
            "an image has 1.71799e+10 pixels; expected at most 1073741824 (32768 x 32768)",
            marks=pytest.mark.case("raw data", "a header of images larger than any memory"),
        ),
    ],
)
def test_images_that_can_be_none(tmp_path, bigtiff, byteorder, code, value, dtype, found):
    path = write(tmp_path / "m.tif", bigtiff=bigtiff, byteorder=byteorder)
    assert found in refused(overwrite(path, code, value, dtype))


@pytest.mark.case("raw data", "a description of a thousand million frames")
@pytest.mark.parametrize(
    "said", ['{{"shape": [{}, 8, 9]}}', "ImageJ=1.53t\nimages={0}\nframes={0}\n", OME.format(n_frames="{}", n_planes=1)]
)
@pytest.mark.parametrize("n_said", [10**9, 50_000])
def test_a_description_of_more_images_than_the_file_holds(tmp_path, said, n_said):
    path = write(tmp_path / "m.ome.tif", said.format(n_said), n_images=1)
    assert re.search(
        r"expected at most 1000000|frame 1 is missing or cut off|others than its description speaks of", refused(path)
    )


@pytest.mark.case("raw data", "OME metadata of no frames")
@pytest.mark.parametrize("n_frames", [0, -1])
def test_ome_metadata_of_no_frames(tmp_path, n_frames):
    path = write(tmp_path / "m.ome.tif", OME.format(n_frames=n_frames, n_planes=3))
    assert f"its OME metadata say that an image has the size T {n_frames} x C 1 x Z 1 x Y 8 x X 9" in refused(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<TiffData ", '<TiffData IFD="0" PlaneCount="999999"/>' * 2 + "<TiffData "),
        ("</OME>", OME.format(n_frames=10**6, n_planes=1).partition(">")[2]),
        (
            "</OME>",
            '<StructuredAnnotations><A><V><M><AlongT Start="0" End="1e12"/></M></V></A></StructuredAnnotations></OME>',
        ),
    ],
    ids=["planes", "images", "modulo"],
)
def test_ome_metadata_of_more_than_can_be_there(tmp_path, old, new):
    path = write(tmp_path / "m.ome.tif", OME.format(n_frames=3, n_planes=3).replace(old, new))
    assert "images; expected at most 1000000" in refused(path)


@pytest.mark.case("raw data", "OME metadata that declare entities of XML")
@pytest.mark.parametrize("kind", ['<!ENTITY a "b">', '<!ENTITY a SYSTEM "file:///etc/hostname">', ""])
def test_entities_are_never_read(tmp_path, kind, monkeypatch):
    xml = OME.format(n_frames=3, n_planes=3)
    path = write(tmp_path / "m.ome.tif", f"<!DOCTYPE OME [{kind}]>{xml}")
    monkeypatch.setattr("xml.etree.ElementTree.fromstring", lambda text: pytest.fail("it was parsed"))
    assert "its metadata declare entities of XML (<!DOCTYPE ...>), which are not read" in refused(path)


@pytest.mark.parametrize("bigtiff", [False, True], ids=["classic", "big"])
@pytest.mark.parametrize(
    ("after_last", "found"),
    [
        pytest.param(
            0,
            "its list of images leads back from image 2 to another",
            marks=pytest.mark.case("raw data", "a list of images that leads back to its start"),
        ),
        (10**6, "is cut off after image 2"),
    ],
)
def test_a_list_of_images_that_leads_elsewhere(tmp_path, bigtiff, after_last, found):
    path = write(tmp_path / "m.tif", bigtiff=bigtiff)
    with tifffile.TiffFile(path) as tif:
        assert len(tif.pages) == 3
        first, place = tif.pages[0].offset, tif.pages.next_page_offset
    data = bytearray(path.read_bytes())
    struct.pack_into("<Q" if bigtiff else "<I", data, place, after_last or first)
    path.write_bytes(data)
    assert found in refused(path)


def test_a_list_of_images_that_is_cut_in_the_middle(tmp_path):
    path = write(tmp_path / "m.tif", bigtiff=True)
    with tifffile.TiffFile(path) as tif:
        cut = tif.pages[1].offset + 20
    path.write_bytes(path.read_bytes()[:cut])
    assert "is cut off after image 0" in refused(path)
