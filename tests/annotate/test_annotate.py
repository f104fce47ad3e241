"""The job: regions out, corrected ones back, mistakes named, nothing lost."""

import numpy as np
import pytest
import tifffile

from sidewinder.annotate import annotate, movies_of_blocks
from sidewinder.annotate import folder as files
from sidewinder.annotate.folder import read_regions
from sidewinder.annotate.run import MovieFiles
from sidewinder.errors import UserError
from sidewinder.normalization import ByQuantiles
from sidewinder.store import write_image, write_stack
from sidewinder.train.annotations import read_annotations

SHAPE = (128, 160)


@pytest.fixture
def movie(tmp_path) -> MovieFiles:
    """Four frames in two blocks of two channels; the model is uncertain in one corner of frame 3."""
    rng = np.random.default_rng(0)
    image = rng.integers(100, 900, (4, 2, *SHAPE)).astype(np.uint16)
    image[:, 1] += 1000
    statistics = [
        {"channel": name, "quantiles": {"1": 100.0 + 1000 * index, "99.8": 900.0 + 1000 * index}}
        for index, name in enumerate("ab")
    ]
    write_image(
        tmp_path / "image.ome.zarr", iter(image), n_frames=4, shape_cyx=(2, *SHAPE), dtype=np.uint16, pixel_size_um=0.5,
        frame_interval_s=None, channel_names=("a", "b"), attributes={"statistics": statistics},
    )  # fmt: skip
    labels = np.zeros((4, *SHAPE), np.uint32)
    labels[:, 70:90, 100:130] = 7
    labels[:, 70:90, 130:150] = 9
    uncertainty = np.full((4, 4, 5), 5, np.uint8)
    uncertainty[3, 2:4, 3:5] = 250
    for block in (0, 1):
        here = slice(2 * block, 2 * block + 2)
        write_stack(
            tmp_path / f"labels-{block}.zarr", iter(labels[here]), n_frames=2, frame_shape=SHAPE, dtype=np.uint32,
            attributes={"first_frame": 2 * block, "n_frames": 2, "block": block, "n_blocks": 2},
        )  # fmt: skip
        np.save(tmp_path / f"uncertainty-{block}.npy", uncertainty[here])
    stores = [tuple(tmp_path / f"{name}-{block}" for block in (0, 1)) for name in ("labels", "uncertainty")]
    labels_of, uncertainty_of = (
        tuple(path.with_suffix(end) for path in paths) for paths, end in zip(stores, (".zarr", ".npy"), strict=True)
    )
    return MovieFiles(tmp_path / "image.ome.zarr", "b", labels_of, uncertainty_of)


def run(movie, folder, n_regions=1):
    annotate({"m": movie}, folder, n_regions=n_regions, region_px=64)


def test_the_most_uncertain_region_comes_out_as_image_and_labels(movie, tmp_path):
    run(movie, tmp_path / "out")
    (region,) = read_regions(tmp_path / "out").values()
    assert (region.frame, region.y_px, region.x_px) == (3, 64, 96)
    image = tifffile.imread(tmp_path / "out/m/images/0001.tif")
    labels = tifffile.imread(tmp_path / "out/m/suggested/0001.tif")
    assert image.shape == labels.shape == (64, 64)
    assert 1100 <= image.min() <= image.max() < 1900  # of the channel that is segmented
    assert labels.dtype == np.uint16
    assert (labels[6:26, 4:34] == 1).all()
    assert (labels[6:26, 34:54] == 2).all()
    assert (tmp_path / "out/m/corrected").is_dir()
    _, *rows = (tmp_path / "out/annotations.tsv").read_text().splitlines()
    assert rows == ["images\tlabels\tcomplete\tmovie\tchannel"]


def test_what_comes_back_is_trained_on_and_makes_room_for_more(movie, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(movie, "out")
    labels = tifffile.imread("out/m/suggested/0001.tif")
    labels[40:60, 40:60] = 3
    tifffile.imwrite("out/m/corrected/0001.tif", labels)
    run(movie, "out")
    assert list(read_regions(tmp_path / "out")) == [1, 2]
    (frame,) = read_annotations("out/annotations.tsv", ByQuantiles(gamma=1.0))
    np.testing.assert_array_equal(frame.labels, labels)
    assert frame.complete
    assert frame.pixel_size_um == 0.5
    # normalised by the whole movie's quantiles of that channel
    image = tifffile.imread("out/m/images/0001.tif")
    np.testing.assert_allclose(frame.image, np.clip((image - 1100.0) / 800, 0, None), atol=1e-5)


def files_in(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("n_written", [0, 1, 2, 3])
def test_killed_halfway_it_goes_on_where_it_was(movie, tmp_path, monkeypatch, n_written):
    run(movie, tmp_path / "out", n_regions=3)
    written = []

    def write(path, *arguments):
        if len(written) == n_written:
            raise KeyboardInterrupt
        written.append(path)
        write_tiff(path, *arguments)

    write_tiff = files.write_tiff
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):  # noqa: PT012
        patch.setattr(files, "write_tiff", write)
        run(movie, tmp_path / "killed", n_regions=3)
    run(movie, tmp_path / "killed", n_regions=3)
    assert files_in(tmp_path / "killed") == files_in(tmp_path / "out")


def test_again_without_corrections_nothing_changes(movie, tmp_path):
    run(movie, tmp_path / "out", n_regions=3)
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    run(movie, tmp_path / "out", n_regions=3)
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    # of frames so close there are but two regions that do not overlap
    assert len(before) == 2 * 2 + 2


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (np.zeros((64, 63), np.uint16), r"shape \(64, 63\), but the region is \(64, 64\)"),
        (np.full((64, 64), 0.5, np.float32), "labels are whole numbers"),
        pytest.param(
            np.full((64, 64), -1, np.int16),
            "labels are whole numbers",
            marks=pytest.mark.case("annotations", "corrected labels with negative numbers"),
        ),
        (np.full((64, 64), 2**40, np.uint64), "labels are whole numbers from 0 to 2147483647"),
        (
            np.indices((64, 64)).sum(0, dtype=np.uint16) % 7,
            "its labels, 6 different numbers, are in 108 pieces",
        ),
        (b"nothing", "not a readable TIFF"),
    ],
)
def test_what_comes_back_wrong_is_named(movie, tmp_path, saved, message):
    run(movie, tmp_path / "out")
    path = tmp_path / "out/m/corrected/0001.tif"
    path.write_bytes(saved) if isinstance(saved, bytes) else tifffile.imwrite(path, saved)
    with pytest.raises(UserError, match=f"corrected/0001.tif: {message}"):
        run(movie, tmp_path / "out")


@pytest.mark.parametrize("number", [4, 2_000_000_000])
def test_a_label_in_pieces_is_said(movie, tmp_path, caplog, number):
    run(movie, tmp_path / "out")
    labels = np.zeros((64, 64), np.uint32)
    labels[3:9, 3:9] = labels[30:39, 30:39] = number
    labels[50:, 50:] = 3
    tifffile.imwrite(tmp_path / "out/m/corrected/0001.tif", labels)
    run(movie, tmp_path / "out")
    assert [line for line in caplog.messages if "pieces" in line] == [
        f"WARNING: {tmp_path}/out/m/corrected/0001.tif: label {number} is in 2 pieces"
    ]


@pytest.mark.parametrize(
    "name",
    [
        "0001.tiff",
        pytest.param("0001-1.tif", marks=pytest.mark.case("annotations", "corrected labels under another name")),
        "0002.tif",
        "0001.png",
    ],
)
def test_labels_under_another_name_are_named_and_not_left_out(movie, tmp_path, name):
    run(movie, tmp_path / "out")
    saved = tmp_path / "out/m/corrected" / name
    saved.write_bytes((tmp_path / "out/m/suggested/0001.tif").read_bytes())
    with pytest.raises(UserError, match=f"corrected/{name}: no region of m has this name; .* such as 0001.tif"):
        run(movie, tmp_path / "out")
    saved.rename(saved.with_name(".DS_Store"))
    run(movie, tmp_path / "out")


def test_corrected_labels_that_are_no_file_are_named(movie, tmp_path):
    run(movie, tmp_path / "out")
    (tmp_path / "out/m/corrected/0001.tif").symlink_to("not_mounted.tif")
    with pytest.raises(UserError, match=r"corrected/0001\.tif: is no file, or a link that leads nowhere"):
        run(movie, tmp_path / "out")


def test_a_list_of_regions_from_a_spreadsheet_is_read_and_one_with_a_number_twice_named(movie, tmp_path):
    run(movie, tmp_path / "out")
    path, regions = tmp_path / "out/regions.tsv", read_regions(tmp_path / "out")
    header, row, _ = path.read_text().split("\n")
    path.write_bytes(f"\ufeff{header}\r\n{row}\r\n".encode())
    assert read_regions(tmp_path / "out") == regions
    path.write_text(f"{header}\n{row}\n{row}\n")
    with pytest.raises(UserError, match=r"regions\.tsv: cannot be read \(a number stands there twice\)"):
        run(movie, tmp_path / "out")


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.case("annotations", "a sheet of annotations that Sidewinder has not written")
@pytest.mark.parametrize("sheet", ["images\tlabels\tcomplete\nmine\tmine\tyes\n", "", "\xff"])
def test_a_sheet_of_somebody_else_stays(movie, tmp_path, sheet):
    path = tmp_path / "out/annotations.tsv"
    path.parent.mkdir()
    path.write_text(sheet, encoding="latin-1")
    before = contents(tmp_path / "out")
    with pytest.raises(UserError, match="out/annotations.tsv was not written by `snakemake annotate`, or was changed"):
        run(movie, tmp_path / "out")
    assert contents(tmp_path / "out") == before


def test_rows_that_were_added_to_the_sheet_stay(movie, tmp_path):
    run(movie, tmp_path / "out")
    path = tmp_path / "out/annotations.tsv"
    path.write_text(path.read_text() + "mine\tmine\tyes\t\t\n")
    before = contents(tmp_path / "out")
    with pytest.raises(UserError, match="annotations.tsv was not written by `snakemake annotate`, or was"):
        run(movie, tmp_path / "out")
    assert contents(tmp_path / "out") == before


@pytest.mark.case("annotations", "regions.tsv is lost")
def test_a_lost_list_of_regions_is_named_and_nothing_written_over(movie, tmp_path):
    run(movie, tmp_path / "out")
    (tmp_path / "out/regions.tsv").unlink()
    before = contents(tmp_path / "out")
    with pytest.raises(UserError, match="out/regions.tsv is missing"):
        run(movie, tmp_path / "out")
    assert contents(tmp_path / "out") == before
    # the sheet is lost, too: regions get other numbers
    (tmp_path / "out/annotations.tsv").unlink()
    before.pop(tmp_path / "out/annotations.tsv")
    run(movie, tmp_path / "out")
    assert list(read_regions(tmp_path / "out")) == [2]
    assert contents(tmp_path / "out").items() > before.items()


def test_blocks_go_to_their_movies():
    records = [{"movie": "a", "channel": "0", "blocks": 2}, {"movie": "b", "channel": "GFP", "blocks": 1}]
    files = {"labels": ["a0", "a1", "b0"], "uncertainty": ["d0", "d1", "e0"]}
    movies = movies_of_blocks(records, images=["a.zarr", "b.zarr"], **files)
    assert movies == {
        "a": MovieFiles("a.zarr", "0", ("a0", "a1"), ("d0", "d1")),
        "b": MovieFiles("b.zarr", "GFP", ("b0",), ("e0",)),
    }
