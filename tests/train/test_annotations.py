"""Annotated frames: which pixels are known, which frames are complete, and what is wrong with a sheet."""

import re
from dataclasses import fields
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from sidewinder.annotation_sheet import ANNOTATIONS, AnnotationRow, read_annotation_sheet
from sidewinder.errors import UserError
from sidewinder.normalization import ByBackground, ByQuantiles
from sidewinder.store import write_image
from sidewinder.train.annotations import KNOWN_BAND_PX, known_pixels, read_annotations


def scene():
    """Two bright touching disks and a third one apart on a dark background."""
    y, x = np.indices((80, 120))
    centres = [(40, 30), (40, 52), (40, 95)]
    truth = np.zeros((80, 120), np.uint16)
    for label, (cy, cx) in enumerate(centres, start=1):
        truth[np.hypot(y - cy, x - cx) <= 11] = label
    image = np.where(truth > 0, 1000, 100) + np.random.default_rng(0).integers(0, 20, truth.shape)
    return image.astype(np.uint16), truth


def write(folder, name, array):
    folder.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(folder / name, array)


def say(folder, complete, **cells):
    """A sheet of one row."""
    cells = {"images": folder / "01", "labels": folder / "SEG", "complete": complete} | cells
    lines = ("\t".join(map(str, line)) for line in (cells.keys(), cells.values()))
    (folder / "sheet.tsv").write_text("\n".join(lines) + "\n")


def preprocessed(path, frames):
    """A movie as `preprocess` leaves it, whose second channel has these frames, and the quantiles of that one."""
    quantiles = {"1": 150.0, "99.8": 2900.0}
    statistics = [
        {"channel": "a", "quantiles": dict.fromkeys(quantiles, 0.0)},
        {"channel": "b", "quantiles": quantiles},
    ]
    write_image(
        path, [np.stack([frame * 0, frame]) for frame in frames], n_frames=len(frames), shape_cyx=(2, *frames[0].shape),
        dtype=frames[0].dtype, pixel_size_um=0.5, frame_interval_s=None, channel_names=("a", "b"),
        attributes={"statistics": statistics},
    )  # fmt: skip
    return path, quantiles


def cut(path):
    """As a copy that did not end."""
    path.write_bytes(path.read_bytes()[:-5000])


def with_a_pixel(value):
    image = scene()[0].astype(np.float64)
    image[3, 4] = value
    return image


def test_an_unlabelled_neighbour_is_not_called_background():
    image, truth = scene()
    known = known_pixels(image.astype(np.float32), np.where(truth == 1, 1, 0))
    assert known[truth == 1].all()
    # the touching cell that nobody annotated, but for the pixel or two of blur between them
    assert known[truth == 2].mean() < 0.05
    assert not known[truth == 3].any()
    # background beside the annotated cell is known, far away it is not
    assert known[40, 30 - 11 - KNOWN_BAND_PX + 2]
    assert not known[40, 5]
    assert not known[5, 60]


@pytest.mark.parametrize(
    ("complete", "markers", "expected"),
    [("yes", False, True), ("no", True, False), ("auto", True, True), ("auto", False, False), ("3,7", False, True)],
)
def test_which_frames_are_complete(tmp_path, monkeypatch, complete, markers, expected):
    monkeypatch.chdir(tmp_path)
    image, truth = scene()
    write(tmp_path / "01", "t003.tif", image)
    write(tmp_path / "SEG", "man_seg003.tif", truth)
    write(tmp_path / "TRA", "man_track003.tif", truth)
    (tmp_path / "sheet.tsv").write_text(
        f"# mine\nimages\tlabels\tmarkers\tcomplete\n01\tSEG\t{'TRA' if markers else ''}\t{complete}\n"
    )
    (frame,) = read_annotations("sheet.tsv", ByQuantiles())
    assert frame.complete is expected
    assert frame.known.all() == expected
    assert abs(frame.diameter_px - 22) < 1.5


@pytest.mark.parametrize("stills", ["yes", ""])
def test_stills_are_normalised_each_by_its_own_background(tmp_path, stills):
    image, truth = scene()
    images = [np.rint(image).astype(np.uint16), np.rint(3 * image + 500).astype(np.uint16)]
    (tmp_path / "01").mkdir()
    for number, one in enumerate(images):
        imagecodecs.imwrite(tmp_path / "01" / f"t{number}.png", one)
        write(tmp_path / "SEG", f"man_seg{number}.tif", truth)
    (tmp_path / "sheet.tsv").write_text(
        f"images\tlabels\tcomplete\tstills\n{tmp_path / '01'}\t{tmp_path / 'SEG'}\tyes\t{stills}\n"
    )
    by = ByBackground()
    for frame, one in zip(read_annotations(tmp_path / "sheet.tsv", by), images, strict=True):
        limits = by.limits_of(one if stills else np.stack(images))
        np.testing.assert_allclose(frame.image, by.apply(one, *limits), atol=1e-6)


def test_a_coloured_png_is_refused(tmp_path):
    image, truth = scene()
    (tmp_path / "01").mkdir()
    coloured = np.random.default_rng(0).integers(0, 255, (*truth.shape, 3), dtype=np.uint8)
    imagecodecs.imwrite(tmp_path / "01" / "t003.png", coloured)
    write(tmp_path / "SEG", "man_seg003.tif", truth)
    say(tmp_path, "yes")
    with pytest.raises(UserError, match=r"t003\.png"):
        read_annotations(tmp_path / "sheet.tsv", ByBackground())


def test_frames_and_their_use(tmp_path):
    image, truth = scene()
    for number in (3, 4, 7, 12):
        write(tmp_path / "01", f"t{number:03}.tif", image)
        write(tmp_path / "SEG", f"man_seg{number:03}.tif", truth)
    say(tmp_path, "yes", frames="3-5, 12", use="validate", pixel_size_um="0.65")
    frames = read_annotations(tmp_path / "sheet.tsv", ByQuantiles())
    assert [frame.name[-7:] for frame in frames] == ["003.tif", "004.tif", "012.tif"]
    assert all(frame.validate and frame.pixel_size_um == 0.65 for frame in frames)
    assert {frame.source for frame in frames} == {str(tmp_path / "SEG")}
    say(tmp_path, "yes")
    frames = read_annotations(tmp_path / "sheet.tsv", ByQuantiles())
    assert len(frames) == 4
    assert not any(frame.validate or frame.pixel_size_um for frame in frames)


def test_at_the_border_only_what_is_annotated_is_known(tmp_path):
    image, truth = scene()
    truth[40, :] = np.where(truth[40], truth[40], 9)  # a cell that reaches both edges
    write(tmp_path / "01", "t003.tif", image)
    write(tmp_path / "SEG", "man_seg003.tif", truth)
    say(tmp_path, "yes", border_px="10")
    (frame,) = read_annotations(tmp_path / "sheet.tsv", ByQuantiles())
    expected = np.zeros(truth.shape, bool)
    expected[10:70, 10:110] = True
    np.testing.assert_array_equal(frame.known, expected | (truth > 0))
    say(tmp_path, "yes", border_px="0.5")  # a band is at least a pixel wide
    (frame,) = read_annotations(tmp_path / "sheet.tsv", ByQuantiles())
    assert frame.known[1:-1, 1:-1].all()
    assert not frame.known[0, 5]


def test_a_frame_with_a_marker_but_no_mask_is_not_complete(tmp_path):
    image, truth = scene()
    write(tmp_path / "01", "t003.tif", image)
    write(tmp_path / "SEG", "man_seg003.tif", np.where(truth == 3, 0, truth).astype(np.uint16))
    write(tmp_path / "TRA", "man_track003.tif", truth)
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text(f"images\tlabels\tmarkers\n{tmp_path}/01\t{tmp_path}/SEG\t{tmp_path}/TRA\n")
    assert not read_annotations(sheet, ByQuantiles())[0].complete


def test_quantiles_are_those_of_the_whole_folder(tmp_path):
    image, truth = scene()
    write(tmp_path / "01", "t000.tif", image)
    write(tmp_path / "01", "t001.tif", image * 3)
    write(tmp_path / "SEG", "man_seg000.tif", truth)
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text(f"images\tlabels\n{tmp_path}/01\t{tmp_path}/SEG\n")
    (frame,) = read_annotations(sheet, ByQuantiles(gamma=1.0))
    low, high = np.percentile(np.stack([image, image * 3]), (1.0, 99.8), method="inverted_cdf")
    np.testing.assert_allclose(frame.image, np.maximum((image.astype(float) - low) / (high - low), 0), atol=1e-5)


def test_frames_of_a_preprocessed_movie_with_corrected_masks(tmp_path):
    image, truth = scene()
    movie, quantiles = preprocessed(tmp_path / "image.ome.zarr", [image, image * 3, image * 2])
    for number in range(3):
        write(tmp_path / "ctc", f"mask{number:03d}.tif", truth if number else np.zeros_like(truth))
    (tmp_path / "ctc" / "res_track.txt").write_text("1 1 2 0\n")
    cells = {"images": movie, "labels": tmp_path / "ctc", "frames": "1-2", "channel": "b"}
    say(tmp_path, "yes", **cells)
    frames = read_annotations(tmp_path / "sheet.tsv", ByQuantiles(gamma=1.0))
    assert [Path(frame.name).name for frame in frames] == ["mask001.tif", "mask002.tif"]
    low, high = quantiles["1"], quantiles["99.8"]
    for frame, grey in zip(frames, (image * 3, image * 2), strict=True):
        np.testing.assert_array_equal(frame.labels, truth)
        np.testing.assert_allclose(frame.image, np.maximum((grey.astype(float) - low) / (high - low), 0), atol=1e-5)
        assert frame.complete
        assert frame.pixel_size_um == 0.5
    write(tmp_path / "ctc", "mask003.tif", truth)
    say(tmp_path, "yes", **cells | {"frames": "3"})
    with pytest.raises(UserError, match=r"mask003.tif: no image in .*image.ome.zarr has the number 3"):
        read_annotations(tmp_path / "sheet.tsv", ByQuantiles())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\n1\t2\n", "line 1: the column 'a' is not known; known are images, labels, markers"),
        ("images\tlabels\n01\n", "line 2: 1 fields, but the header has 2 columns"),
        ("images\tlabels\n", "has a header but no folders: add a row for each folder"),
        pytest.param(
            "images\tlabels\n01\t01\n",
            "line 2, column labels: '01' is the folder of the images, too; labels have one",
            marks=pytest.mark.case("annotations", "images and labels in one folder"),
        ),
        ("", "is empty: it needs a header (images, labels, ...) and a row for each folder"),
        ("images\tLabels\n", "line 1: the column 'Labels' is not known; did you mean 'labels'?"),
        (None, "does not exist (looked for in "),
        (None, "; name it with train.annotations=<sheet>"),
    ],
)
def test_a_wrong_sheet_is_named_with_what_to_do(tmp_path, text, message):
    if text is not None:
        (tmp_path / "sheet.tsv").write_text(text)
    with pytest.raises(UserError, match=re.escape(message)):
        read_annotations(tmp_path / "sheet.tsv", ByQuantiles())


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        pytest.param(
            "frames",
            "3-x",
            "found '3-x'; allowed is numbers of frames and ranges of them, such as 0-49,60",
            marks=pytest.mark.case("annotations", "frames that are no numbers"),
        ),
        ("frames", "9" * 5000, "found '9999"),
        ("use", "test", "found 'test'; allowed is train or validate"),
        ("pixel_size_um", "-1", "found '-1'; allowed is a number of micrometres above 0"),
        ("pixel_size_um", "0,5", "write 0.5, with a point"),
        ("images", "", "the cell is empty; allowed is the path of a folder of numbered TIFF or PNG frames"),
        ("complete", "maybe", "found 'maybe'; allowed is yes, no, auto, or the numbers"),
    ],
)
def test_a_wrong_cell_is_named_with_what_is_allowed(tmp_path, column, text, message):
    say(tmp_path, **{"complete": "yes", column: text})
    with pytest.raises(UserError, match=rf"sheet\.tsv, line 2, column {column}: .*{re.escape(message)}"):
        read_annotations(tmp_path / "sheet.tsv", ByQuantiles())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda folder: say(folder, "yes", frames="7"),
            "line 2, column frames: .* has no annotated frame of 7",
            marks=pytest.mark.case("annotations", "a frame that is not annotated"),
        ),
        (lambda folder: say(folder, "yes", movie=str(folder / "none.zarr")), "none.zarr"),
        (lambda folder: (folder / "01" / "t003.tif").rename(folder / "01" / "t009.tif"), "has the number 3"),
        (lambda folder: (folder / "01" / "t003.tif").write_bytes(b"nothing"), "not a readable TIFF"),
        pytest.param(
            lambda folder: write(folder / "SEG", "man_seg003.tif", np.zeros((9, 9), np.uint16)),
            r"shape \(9, 9\)",
            marks=pytest.mark.case("annotations", "a label image of another size"),
        ),
        (lambda folder: (folder / "SEG" / "man_seg003.tif").unlink(), "no numbered TIFF frames"),
        pytest.param(
            lambda folder: cut(folder / "SEG" / "man_seg003.tif"),
            "man_seg003.tif: not a readable TIFF",
            marks=pytest.mark.case("annotations", "a label image is cut off"),
        ),
        (lambda folder: cut(folder / "01" / "t003.tif"), "t003.tif: not a readable TIFF"),
        pytest.param(
            lambda folder: write(folder / "SEG", "man_seg003.tif", (scene()[1] > 0) * np.float32(0.9)),
            "man_seg003.tif: labels are whole numbers from 0, found 0 to 0.9; save label images, not prob",
            marks=pytest.mark.case("annotations", "probabilities saved as labels"),
        ),
        pytest.param(
            lambda folder: write(folder / "SEG", "man_seg003.tif", np.zeros((80, 120, 3), np.uint8)),
            r"man_seg003.tif: a frame of shape \(80, 120, 3\) and type uint8; expected one image",
            marks=pytest.mark.case("annotations", "a colour picture saved as labels"),
        ),
        pytest.param(
            lambda folder: write(
                folder / "SEG", "man_seg003.tif", np.uint8(255) * (np.indices((80, 120)) % 20 > 9).all(0)
            ),
            "man_seg003.tif: its labels, 1 different numbers, are in 24 pieces, as in a picture, or in a mask",
            marks=pytest.mark.case("annotations", "a mask of foreground and background saved as labels"),
        ),
        pytest.param(
            lambda folder: write(folder / "01", "t003.tif", with_a_pixel(np.nan)),
            "t003.tif: 1 of 9600 pixels are NaN",
            marks=pytest.mark.case("annotations", "an image with NaN"),
        ),
        (lambda folder: write(folder / "01", "t003.tif", with_a_pixel(1e300)), "t003.tif: 1 of 9600 pixels are NaN"),
        pytest.param(
            lambda folder: write(folder / "01", "wild_t003.tif", scene()[0]),
            "t003.tif and wild_t003.tif have the same number, 3",
            marks=pytest.mark.case("annotations", "two images of the same number"),
        ),
        (
            lambda folder: write(folder / "SEG", "a3.tif", scene()[1]),
            "a3.tif and man_seg003.tif have the same number, 3",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, change, message):
    image, truth = scene()
    write(tmp_path / "01", "t003.tif", image)
    write(tmp_path / "SEG", "man_seg003.tif", truth)
    (tmp_path / "sheet.tsv").write_text(f"images\tlabels\n{tmp_path}/01\t{tmp_path}/SEG\n")
    change(tmp_path)
    with pytest.raises(UserError, match=message):
        read_annotations(tmp_path / "sheet.tsv", ByQuantiles())


def test_labels_that_are_large_numbers_are_counted_anew(tmp_path):
    image, truth = scene()
    write(tmp_path / "01", "t003.tif", image)
    write(tmp_path / "SEG", "man_seg003.tif", truth.astype(np.uint32) * 600_000_000)
    say(tmp_path, "yes")
    (frame,) = read_annotations(tmp_path / "sheet.tsv", ByQuantiles())
    np.testing.assert_array_equal(frame.labels, truth)
    assert list(frame.boxes) == [1, 2, 3]


def test_all_that_is_wrong_with_a_sheet_is_reported(tmp_path):
    (tmp_path / "sheet.tsv").write_text("images\tlabels\tuse\tborder_px\n# mine\na\tb\ttest\t1e999\n\t\ttrain\t\n")
    with pytest.raises(UserError) as caught:
        read_annotation_sheet(tmp_path / "sheet.tsv")
    sheet = tmp_path / "sheet.tsv"
    assert str(caught.value).split("\n") == [
        f"{sheet}, line 3, column border_px: found '1e999'; allowed is a number of pixels above 0 and up to 100000",
        f"{sheet}, line 3, column use: found 'test'; allowed is train or validate",
        f"{sheet}, line 4, column images: the cell is empty; allowed is the path of a folder of numbered TIFF or PNG "
        "frames, or of a preprocessed movie, such as results/work/a/image.ome.zarr",
        f"{sheet}, line 4, column labels: the cell is empty; allowed is the path of a folder of numbered label images",
    ]


def test_the_sheets_of_the_checkout_are_right(checkout):
    sheets = list((checkout / "config" / "training").glob("*.tsv"))
    assert sheets
    for sheet in sheets:
        read_annotation_sheet(sheet)


def test_the_columns_are_those_of_the_row_and_documented(checkout):
    columns = [field.name for field in fields(AnnotationRow)][1:]
    assert list(ANNOTATIONS.columns) == columns
    table = (checkout / "docs" / "training.md").read_text().split("| column | |")[1].split("\n\n")[0]
    documented = [
        name for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall("`(.+?)`", cell)
    ]
    assert documented == columns
