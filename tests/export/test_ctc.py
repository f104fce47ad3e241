"""The CTC folder: valid by the challenge's own checker, perfect against its own truth, gaps cut as it demands."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.export.ctc import export_ctc, frame_digits, split_gaps, write_mask, write_track_rows
from sidewinder.store import write_image, write_labels


def validate(folder: Path) -> int:
    """The verdict of the challenge's validator."""
    from ctc_metrics.scripts.validate import validate_sequence

    return validate_sequence(str(folder), threads=1)["Valid"]


def read_rows(folder: Path) -> list[list[int]]:
    return [[int(number) for number in line.split()] for line in (folder / "res_track.txt").read_text().splitlines()]


def read_masks(folder: Path) -> np.ndarray:
    return np.stack([tifffile.imread(path) for path in sorted(folder.glob("mask*.tif"))])


def parents_of(truth) -> dict[int, int]:
    return dict(truth.tracks[:, [0, 3]].tolist())


def test_an_exported_truth_is_valid_and_identical_to_itself(tmp_path, truth, publish_labels):
    results = publish_labels(truth.labels, parents_of(truth))
    export_ctc(results.movie, results.tracks, results.lineage, tmp_path / "ctc")
    assert validate(tmp_path / "ctc") == 1
    np.testing.assert_array_equal(read_masks(tmp_path / "ctc"), truth.labels)
    assert read_rows(tmp_path / "ctc") == truth.tracks.tolist()
    assert (truth.tracks[:, 3] > 0).sum() >= 4


def test_an_exported_truth_scores_exactly_one(tmp_path, truth, publish_labels):
    from ctc_metrics.scripts.evaluate import evaluate_sequence

    for folder, name in (("SEG", "man_seg"), ("TRA", "man_track")):
        (tmp_path / "GT" / folder).mkdir(parents=True)
        for frame, labels in enumerate(truth.labels):
            write_mask(tmp_path / "GT" / folder / f"{name}{frame:03}.tif", labels)
    write_track_rows(tmp_path / "GT" / "TRA" / "man_track.txt", truth.tracks)
    results = publish_labels(truth.labels, parents_of(truth))
    export_ctc(results.movie, results.tracks, results.lineage, tmp_path / "ctc")
    scores = evaluate_sequence(str(tmp_path / "ctc"), str(tmp_path / "GT"), ["SEG", "DET", "TRA"], threads=1)
    assert (scores["SEG"], scores["DET"], scores["TRA"]) == (1, 1, 1)


def test_a_mother_may_have_three_children(tmp_path, tripolar, publish_labels):
    results = publish_labels(*tripolar)
    export_ctc(results.movie, results.tracks, results.lineage, tmp_path / "ctc")
    assert validate(tmp_path / "ctc") == 1
    assert read_rows(tmp_path / "ctc") == [[1, 0, 1, 0], [2, 2, 3, 1], [3, 2, 3, 1], [4, 2, 3, 1]]


def test_a_gap_becomes_a_child(tmp_path, gapped, publish_labels):
    labels, parents = gapped
    results = publish_labels(labels, parents)
    export_ctc(results.movie, results.tracks, results.lineage, tmp_path / "ctc")
    assert validate(tmp_path / "ctc") == 1
    # 7 is what track 1 is after its gap, and the mother of 2 and 3
    assert read_rows(tmp_path / "ctc") == [
        [1, 0, 1, 0],
        [2, 5, 6, 7],
        [3, 5, 6, 7],
        [4, 0, 6, 0],
        [5, 1, 1, 0],
        [6, 4, 4, 0],
        [7, 3, 3, 1],
    ]
    expected = labels.copy()
    expected[3][labels[3] == 1] = 7
    np.testing.assert_array_equal(read_masks(tmp_path / "ctc"), expected)


def test_two_gaps_of_two_tracks_are_numbered_in_order():
    cells = pd.DataFrame({"track_id": [3, 3, 3, 9, 9, 9], "frame": [0, 2, 4, 1, 2, 5]})
    cut, rows = split_gaps(cells.sample(frac=1, random_state=1), pd.Series({3: 0, 9: 0}))
    assert cut["label"].tolist() == [3, 10, 11, 9, 9, 12]
    assert rows.tolist() == [[3, 0, 0, 0], [9, 1, 2, 0], [10, 2, 2, 3], [11, 4, 4, 10], [12, 5, 5, 9]]


def test_masks_are_compressed_16_bit_with_three_digits_and_always_the_same(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    for run in ("a", "b"):
        export_ctc(results.movie, results.tracks, results.lineage, tmp_path / run)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [f"mask{frame:03}.tif" for frame in range(8)] + ["res_track.txt"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    with tifffile.TiffFile(tmp_path / "a" / "mask007.tif") as tif:
        assert tif.pages[0].dtype == np.uint16
        assert tif.pages[0].compression.name == "ADOBE_DEFLATE"
        # an empty frame is an empty mask
        assert not tif.asarray().any()


def test_long_movies_have_four_digits():
    assert [frame_digits(n) for n in (1, 1000, 1001, 10000)] == [3, 3, 4, 4]


def test_a_movie_without_cells_is_empty_masks_and_an_empty_file(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    pd.read_parquet(results.tracks).iloc[:0].to_parquet(results.tracks)
    pd.read_csv(results.lineage).iloc[:0].to_csv(results.lineage, index=False)
    picture = np.zeros((3, 1, 20, 20), np.uint16)
    write_image(
        tmp_path / "empty.ome.zarr",
        picture,
        n_frames=3,
        shape_cyx=(1, 20, 20),
        dtype=np.uint16,
        pixel_size_um=None,
        frame_interval_s=None,
        channel_names=["a"],
        attributes={},
    )
    write_labels(tmp_path / "empty.ome.zarr", picture[:, 0], largest_label=0)
    export_ctc(tmp_path / "empty.ome.zarr", results.tracks, results.lineage, tmp_path / "ctc")
    np.testing.assert_array_equal(read_masks(tmp_path / "ctc"), picture[:, 0])
    assert (tmp_path / "ctc" / "res_track.txt").read_text() == ""


@pytest.mark.case("results", "more tracks than the CTC format can number")
def test_of_more_tracks_than_16_bits_count_the_export_is_left_out(tmp_path, gapped, publish_labels, caplog, shown):
    labels, parents = gapped
    labels, parents = labels.copy(), parents | {65535: 0}
    labels[labels == 4] = 65535
    del parents[4]
    results = publish_labels(labels, parents)
    # the gap of track 1 needs one label more
    export_ctc(results.movie, results.tracks, results.lineage, tmp_path / "ctc")
    shown(caplog.messages[-1], 0)
    assert "tracks need the label 65536, but masks of the Cell Tracking Challenge end at 65535" in caplog.messages[-1]
    assert [path.name for path in (tmp_path / "ctc").iterdir()] == ["left_out.txt"]
    assert (tmp_path / "ctc" / "left_out.txt").read_text().strip() in caplog.messages[-1]


@pytest.mark.case("results", "pixels of a track that is in no table")
def test_a_label_that_the_table_does_not_have_is_refused(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    cells = pd.read_parquet(results.tracks)
    cells[~((cells["track_id"] == 4) & (cells["frame"] == 1))].to_parquet(results.tracks)
    with pytest.raises(UserError, match="frame 1: track 4 is not in both the labels and the table"):
        export_ctc(results.movie, results.tracks, results.lineage, tmp_path / "ctc")
    assert not (tmp_path / "ctc").exists()


def test_a_row_that_the_labels_do_not_have_is_refused(tmp_path, gapped, publish_labels):
    results = publish_labels(*gapped)
    cells = pd.read_parquet(results.tracks)
    one_more = cells[(cells["track_id"] == 4) & (cells["frame"] == 6)].assign(frame=7)
    pd.concat([cells, one_more]).to_parquet(results.tracks)
    with pytest.raises(UserError, match="frame 7: track 4 is not in both the labels and the table"):
        export_ctc(results.movie, results.tracks, results.lineage, tmp_path / "ctc")


def test_masks_say_height_and_width_of_a_pixel(tmp_path):
    write_mask(tmp_path / "m.tif", np.zeros((4, 4), np.uint16), (0.5, 0.25))
    with tifffile.TiffFile(tmp_path / "m.tif") as tif:
        tags = tif.pages.first.tags
        sizes_um = [1e4 * tags[name].value[1] / tags[name].value[0] for name in ("YResolution", "XResolution")]
        assert sizes_um == [0.5, 0.25]
        assert tags["ResolutionUnit"].value == tifffile.RESUNIT.CENTIMETER
