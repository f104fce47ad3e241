"""Scores of a movie against truth, all of them computed by py-ctcmetrics, the Cell Tracking Challenge's own library.

Only the pixels are counted here: which cell of the truth is which of the result, by the challenge's rule (a result
covers more than half of a truth's pixels; Matula et al. 2015, PLOS ONE 10:e0144959). The library does the same in a
loop over all pixels in Python, which takes many times as long, and wraps around where 16-bit labels are large.
"""

import csv
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sidewinder.errors import UserError
from sidewinder.frame_ranges import parse_frames
from sidewinder.names import LEFT_OUT
from sidewinder.progress import progress
from sidewinder.store import atomic_file, read_tiff_labels
from sidewinder.tiff_names import is_tiff, refuse_unfinished, unfinished
from sidewinder.truth_frames import masks_of_taken, rows_of_taken

# our columns and the library's names: Ulman et al. 2017 (Nat Methods 14:1141), Maska et al. 2023 (Nat Methods 20:1010)
SEGMENTATION = {"SEG": "SEG"}
DETECTION = {"DET": "DET", "TRA": "TRA"}
BIOLOGY = {"CT": "CT", "TF": "TF", **{f"BC_{i}": f"BC({i})" for i in range(4)}, "CCA": "CCA"}
IDENTITY = {"CHOTA": "CHOTA", "HOTA": "HOTA", "MOTA": "MOTA", "IDF1": "IDF1"}
LINKS = {"LNK": "LNK"}
COLUMNS = SEGMENTATION | DETECTION | LINKS | BIOLOGY | IDENTITY


class Matches(NamedTuple):
    """The labels of a frame, and which label of the truth is covered by which of the result."""

    labels_ref: list[int]
    labels_comp: list[int]
    mapped_ref: list[int]
    mapped_comp: list[int]
    ious: list[float]


def score_movie(
    ctc_folder: str | Path, truth_folder: str | Path, output: str | Path, *, movie: str, frames: str | None = None
) -> None:
    """Write a movie's scores as a table of one row.

    Parameters
    ----------
    ctc_folder : str or Path
        The result in the challenge's layout: `maskNNN.tif`, `res_track.txt`.
    truth_folder : str or Path
        The truth, like `01_GT`: `SEG/man_segNNN.tif` of some or all frames, `TRA/man_trackNNN.tif` of all frames with
        `TRA/man_track.txt`. Either may be missing.
    output : str or Path
        The CSV to write: `movie`, then `COLUMNS`. What the truth does not allow to say is left empty: without SEG the
        segmentation, without TRA (or for a single frame) all the rest, without divisions BC, without whole cell cycles
        CCA.
    movie : str
        The movie's name.
    frames : str, optional
        Which frames of its file the movie has, such as "0-119,130", by which truth is counted; all without.

    Raises
    ------
    UserError
        If truth and result are not of the same frames, or the truth has neither SEG nor TRA.
    """
    truth_folder = Path(truth_folder)
    if Path(ctc_folder, LEFT_OUT).is_file():
        raise UserError(f"{ctc_folder}: the export is left out, which scores are made of; see {LEFT_OUT} there")
    results = masks_of(Path(ctc_folder), "mask")
    segmentation = masks_of(truth_folder / "SEG", "man_seg")
    tracking = masks_of(truth_folder / "TRA", "man_track")
    if not segmentation and not tracking:
        raise UserError(
            f"{truth_folder}: no truth found; expected SEG/man_segNNN.tif or TRA/man_trackNNN.tif, as in the Cell "
            f"Tracking Challenge's 01_GT"
        )
    scores: dict[str, float | None] = {}
    taken = None if frames is None else [frame for chosen in parse_frames(frames) for frame in chosen]
    if segmentation:
        chosen = segmentation if taken is None else masks_of_taken(segmentation, taken)
        scores |= _score_segmentation(chosen, results, truth_folder)
    if tracking:
        chosen = tracking if taken is None else masks_of_taken(tracking, taken)
        scores |= _score_tracking(chosen, results, truth_folder / "TRA" / "man_track.txt", Path(ctc_folder), taken)
    with atomic_file(output) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["movie", *COLUMNS])
        writer.writerow([movie, *(_text(scores.get(name)) for name in COLUMNS.values())])


def match_frame(truth: np.ndarray, result: np.ndarray) -> Matches:
    """Match the cells of one frame.

    Parameters
    ----------
    truth, result : ndarray of int, (Y, X)
        Labels; 0 is background.

    Returns
    -------
    Matches
        The matches, as `ctc_metrics.utils.representations.match` returns them.
    """
    covered = (truth > 0) | (result > 0)
    n_result = int(result.max(initial=0)) + 1
    pairs, pixels = np.unique(truth[covered].astype(np.int64) * n_result + result[covered], return_counts=True)
    in_truth, in_result = np.divmod(pairs, n_result)
    labels_ref, index_ref = np.unique(in_truth, return_inverse=True)
    labels_comp, index_comp = np.unique(in_result, return_inverse=True)
    area_ref = np.bincount(index_ref, weights=pixels)[index_ref]
    area_comp = np.bincount(index_comp, weights=pixels)[index_comp]
    matched = (in_truth > 0) & (in_result > 0) & (pixels / area_ref > 0.5)
    iou = pixels / (area_ref + area_comp - pixels)
    return Matches(
        labels_ref[labels_ref > 0].tolist(),
        labels_comp[labels_comp > 0].tolist(),
        in_truth[matched].tolist(),
        in_result[matched].tolist(),
        iou[matched].tolist(),
    )


def masks_of(folder: Path, prefix: str) -> dict[int, Path]:
    """The masks of a folder by frame, none where there is no such folder.

    Raises UserError where a frame has two, one is a copy that is still under way, or all have other names.
    """
    names = re.compile(rf"{prefix}(\d+)(?i:\.tiff?)")
    found: dict[int, Path] = {}
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    refuse_unfinished(folder, unfinished(path.name for path in paths))
    for path in paths:
        match = names.fullmatch(path.name)
        if match:
            other = found.setdefault(int(match[1]), path)
            if other != path:
                raise UserError(f"{folder}: {other.name} and {path.name} are of the same frame; remove one of them")
    others = [path.name for path in paths if is_tiff(path.name)]
    if others and not found:
        raise UserError(f"{folder}: holds {others[0]} and no {prefix}NNN.tif; give the masks the challenge's names")
    return dict(sorted(found.items()))


def _score_segmentation(truths: dict[int, Path], results: dict[int, Path], folder: Path) -> dict[str, float]:
    from ctc_metrics.scripts.evaluate import calculate_metrics

    beyond = [path for frame, path in truths.items() if frame not in results]
    if beyond:
        raise UserError(
            f"{beyond[0]}: is truth of a frame that the result does not have (its {len(results)} frames count from 0); "
            f"check `truth` and `path` in the sheet"
        )
    frames = _match(truths, results, "SEG")
    if not any(frames["labels_ref"]):
        return {}
    return calculate_metrics(None, None, {}, frames, list(SEGMENTATION.values()), is_valid=True)


def _score_tracking(
    truths: dict[int, Path], results: dict[int, Path], truth_file: Path, ctc_folder: Path, taken: list[int] | None
) -> dict[str, float | None]:
    from ctc_metrics.scripts.evaluate import calculate_metrics

    if list(truths) != list(results):
        raise UserError(
            f"{truth_file.parent}: has {len(truths)} frames up to {max(truths, default=0)}, but the result "
            f"{ctc_folder} has {len(results)} from 0; they have to be of the same frames, so check `truth` and "
            "`path` in the sheet"
        )
    frames = _match(truths, results, "TRA")
    truth_rows = _read_rows(truth_file, frames["labels_ref"], taken)
    result_rows = _read_rows(ctc_folder / "res_track.txt", frames["labels_comp"])
    # the library has no measures for one frame alone, nor for nothing to find
    if len(truths) == 1 or not any(frames["labels_ref"]):
        return {}
    has_links = (truth_rows[:, 2] > truth_rows[:, 1]).any() or truth_rows[:, 3].any()
    wanted = [*DETECTION.values(), *(LINKS.values() if has_links else ()), *BIOLOGY.values(), "BC", *IDENTITY.values()]
    if any(frames["labels_comp"]):
        return calculate_metrics(result_rows, truth_rows, frames, {}, wanted, is_valid=True)
    # nor for nothing found, which is worth 0 in every measure that the truth allows
    present = frames["labels_ref"]
    itself = {"labels_ref": present, "labels_comp": present, "mapped_ref": present, "mapped_comp": present}
    allowed = calculate_metrics(truth_rows, truth_rows, itself, {}, wanted, is_valid=True)
    return {name: None if score is None else 0.0 for name, score in allowed.items()}


def _match(truths: dict[int, Path], results: dict[int, Path], what: str) -> dict[str, list[Any]]:
    """Match all frames of a truth; lists of frames under the names that the library gives them."""
    frames = []
    for frame, path in progress(truths.items(), len(truths), f"evaluate {what}"):
        truth, result = read_tiff_labels(path), read_tiff_labels(results[frame])
        if truth.shape != result.shape:
            raise UserError(
                f"{path}: is {truth.shape} pixels large, but the result is {result.shape}, in (Y, X); check `truth` "
                "and `path` in the sheet"
            )
        frames.append(match_frame(truth, result))
    return {name: [getattr(matches, name) for matches in frames] for name in Matches._fields}


def _read_rows(path: Path, labels: list[list[int]], taken: list[int] | None = None) -> np.ndarray:
    """Rows of label, first frame, last frame, parent, int64 (n, 4); refused where they are not those of the masks."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
        numbers = [[int(number) for number in line.split()] for line in lines if line.strip()]
        if any(len(row) != 4 for row in numbers):
            raise ValueError("a row has more or fewer numbers")
        rows = np.array(numbers, np.int64).reshape(-1, 4)
    except (OSError, ValueError, OverflowError) as error:
        raise UserError(f"{path}: expected rows of label, first frame, last frame, parent: {error}") from error
    if taken is not None:
        rows = rows_of_taken(rows, taken)
    for frame, present in enumerate(labels):
        differing = np.setxor1d(present, rows[(rows[:, 1] <= frame) & (frame <= rows[:, 2]), 0])
        if differing.size:
            raise UserError(f"{path}, frame {frame}: label {differing[0]} is not in both the rows and the masks")
    _check_tracks(path, rows, len(labels))
    return rows


def _check_tracks(path: Path, rows: np.ndarray, n_frames: int) -> None:
    """Refuse tracks that cannot be, of which measures would be nonsense; raises UserError."""
    label, first, last, parent = rows.T
    numbers, counts = np.unique(label, return_counts=True)
    if (counts > 1).any():
        raise UserError(f"{path}: label {numbers[counts > 1][0]} has {counts.max()} rows; each track has one")
    wrong = (label < 1) | (first < 0) | (first > last) | (last >= n_frames)
    if wrong.any():
        raise UserError(
            f"{path}: the row {' '.join(map(str, rows[wrong][0]))} is no track of label, first frame, last frame and "
            f"parent in a movie of {n_frames} frames"
        )
    unknown = np.setdiff1d(parent, [0, *label])
    if unknown.size:
        raise UserError(f"{path}: a track's parent is {unknown[0]}, which has no row of its own")
    ends = dict(zip(label.tolist(), last.tolist(), strict=True)) | {0: -1}
    late = np.array([ends[number] for number in parent.tolist()], int) >= first
    if late.any():
        child, begin, _, mother = rows[late][0]
        raise UserError(
            f"{path}: track {child} begins in frame {begin}, and its parent {mother} ends in frame {ends[mother]}; "
            "a parent ends before its children begin"
        )


def _text(score: float | None) -> str:
    return "" if score is None else f"{score:.6f}"
