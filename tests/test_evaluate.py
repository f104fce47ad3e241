"""Scores: perfect ones for the truth itself, the right ones for planted errors, by a second library's opinion too."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.evaluate import COLUMNS, Matches, masks_of, match_frame, score_movie
from sidewinder.export.ctc import write_mask, write_track_rows
from sidewinder.frame_ranges import parse_frames
from sidewinder.simulate import SCENES, simulate
from sidewinder.truth_frames import rows_of_taken

ONES = ("SEG", "DET", "TRA", "LNK", "CT", "TF", "BC_0", "BC_1", "BC_2", "BC_3", "CHOTA", "HOTA", "MOTA", "IDF1")


@pytest.fixture(scope="module")
def movie():
    """Nine frames with divisions, a cell that dies and cells that come and go."""
    scene = replace(SCENES["plain"], n_frames=9, shape=(112, 128), n_cells=12, cycle_frames=8, n_deaths=1)
    return simulate(scene)


@pytest.fixture
def score(tmp_path):
    """A function that scores the result written in `tmp_path / "ctc"` against the truth in `tmp_path / "01_GT"`."""

    def of(frames: str | None = None) -> dict[str, float | str | None]:
        score_movie(tmp_path / "ctc", tmp_path / "01_GT", tmp_path / "scores.csv", movie="m", frames=frames)
        (row,) = csv.DictReader((tmp_path / "scores.csv").open())
        assert list(row) == ["movie", *COLUMNS]
        assert row.pop("movie") == "m"
        return {name: float(value) if value else None for name, value in row.items()}

    return of


def write_result(folder: Path, labels: np.ndarray, rows: np.ndarray | None = None) -> None:
    (folder / "ctc").mkdir()
    for frame, picture in enumerate(labels):
        write_mask(folder / "ctc" / f"mask{frame:03}.tif", picture)
    write_track_rows(folder / "ctc" / "res_track.txt", rows_of(labels) if rows is None else rows)


def write_truth(folder: Path, labels: np.ndarray, rows: np.ndarray, seg_frames=None) -> None:
    frames = range(len(labels)) if seg_frames is None else seg_frames
    (folder / "01_GT" / "SEG").mkdir(parents=True)
    (folder / "01_GT" / "TRA").mkdir()
    for frame, picture in enumerate(labels):
        write_mask(folder / "01_GT" / "TRA" / f"man_track{frame:03}.tif", picture)
        if frame in frames:
            write_mask(folder / "01_GT" / "SEG" / f"man_seg{frame:03}.tif", picture)
    write_track_rows(folder / "01_GT" / "TRA" / "man_track.txt", rows)


def rows_of(labels: np.ndarray, parents: dict[int, int] | None = None) -> np.ndarray:
    """Track rows of labels that are present from their first to their last frame."""
    spans = {}
    for frame, picture in enumerate(labels):
        for label in np.unique(picture)[1:].tolist():
            spans.setdefault(label, []).append(frame)
    return np.array([[label, s[0], s[-1], (parents or {}).get(label, 0)] for label, s in sorted(spans.items())])


def long_tracks(movie, n: int) -> list[int]:
    """Tracks that go through the whole movie."""
    rows = movie.tracks
    return rows[(rows[:, 1] == 0) & (rows[:, 2] == len(movie.labels) - 1), 0][:n].tolist()


def n_links(rows: np.ndarray) -> int:
    return int((rows[:, 2] - rows[:, 1]).sum() + (rows[:, 3] > 0).sum())


def miss_a_cell(movie) -> tuple[np.ndarray, np.ndarray]:
    """A cell is missing in frame 4; its track goes on as a child of itself."""
    (track,) = long_tracks(movie, 1)
    labels = movie.labels.copy()
    labels[4][labels[4] == track] = 0
    labels[5:][labels[5:] == track] = 500
    parents = dict(movie.tracks[:, [0, 3]].tolist()) | {500: track}
    return labels, rows_of(labels, parents)


def split_a_cell(movie) -> tuple[np.ndarray, np.ndarray]:
    """A third of a cell is another cell in frame 4."""
    (track,) = long_tracks(movie, 1)
    labels = movie.labels.copy()
    rows, columns = np.nonzero(labels[4] == track)
    part = rows < np.quantile(rows, 0.33)
    labels[4][rows[part], columns[part]] = 500
    return labels, rows_of(labels, dict(movie.tracks[:, [0, 3]].tolist()))


def swap_a_link(movie) -> tuple[np.ndarray, np.ndarray]:
    """From frame 4 on two cells go under each other's name."""
    one, other = long_tracks(movie, 2)
    labels = movie.labels.copy()
    labels[4:][movie.labels[4:] == one] = other
    labels[4:][movie.labels[4:] == other] = one
    return labels, rows_of(labels, dict(movie.tracks[:, [0, 3]].tolist()))


def test_the_truth_scores_exactly_one(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, movie.labels, movie.tracks)
    scores = score()
    assert {name: scores[name] for name in ONES} == dict.fromkeys(ONES, 1.0)
    assert (movie.tracks[:, 3] > 0).any()


def test_a_missed_cell_costs_one_cell_and_two_links(tmp_path, movie, score):
    labels, rows = miss_a_cell(movie)
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, labels, rows)
    scores = score()
    n_cells, n_edges = sum(len(np.unique(picture)) - 1 for picture in movie.labels), n_links(movie.tracks)
    assert scores["DET"] == pytest.approx(1 - 10 / (10 * n_cells), abs=1e-6)
    # two links are missing and one, over the gap, is too many
    assert scores["LNK"] == pytest.approx(1 - (2 * 1.5 + 1) / (1.5 * n_edges), abs=1e-6)
    assert scores["TRA"] == pytest.approx(1 - (10 + 2 * 1.5 + 1) / (10 * n_cells + 1.5 * n_edges), abs=1e-6)
    assert scores["SEG"] == pytest.approx(1 - 1 / n_cells, abs=1e-6)


def test_a_split_cell_costs_one_false_cell(tmp_path, movie, score):
    labels, rows = split_a_cell(movie)
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, labels, rows)
    scores = score()
    n_cells = sum(len(np.unique(picture)) - 1 for picture in movie.labels)
    (track,) = long_tracks(movie, 1)
    whole, rest = (movie.labels[4] == track).sum(), (labels[4] == track).sum()
    assert scores["DET"] == pytest.approx(1 - 1 / (10 * n_cells), abs=1e-6)
    assert scores["SEG"] == pytest.approx(1 - (1 - rest / whole) / n_cells, abs=1e-6)
    assert scores["LNK"] == 1


def test_a_swapped_link_costs_links_only(tmp_path, movie, score):
    labels, rows = swap_a_link(movie)
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, labels, rows)
    scores = score()
    assert scores["SEG"] == scores["DET"] == 1
    assert scores["LNK"] == pytest.approx(1 - (2 * 1.5 + 2 * 1) / (1.5 * n_links(movie.tracks)), abs=1e-6)
    assert scores["CT"] < 1


@pytest.mark.parametrize("damage", [miss_a_cell, split_a_cell, swap_a_link])
@pytest.mark.filterwarnings("ignore")
def test_traccuracy_agrees(tmp_path, movie, score, damage):
    from traccuracy import run_metrics
    from traccuracy.loaders import load_ctc_data
    from traccuracy.matchers import CTCMatcher
    from traccuracy.metrics import CTCMetrics, DivisionMetrics

    labels, rows = damage(movie)
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, labels, rows)
    scores = score()
    truth = load_ctc_data(str(tmp_path / "01_GT" / "TRA"), run_checks=False)
    result = load_ctc_data(str(tmp_path / "ctc"), run_checks=False)
    opinions, _ = run_metrics(truth, result, CTCMatcher(), [CTCMetrics(), DivisionMetrics(max_frame_buffer=0)])
    ctc, divisions = (opinion["results"] for opinion in opinions)
    for name in ("DET", "TRA", "LNK"):
        assert scores[name] == pytest.approx(ctc[name], abs=1e-6)
    assert scores["BC_0"] == pytest.approx(divisions["Frame Buffer 0"]["Division F1"], abs=1e-6)


def test_a_late_division_counts_only_with_tolerance(tmp_path, movie, score):
    """The daughters are merged into their mother for one frame more than in truth."""
    mother = int(movie.tracks[movie.tracks[:, 3] > 0, 3][0])
    end = int(movie.tracks[mother - 1, 2])
    daughters = movie.tracks[movie.tracks[:, 3] == mother, 0]
    assert end + 2 < len(movie.labels)
    labels = movie.labels.copy()
    labels[end + 1][np.isin(labels[end + 1], daughters)] = 0
    labels[end + 1][movie.labels[end] == mother] = mother
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, labels, rows_of(labels, dict(movie.tracks[:, [0, 3]].tolist())))
    scores = score()
    n_divisions = len(np.unique(movie.tracks[movie.tracks[:, 3] > 0, 3]))
    assert scores["BC_0"] == pytest.approx((n_divisions - 1) / n_divisions, abs=1e-4)
    assert scores["BC_1"] == 1


@pytest.mark.parametrize("frames", ["0-3,5,7-8", "2-6"])
def test_truth_of_the_frames_that_were_taken(tmp_path, movie, score, frames):
    taken = [frame for chosen in parse_frames(frames) for frame in chosen]
    write_truth(tmp_path, movie.labels, movie.tracks, seg_frames=(2, 4, 5))
    # tracks and divisions as they are seen in these frames
    rows = rows_of_taken(movie.tracks, taken)
    assert rows[:, 2].max() == len(taken) - 1
    write_result(tmp_path, movie.labels[taken], rows)
    scores = score(frames)
    assert {scores[name] for name in ("SEG", "DET", "TRA", "LNK")} == {1.0}
    with pytest.raises(UserError, match="frame that the result does not have|have to be of the same"):
        score("0-9")


def test_tracks_between_the_frames_that_were_taken():
    # of a mother that is not seen, its daughters, one that is seen in the middle, and one that is seen nowhere
    rows = np.array([[1, 0, 1, 0], [2, 2, 9, 1], [3, 2, 4, 1], [4, 5, 8, 3], [5, 6, 6, 0]])
    found = rows_of_taken(rows, [3, 4, 5, 7, 9])
    assert found.tolist() == [[2, 0, 4, 0], [3, 0, 1, 0], [4, 2, 3, 3]]


def test_segmentation_is_scored_on_the_annotated_frames(tmp_path, movie, score):
    """The only annotated frame is the one where a cell is missing."""
    labels, rows = miss_a_cell(movie)
    write_truth(tmp_path, movie.labels, movie.tracks, seg_frames=[4])
    write_result(tmp_path, labels, rows)
    n_cells = len(np.unique(movie.labels[4])) - 1
    assert score()["SEG"] == pytest.approx(1 - 1 / n_cells, abs=1e-6)


def test_truth_without_tracks_allows_only_segmentation(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, movie.labels, movie.tracks)
    (tmp_path / "01_GT" / "TRA").rename(tmp_path / "hidden")
    assert score() == dict.fromkeys(COLUMNS) | {"SEG": 1.0}


def test_truth_without_masks_allows_all_but_segmentation(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, movie.labels, movie.tracks)
    (tmp_path / "01_GT" / "SEG").rename(tmp_path / "hidden")
    scores = score()
    assert scores["SEG"] is None
    assert scores["TRA"] == scores["BC_0"] == 1


def test_measures_without_a_meaning_are_empty(tmp_path, movie, score):
    """No divisions, so no branches and no cell cycles to get right."""
    (track,) = long_tracks(movie, 1)
    labels = np.where(movie.labels == track, movie.labels, 0)
    write_truth(tmp_path, labels, rows_of(labels))
    write_result(tmp_path, labels)
    scores = score()
    assert [scores[name] for name in ("BC_0", "BC_3", "CCA")] == [None] * 3
    assert scores["TRA"] == scores["CT"] == 1


def test_a_single_frame_allows_only_segmentation(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels[:1], rows_of(movie.labels[:1]))
    write_result(tmp_path, movie.labels[:1])
    assert score() == dict.fromkeys(COLUMNS) | {"SEG": 1.0}


def test_truth_without_links_does_not_score_them(tmp_path, movie, score):
    labels = np.where(movie.labels[:2] > 0, movie.labels[:2] + np.array([0, 500], np.uint16)[:, None, None], 0)
    write_truth(tmp_path, labels, rows_of(labels))
    write_result(tmp_path, labels)
    scores = score()
    assert scores["LNK"] is None
    assert scores["TRA"] == scores["DET"] == scores["SEG"] == 1


def test_a_result_without_cells_scores_zero(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, np.zeros_like(movie.labels), np.zeros((0, 4), int))
    scores = score()
    assert {name: scores[name] for name in ONES} == dict.fromkeys(ONES, 0.0)


def test_truth_without_cells_allows_nothing(tmp_path, movie, score):
    write_truth(tmp_path, np.zeros_like(movie.labels), np.zeros((0, 4), int))
    write_result(tmp_path, movie.labels, movie.tracks)
    assert score() == dict.fromkeys(COLUMNS)


@pytest.mark.case("truth", "truth of another length")
def test_truth_of_another_length_is_refused_with_both_lengths(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels[:7], rows_of(movie.labels[:7]))
    write_result(tmp_path, movie.labels, movie.tracks)
    with pytest.raises(UserError, match=r"TRA: has 7 frames up to 6, but the result .*ctc has 9 from 0"):
        score()
    assert not (tmp_path / "scores.csv").exists()


def test_segmentation_of_a_frame_that_is_not_there_is_refused(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels, movie.tracks)
    (tmp_path / "01_GT" / "TRA").rename(tmp_path / "hidden")
    write_result(tmp_path, movie.labels[:7])
    with pytest.raises(UserError, match=r"man_seg007.tif: is truth of a frame .* \(its 7 frames"):
        score()


@pytest.mark.case("truth", "truth of another size")
def test_truth_of_another_size_is_refused_with_both_sizes(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, movie.labels[:, :100])
    with pytest.raises(UserError, match=r"man_seg000.tif: is \(112, 128\) .* the result is \(100, 128\)"):
        score()


@pytest.mark.case("truth", "a folder without truth")
def test_a_folder_without_truth_is_refused(tmp_path, movie, score):
    (tmp_path / "01_GT").mkdir()
    write_result(tmp_path, movie.labels, movie.tracks)
    with pytest.raises(UserError, match="no truth found; expected SEG/man_segNNN.tif or TRA/man_trackNNN.tif"):
        score()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "1 0 8 0\n",
            r"man_track.txt, frame 0: label \d+ is not in both the rows and the masks",
            marks=pytest.mark.case("truth", "a track without its mask"),
        ),
        pytest.param(
            "1 0 eight 0\n",
            "man_track.txt: expected rows of label, first frame, last frame, parent",
            marks=pytest.mark.case("truth", "man_track.txt holds what is no number"),
        ),
        (None, "man_track.txt: expected rows of label"),
        ("1 0 8 0 2 0 8 0\n", "man_track.txt: expected rows of label, .*: a row has more or fewer numbers"),
        (f"{10**30} 0 8 0\n", "man_track.txt: expected rows of label"),
    ],
)
def test_truth_that_contradicts_itself_is_refused(tmp_path, movie, score, text, message):
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, movie.labels, movie.tracks)
    file = tmp_path / "01_GT" / "TRA" / "man_track.txt"
    file.unlink() if text is None else file.write_text(text)
    with pytest.raises(UserError, match=message):
        score()


def twice(rows):
    return np.concatenate([rows, rows[2:3]])


def its_own_parent(rows):
    rows[0, 3] = rows[0, 0]
    return rows


def each_others_parents(rows):
    rows[:2, 3] = rows[1::-1, 0]
    return rows


def beyond_the_end(rows):
    rows[rows[:, 2] == 8, 2] = 9
    return rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            twice,
            r"label \d+ has 2 rows; each track has one",
            marks=pytest.mark.case("truth", "a row of man_track.txt stands twice"),
        ),
        pytest.param(
            its_own_parent,
            r"track (\d+) begins in frame 0, and its parent \1 ends in frame \d; a parent ends before",
            marks=pytest.mark.case("truth", "a track that is its own parent"),
        ),
        pytest.param(
            each_others_parents,
            r"track \d+ begins in frame 0, and its parent \d+ ends in frame \d; a parent",
            marks=pytest.mark.case("truth", "two tracks that are each other's parents"),
        ),
        (beyond_the_end, r"the row \d+ \d 9 \d+ is no track of .* in a movie of 9 frames"),
    ],
)
def test_tracks_that_cannot_be_are_refused(tmp_path, movie, score, change, message):
    write_truth(tmp_path, movie.labels, change(movie.tracks.copy()))
    write_result(tmp_path, movie.labels, movie.tracks)
    with pytest.raises(UserError, match=f"01_GT/TRA/man_track.txt: {message}"):
        score()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        pytest.param(
            "TRA/man_track002.tif",
            lambda data: data[: len(data) // 3],
            "not a readable TIFF",
            marks=pytest.mark.case("truth", "a mask is cut off"),
        ),
        ("SEG/man_seg002.tif", lambda data: b"", "not a readable TIFF"),
        ("TRA/man_track002.tif", lambda data: probabilities(), "labels are whole numbers from 0, found 0.5 to 0.5"),
    ],
)
def test_a_mask_that_is_none_is_named(tmp_path, movie, score, name, change, message):
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, movie.labels, movie.tracks)
    mask = tmp_path / "01_GT" / name
    mask.write_bytes(change(mask.read_bytes()))
    with pytest.raises(UserError, match=f"01_GT/{name}: {message}"):
        score()
    assert not (tmp_path / "scores.csv").exists()


def probabilities():
    file = io.BytesIO()
    tifffile.imwrite(file, np.full((112, 128), 0.5, np.float32))
    return file.getvalue()


def test_masks_of_other_names_are_not_left_out(tmp_path):
    for name in ("man_seg_000.tif", "._man_seg000.tif", "notes.txt"):
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=r"holds man_seg_000\.tif and no man_segNNN\.tif; give the masks"):
        masks_of(tmp_path, "man_seg")
    for name in ("man_seg000.TIF", "man_seg001.tif"):
        (tmp_path / name).touch()
    assert [path.name for path in masks_of(tmp_path, "man_seg").values()] == ["man_seg000.TIF", "man_seg001.tif"]


def test_a_mask_that_is_still_copied_is_named(tmp_path):
    (tmp_path / "man_seg000.tif").touch()
    (tmp_path / "man_seg001.tif.part").touch()
    with pytest.raises(UserError, match=r"man_seg001\.tif\.part is a copy of man_seg001\.tif that is not complete"):
        masks_of(tmp_path, "man_seg")


@pytest.mark.case("truth", "two masks of the same frame")
def test_two_masks_of_a_frame_are_refused(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels, movie.tracks)
    write_result(tmp_path, movie.labels, movie.tracks)
    write_mask(tmp_path / "01_GT/SEG/man_seg2.tif", movie.labels[3])
    with pytest.raises(UserError, match="SEG: man_seg002.tif and man_seg2.tif are of the same frame"):
        score()


def test_a_parent_without_a_row_is_refused(tmp_path, movie, score):
    write_truth(tmp_path, movie.labels, movie.tracks)
    rows = movie.tracks.copy()
    rows[-1, 3] = 999
    write_result(tmp_path, movie.labels, rows)
    with pytest.raises(UserError, match="res_track.txt: a track's parent is 999, which has no row"):
        score()


@pytest.mark.parametrize("seed", range(8))
def test_matching_is_that_of_the_library(tmp_path, seed):
    """Blocks of labels, shifted and partly relabelled, so that overlaps lie on both sides of one half."""
    from ctc_metrics.utils.representations import match

    rng = np.random.default_rng(seed)
    truth = np.kron(rng.integers(0, 9, (6, 7)), np.ones((5, 4), int)).astype(np.uint16)
    result = np.roll(truth, 1, axis=0) * 3
    result[rng.random(result.shape) < 0.35] = 29
    truth[0, 0] = result[0, 0] = 0
    tifffile.imwrite(tmp_path / "truth.tif", truth)
    tifffile.imwrite(tmp_path / "result.tif", result.astype(np.uint16))
    ours, theirs = match_frame(truth, result), Matches(*match(tmp_path / "truth.tif", tmp_path / "result.tif"))
    assert 0 < len(ours.mapped_ref) < len(ours.labels_ref)
    assert ours[:4] == theirs[:4]
    np.testing.assert_allclose(ours.ious, theirs.ious)


def test_matching_does_not_wrap_around_large_labels():
    truth, result = np.zeros((2, 6, 6), np.uint16)
    truth[:3], result[:3, :4] = 60000, 65535
    assert match_frame(truth, result) == ([60000], [65535], [60000], [65535], [pytest.approx(12 / 18)])
