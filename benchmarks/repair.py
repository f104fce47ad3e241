"""What repair by time is worth: masks before and after, against the truth.

    python benchmarks/repair.py [set ...]

prints the table of docs/measurements/tracking.md. Sets: true masks of real movies (`SIM+`), and the same masks spoiled
on purpose, frame by frame (`SIM+ spoiled`); all of them by default. SEG, DET and TRA are py-ctcmetrics', against the
true masks of all frames. A true cell that was spoiled is right where a mask has an IoU of at least 0.5 with it, and a
repaired cell is wrong where it has that with no true one.
"""

import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from material import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from tracking import DATA, REAL

from lineages import masks_of
from sidewinder.evaluate import match_frame, score_movie
from sidewinder.export.ctc import split_gaps, write_mask, write_track_rows
from sidewinder.link.tracked import Tracked
from sidewinder.measure import measure_frame
from sidewinder.repair import consume_and_repair, paint
from sidewinder.simulate.spoil import Damage
from sidewinder.track import Recording, TrackSettings
from sidewinder.track.cells_to_tracks import consume_into_tables, link_cells

SCORES = ("SEG", "DET", "TRA")
KINDS = ("missed", "merged", "split")
RIGHT_IOU = 0.5
# a true cell is missed where less of it is covered; a found one is part of a true one where more of it is
COVERED, INSIDE = 0.2, 0.5


def measure(frame: int, labels: np.ndarray) -> pd.DataFrame:
    """Place and shape alone."""
    return measure_frame(labels, np.zeros((0, *labels.shape)), ())


def spoiled_cells(true: np.ndarray, found: np.ndarray) -> dict[str, list[int]]:
    """The true cells of a frame that were missed, merged or split."""
    both = (true > 0) & (found > 0)
    pairs, pixels = np.unique(np.stack([true[both], found[both]]), axis=1, return_counts=True)
    table = pd.DataFrame({"true": pairs[0], "found": pairs[1], "pixels": pixels})
    area, found_area = np.bincount(true.ravel()), np.bincount(found.ravel())
    covered = table.groupby("true")["pixels"].sum()
    of_both = table[table["pixels"] > INSIDE * area[table["true"]]]
    pieces = table[table["pixels"] > INSIDE * found_area[table["found"]]]
    pieces = pieces[pieces["pixels"] > 0.1 * area[pieces["true"]]]
    return {
        "missed": [t for t in np.unique(true[true > 0]).tolist() if covered.get(t, 0) < COVERED * area[t]],
        "merged": of_both.loc[of_both.duplicated("found", keep=False), "true"].tolist(),
        "split": pieces.loc[pieces.duplicated("true", keep=False), "true"].unique().tolist(),
    }


def right(true: np.ndarray, tracked: np.ndarray) -> dict[int, int]:
    """The true cells that are right, and the tracks that cover them."""
    matches = match_frame(true, tracked)
    pairs = zip(matches.mapped_ref, matches.mapped_comp, matches.ious, strict=True)
    return {one: other for one, other, iou in pairs if iou >= RIGHT_IOU}


def tracked_masks(
    found: list[np.ndarray], tracked: Tracked, repairs: pd.DataFrame | None, recording: Recording
) -> tuple:
    """Tables, and masks whose values are tracks."""
    tables, masks = consume_into_tables(tracked, recording), []
    for frame, labels in enumerate(found):
        painted = labels if repairs is None else paint(labels, repairs[repairs["frame"] == frame])
        rows = tables.label_tracks[tables.label_tracks["frame"] == frame]
        track_of = np.zeros(int(painted.max(initial=0)) + 1, np.int64)
        track_of[rows["label"]] = rows["track_id"]
        masks.append(track_of[painted])
    return tables, masks


def write_ctc(folder: Path, masks: list[np.ndarray], parents: pd.Series, prefix: str, rows_name: str) -> None:
    """Masks whose values are tracks, in the challenge's layout."""
    folder.mkdir(parents=True)
    cells = [(frame, track) for frame, mask in enumerate(masks) for track in np.unique(mask[mask > 0])]
    cells, rows = split_gaps(pd.DataFrame(cells, columns=["frame", "track_id"]), parents)
    for frame, mask in enumerate(masks):
        of = cells[cells["frame"] == frame]
        label_of = np.zeros(int(mask.max(initial=0)) + 1, np.uint16)
        label_of[of["track_id"]] = of["label"]
        write_mask(folder / f"{prefix}{frame:03d}.tif", label_of[mask])
    write_track_rows(folder / rows_name, rows)


def scores(true: list[np.ndarray], true_parents: pd.Series, masks: list[np.ndarray], lineage: pd.DataFrame) -> dict:
    """`SCORES` of tracked masks."""
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder, "truth")
        write_ctc(truth / "TRA", true, true_parents, "man_track", "man_track.txt")
        write_ctc(truth / "SEG", true, true_parents, "man_seg", "unused.txt")
        parents = lineage.set_index("track_id")["parent_track_id"]
        write_ctc(Path(folder, "result"), masks, parents, "mask", "res_track.txt")
        score_movie(Path(folder, "result"), truth, Path(folder, "scores.csv"), movie="m")
        return pd.read_csv(Path(folder, "scores.csv")).iloc[0].to_dict()


def compared(name: str) -> list[str]:
    """The cells of a row of the table."""
    movie, _, spoiled = name.partition(" ")
    folder = DATA / REAL[movie]
    true, found = (list(masks) for masks in zip(*masks_of(folder, Damage() if spoiled else None), strict=True))
    rows = pd.read_csv(folder / "01_GT/TRA/man_track.txt", sep=" ", names=["track", "begin", "end", "parent"])
    parents = rows.set_index("track")["parent"]
    parents = parents.where(parents.isin(np.unique(np.concatenate([np.unique(mask) for mask in true]))), 0)
    recording = Recording(len(found), found[0].shape, None, None)
    cells = pd.concat([measure(frame, labels).assign(frame=frame) for frame, labels in enumerate(found)])
    tracked = link_cells(cells, recording, TrackSettings())
    repaired = consume_and_repair(
        replace(tracked, cells=tracked.cells.copy()), found.__getitem__, measure, lambda _: True, lambda _: None
    )
    before, masks_before = tracked_masks(found, tracked, None, recording)
    after, masks_after = tracked_masks(found, repaired.tracked, repaired.repairs, recording)
    scores_before = scores(true, parents, masks_before, before.lineage)
    scores_after = scores(true, parents, masks_after, after.lineage)
    count = Counter()
    for frame, mask in enumerate(true):
        right_before, right_after = right(mask, masks_before[frame]), right(mask, masks_after[frame])
        for kind, ones in spoiled_cells(mask, found[frame]).items():
            count[kind] += len(ones)
            count[kind, "before"] += sum(one in right_before for one in ones)
            count[kind, "after"] += sum(one in right_after for one in ones)
        rows = after.tracks[(after.tracks["frame"] == frame) & (after.tracks["repaired"] != "")]
        count["rows"] += len(rows)
        count["wrong"] += (~rows["track_id"].isin(right_after.values())).sum()
    events = [f"{count[kind, 'before']} → {count[kind, 'after']} of {count[kind]}" for kind in KINDS]
    return [
        *(f"{scores_before[key]:.3f} → {scores_after[key]:.3f}" for key in SCORES),
        *events,
        str(count["rows"]),
        str(count["wrong"]),
    ]


def main() -> None:
    """Print the table."""
    wanted = sys.argv[1:] or [*REAL, *(f"{name} spoiled" for name in REAL)]
    header = ["set", *SCORES, *(f"{kind} cells right" for kind in KINDS), "rows repaired", "of them wrong"]
    print("|" + "|".join(header) + "|")
    print("|" + "---|" * len(header))
    for name in wanted:
        print("|".join(["", name, *compared(name), ""]), flush=True)


if __name__ == "__main__":
    main()
