"""Annotated frames: which pixels are known, which frames are complete, and what is wrong with a sheet."""

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.model import Normalization
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
    (frame,) = read_annotations("sheet.tsv", Normalization())
    assert frame.complete is expected
    assert frame.known.all() == expected
    assert abs(frame.diameter_px - 22) < 1.5


def test_frames_and_their_use(tmp_path):
    image, truth = scene()
    for number in (3, 4, 7, 12):
        write(tmp_path / "01", f"t{number:03}.tif", image)
        write(tmp_path / "SEG", f"man_seg{number:03}.tif", truth)
    say(tmp_path, "yes", frames="3-5, 12", use="validate", pixel_size_um="0.65")
    frames = read_annotations(tmp_path / "sheet.tsv", Normalization())
    assert [frame.name[-7:] for frame in frames] == ["003.tif", "004.tif", "012.tif"]
    assert all(frame.validate and frame.pixel_size_um == 0.65 for frame in frames)
    assert {frame.source for frame in frames} == {str(tmp_path / "SEG")}
    say(tmp_path, "yes")
    frames = read_annotations(tmp_path / "sheet.tsv", Normalization())
    assert len(frames) == 4
    assert not any(frame.validate or frame.pixel_size_um for frame in frames)


def test_at_the_border_only_what_is_annotated_is_known(tmp_path):
    image, truth = scene()
    truth[40, :] = np.where(truth[40], truth[40], 9)  # a cell that reaches both edges
    write(tmp_path / "01", "t003.tif", image)
    write(tmp_path / "SEG", "man_seg003.tif", truth)
    say(tmp_path, "yes", border_px="10")
    (frame,) = read_annotations(tmp_path / "sheet.tsv", Normalization())
    expected = np.zeros(truth.shape, bool)
    expected[10:70, 10:110] = True
    np.testing.assert_array_equal(frame.known, expected | (truth > 0))
    say(tmp_path, "yes", border_px="0.5")  # a band is at least a pixel wide
    (frame,) = read_annotations(tmp_path / "sheet.tsv", Normalization())
    assert frame.known[1:-1, 1:-1].all()
    assert not frame.known[0, 5]


def test_a_frame_with_a_marker_but_no_mask_is_not_complete(tmp_path):
    image, truth = scene()
    write(tmp_path / "01", "t003.tif", image)
    write(tmp_path / "SEG", "man_seg003.tif", np.where(truth == 3, 0, truth).astype(np.uint16))
    write(tmp_path / "TRA", "man_track003.tif", truth)
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text(f"images\tlabels\tmarkers\n{tmp_path}/01\t{tmp_path}/SEG\t{tmp_path}/TRA\n")
    assert not read_annotations(sheet, Normalization())[0].complete


def test_quantiles_are_those_of_the_whole_folder(tmp_path):
    image, truth = scene()
    write(tmp_path / "01", "t000.tif", image)
    write(tmp_path / "01", "t001.tif", image * 3)
    write(tmp_path / "SEG", "man_seg000.tif", truth)
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text(f"images\tlabels\n{tmp_path}/01\t{tmp_path}/SEG\n")
    (frame,) = read_annotations(sheet, Normalization(gamma=1.0))
    low, high = np.percentile(np.stack([image, image * 3]), (1.0, 99.8), method="inverted_cdf")
    np.testing.assert_allclose(frame.image, np.maximum((image.astype(float) - low) / (high - low), 0), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "sheet.tsv").unlink(), "cannot be read"),
        (lambda folder: (folder / "sheet.tsv").write_text("a\tb\n1\t2\n"), "columns are images, labels"),
        (lambda folder: say(folder, "yes", frames="7"), "has no annotated frame of 7"),
        (lambda folder: say(folder, "yes", frames="3-x"), "found '3-x'; expected numbers and ranges"),
        (lambda folder: say(folder, "yes", use="test"), "found 'test'; allowed are train and validate"),
        (lambda folder: say(folder, "yes", pixel_size_um="-1"), "pixel_size_um: found '-1'; expected a number above 0"),
        (lambda folder: say(folder, "yes", movie=str(folder / "none.zarr")), "none.zarr"),
        (lambda folder: (folder / "01" / "t003.tif").rename(folder / "01" / "t009.tif"), "has the number 3"),
        (lambda folder: (folder / "01" / "t003.tif").write_bytes(b"nothing"), "not a readable TIFF"),
        (lambda folder: write(folder / "SEG", "man_seg003.tif", np.zeros((9, 9), np.uint16)), r"shape \(9, 9\)"),
        (lambda folder: say(folder, "maybe"), "found 'maybe'; allowed are yes, no, auto"),
        (lambda folder: (folder / "sheet.tsv").write_text("images\tlabels\n01\n"), "without images or labels"),
        (lambda folder: (folder / "SEG" / "man_seg003.tif").unlink(), "no numbered TIFF frames"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, change, message):
    image, truth = scene()
    write(tmp_path / "01", "t003.tif", image)
    write(tmp_path / "SEG", "man_seg003.tif", truth)
    (tmp_path / "sheet.tsv").write_text(f"images\tlabels\n{tmp_path}/01\t{tmp_path}/SEG\n")
    change(tmp_path)
    with pytest.raises(UserError, match=message):
        read_annotations(tmp_path / "sheet.tsv", Normalization())
