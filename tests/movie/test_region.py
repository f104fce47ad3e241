"""The region of a movie: rectangles, masks and ROIs to pixels, and mistakes in them."""

import zipfile

import numpy as np
import pytest
import tifffile
from imagecodecs import png_encode
from roifile import ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_ROIS_BYTES
from sidewinder.movie.region import open_region

SHAPE = (40, 60)


def painted(rows, columns):
    inside = np.zeros(SHAPE, dtype=bool)
    inside[rows, columns] = True
    return inside


def of_kind(kind, left=5, top=10, right=25, bottom=30, **more):
    return ImagejRoi(roitype=kind, left=left, top=top, right=right, bottom=bottom, **more).tobytes()


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A function that writes what a file holds, or a RoiSet of several, and gives its name."""
    monkeypatch.chdir(tmp_path)

    def write(name, content):
        if isinstance(content, dict):
            with zipfile.ZipFile(name, "w") as archive:
                for member, bytes_of in content.items():
                    archive.writestr(member, bytes_of)
        else:
            (tmp_path / name).write_bytes(content)
        return name

    return write


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32"])
def test_a_mask_is_zero_outside(written, dtype):
    inside = painted(slice(3, 20), slice(10, 50))
    values = inside.astype(dtype) * (1 if dtype == "bool" else 255)
    tifffile.imwrite("m.tif", values)
    assert np.array_equal(open_region("m.tif", SHAPE), inside)
    if dtype == "uint8":
        assert np.array_equal(open_region(written("m.png", png_encode(values)), SHAPE), inside)


def test_a_rectangle_ends_before_its_last_number():
    assert np.array_equal(open_region("3:20, 10:60", SHAPE), painted(slice(3, 20), slice(10, 60)))


def test_rois_cover_the_pixels_that_imagej_fills(written):
    # ImageJ counts from corners: this rectangle fills the rows 10 to 29 and the columns 5 to 24
    square = painted(slice(10, 30), slice(5, 25))
    assert np.array_equal(open_region(written("r.roi", of_kind(ROI_TYPE.RECT)), SHAPE), square)
    corners = np.array([[5, 10], [25, 10], [25, 30], [5, 30]])
    outline = ImagejRoi.frompoints(corners)
    assert np.array_equal(open_region(written("p.roi", outline.tobytes()), SHAPE), square)
    rows, columns = np.mgrid[:40, :60]
    disc = (rows - 19.5) ** 2 + (columns - 14.5) ** 2 < 100
    assert np.array_equal(open_region(written("o.roi", of_kind(ROI_TYPE.OVAL)), SHAPE), disc)


def test_rois_of_a_set_are_one_region_and_end_at_the_frame(written):
    beyond = of_kind(ROI_TYPE.RECT, left=50, top=35, right=90, bottom=80)
    name = written("RoiSet.zip", {"a.roi": of_kind(ROI_TYPE.RECT), "b.roi": beyond})
    expected = painted(slice(10, 30), slice(5, 25)) | painted(slice(35, 40), slice(50, 60))
    assert np.array_equal(open_region(name, SHAPE), expected)


def test_an_outline_inside_of_another_is_a_hole(written):
    # moves to a corner, lines to the others, and closes; the second is inside of the first
    path = [(5, 10, 25, 30), (10, 15, 20, 25)]
    numbers = []
    for left, top, right, bottom in path:
        numbers += [0, left, top, 1, right, top, 1, right, bottom, 1, left, bottom, 4]
    shape = ImagejRoi(
        roitype=ROI_TYPE.RECT, left=5, top=10, right=25, bottom=30,
        shape_roi_size=len(numbers), multi_coordinates=np.array(numbers, np.float32),
    )  # fmt: skip
    ring = painted(slice(10, 30), slice(5, 25)) & ~painted(slice(15, 25), slice(10, 20))
    assert np.array_equal(open_region(written("s.roi", shape.tobytes()), SHAPE), ring)


class TestMistakesAreNamed:
    @pytest.mark.parametrize("region", ["0:41,0:60", "0:40,0:61", "5:5,0:9"])
    def test_a_rectangle_that_is_not_in_the_frame(self, region):
        with pytest.raises(UserError, match=r"40 x 60 px \(height x width\); the whole frame is 0:40,0:60"):
            open_region(region, SHAPE)

    def test_masks_of_another_shape_or_without_a_pixel_or_of_several_images(self, written):
        for name, values, said in (
            (
                "other.tif",
                np.ones((60, 40), "uint8"),
                "the mask is 60 x 40 px .* but the movie's frames are 40 x 60 px",
            ),
            ("empty.tif", np.zeros(SHAPE, "uint8"), "all pixels of the mask are 0"),
            ("many.tif", np.ones((5, *SHAPE), "uint8"), "has 5 images; expected one mask"),
        ):
            tifffile.imwrite(name, values, photometric="minisblack")
            with pytest.raises(UserError, match=f"{name}: {said}"):
                open_region(name, SHAPE)
        with pytest.raises(UserError, match="none.tif: no such file"):
            open_region("none.tif", SHAPE)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (of_kind(ROI_TYPE.LINE), "is a ROI of the kind line, which has no area; draw a rectangle"),
            (of_kind(ROI_TYPE.POINT), "is a ROI of the kind point, which has no area"),
            (of_kind(ROI_TYPE.RECT, subtype=ROI_SUBTYPE.TEXT), "is a ROI of the kind text, which has no area"),
            (of_kind(ROI_TYPE.RECT, right=5), "covers no pixel of the movie's frames, which are 40 x 60 px"),
            (of_kind(ROI_TYPE.RECT, left=60, right=90), "covers no pixel"),
            (b"no ROI at all", "cannot be read as a ROI of ImageJ"),
            (b"", "cannot be read as a ROI of ImageJ"),
        ],
    )
    def test_rois_without_area_or_that_are_none(self, written, content, said):
        with pytest.raises(UserError, match=f"RoiSet.zip, 2.roi: {said}"):
            open_region(written("RoiSet.zip", {"1.roi": of_kind(ROI_TYPE.RECT), "2.roi": content}), SHAPE)
        with pytest.raises(UserError, match=f"one.roi: {said}"):
            open_region(written("one.roi", content), SHAPE)

    def test_sets_without_rois_and_of_gigabytes(self, written):
        with pytest.raises(UserError, match=r"RoiSet.zip: holds no ROI \(\*.roi\)"):
            open_region(written("RoiSet.zip", {"notes.txt": b""}), SHAPE)
        with zipfile.ZipFile("large.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.roi", bytes(LARGEST_ROIS_BYTES + 1))
        with pytest.raises(UserError, match="large.zip: holds 67,108,865 bytes of ROIs; 67,108,864 are allowed"):
            open_region("large.zip", SHAPE)
