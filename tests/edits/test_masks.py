"""Edits of masks: from a list on disk to the labels and tables that users get."""

import numpy as np
import pandas as pd
import pytest
import tifffile

from outputs import track_outputs
from sidewinder.edits.table import COLUMNS
from sidewinder.export.ome_zarr import publish
from sidewinder.measure import measure_frame
from sidewinder.plausibility.edits import check_edits
from sidewinder.store import open_labels, write_image, write_stack
from sidewinder.store.table import read_made_of
from sidewinder.track import track_movie

N_FRAMES, SHAPE = 7, (60, 90)


def disc(y: float, x: float, radius: float = 7) -> np.ndarray:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def cells_at(*places: tuple[float, float]) -> np.ndarray:
    labels = np.zeros(SHAPE, np.int32)
    for number, place in enumerate(places, start=1):
        labels[disc(*place)] = number
    return labels


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Tracks and publishes masks with a list of edits; gives tracks, published labels and the edits that fail."""

    def run(masks, *rows, **saved):
        folder = tmp_path_factory.mktemp("run")
        (folder / "masks").mkdir(parents=True)
        for file, mask in saved.items():
            tifffile.imwrite(folder / "masks" / f"{file}.tif", mask.astype(np.uint8))
        lines = ["\t".join(COLUMNS), *("\t".join(map(str, (*row, *[""] * 11)[:11])) for row in rows)]
        (folder / "edits.tsv").write_text("\n".join(lines) + "\n")
        image = np.full((N_FRAMES, 1, *SHAPE), 100, np.uint16)
        write_image(
            folder / "image.ome.zarr", image, n_frames=N_FRAMES, shape_cyx=(1, *SHAPE), dtype=np.uint16,
            pixel_size_um=None, frame_interval_s=None, channel_names=["gfp"], attributes={},
        )  # fmt: skip
        tables = [measure_frame(masks[t], image[t], ("gfp",)).assign(frame=t) for t in range(N_FRAMES)]
        pd.concat(tables, ignore_index=True).to_parquet(folder / "cells-0.parquet")
        write_stack(
            folder / "labels-0.zarr", [mask.astype(np.uint32) for mask in masks], n_frames=N_FRAMES,
            frame_shape=SHAPE, dtype=np.uint32, attributes={"first_frame": 0, "n_frames": N_FRAMES},
        )  # fmt: skip
        stores = {"labels": [folder / "labels-0.zarr"], "image": folder / "image.ome.zarr"}
        outputs = track_outputs(folder)
        track_movie(
            cells=[folder / "cells-0.parquet"], **stores, **outputs, movie="m",
            settings={"search_range_px": 12, "divisions": False}, measure={}, curated=folder,
        )  # fmt: skip
        painted = {one: outputs[one] for one in ("label_tracks", "repairs")}
        publish(**stores, **painted, lineage=outputs["lineage_csv"], output=folder / "movie.ome.zarr")
        broken = read_made_of(outputs["tracks_parquet"] or "").get("edits_do_not_hold", [])
        return pd.read_parquet(outputs["tracks_parquet"]), open_labels(folder / "movie.ome.zarr")[:], broken

    return run


PLACES = ((20, 20), (20, 34), (45, 60))


@pytest.fixture(scope="module")
def masks():
    """Three cells that stand still, of which two touch."""
    return [cells_at(*PLACES) for _ in range(N_FRAMES)]


# lines 2 to 12 of the list: what holds, what needs no edit, and what does not hold
ROWS = (
    ("delete", 3, 45, 60),
    ("add", 1, 20, 70, "", "", "", "new.tif"),
    ("delete", 5, 45, 60),
    ("add", 5, 46, 62, "", "", "", "redrawn.tif"),
    ("add", 2, 20, 20, "", "", "", "known.tif"),
    ("split", 4, 20, 21, 4, 20, 33),
    ("merge", 6, 45, 60, 6, 46, 61),
    ("merge", 3, 45, 60, 3, 20, 20),
    ("delete", 4, 5, 5),
    ("add", 5, 20, 24, "", "", "", "over.tif"),
    ("delete", 99, 5, 5),
)


@pytest.fixture(scope="module")
def edited(run, masks):
    """What many edits make of the masks."""
    drawn = {"new": disc(20, 70), "redrawn": disc(46, 62, 5), "known": disc(21, 21), "over": disc(20, 27, 6)}
    return run(masks, *ROWS, **drawn)


def check_same_cells(tracks: pd.DataFrame, labels: np.ndarray) -> None:
    """Labels and table hold the same cells."""
    for frame, of_frame in enumerate(labels):
        ids, pixels = np.unique(of_frame[of_frame > 0], return_counts=True)
        rows = tracks[tracks["frame"] == frame].sort_values("track_id")
        assert rows["track_id"].tolist() == ids.tolist()
        assert rows["area_px"].tolist() == pixels.tolist()


def test_two_halves_become_one_in_every_frame(run, masks):
    tracks, labels, broken = run(masks, *(("merge", t, 20, 20, t, 20, 34) for t in range(N_FRAMES)))
    assert broken == []
    assert len(np.unique(labels)) - 1 == 2
    check_same_cells(tracks, labels)
    assert tracks.loc[tracks["corrected"], "area_px"].unique().tolist() == [(disc(20, 20) | disc(20, 34)).sum()]
    assert len(tracks) == 2 * N_FRAMES


def test_a_cell_is_split_by_two_places_or_by_a_mask(run, masks):
    """The two that touch are one: split by places in even frames, by a mask in odd ones."""
    whole = [np.where(mask == 2, 1, mask) for mask in masks]
    corner = np.where(disc(20, 20, 3), 1, np.where(disc(20, 34, 3), 2, 0))[15:26, 15:40]
    by_mask = [("split", t, 20, 27, "", "", "", "a_y15_x15.tif") for t in range(1, N_FRAMES, 2)]
    by_places = [("split", t, 20, 21, t, 20, 33) for t in range(0, N_FRAMES, 2)]
    tracks, labels, broken = run(whole, *by_mask, *by_places, a_y15_x15=corner)
    assert broken == []
    check_same_cells(tracks, labels)
    assert tracks.groupby("track_id").size().tolist() == [N_FRAMES] * 3
    # the true masks again, but for the pixels between the two
    for mask, found in zip(masks, labels, strict=True):
        assert {np.bincount(found[mask == one]).argmax() for one in (1, 2, 3)} == {1, 2, 3}
        assert (found > 0).sum() == (mask > 0).sum()


def test_table_and_labels_hold_the_same_cells_after_many_edits(edited):
    tracks, labels, _ = edited
    check_same_cells(tracks, labels)
    assert tracks.groupby("frame").size().tolist() == [3, 4, 3, 2, 3, 3, 3]
    # what is corrected, and nothing else
    rows = tracks.loc[tracks["corrected"], ["frame", "y_px", "x_px"]].sort_values("frame")
    assert rows.to_numpy().tolist() == [[1, 20, 70], [5, 46, 62]]


def test_what_is_deleted_is_not_repaired(edited):
    assert not edited[1][3][disc(45, 60)].any()


def test_a_cell_is_added_on_background(edited):
    new = np.unique(edited[1][1][disc(20, 70)])
    assert new.tolist() != [0]
    assert (edited[1][1] == new).sum() == disc(20, 70).sum()


def test_a_redrawn_cell_keeps_its_track(edited):
    labels = edited[1]
    assert (labels[5] == labels[4][45, 60]).sum() == disc(46, 62, 5).sum()
    assert (labels[5] == labels[2][45, 60]).sum() == disc(46, 62, 5).sum()


def test_what_others_have_found_meanwhile_needs_no_edit(edited, masks):
    for frame in (2, 4, 6):
        np.testing.assert_array_equal(edited[1][frame] > 0, masks[frame] > 0)
        assert len(np.unique(edited[1][frame])) == 4


def test_edits_that_do_not_hold_are_named_with_line_and_frame(edited):
    broken = edited[2]
    assert [(one["line"], one["frame"]) for one in broken] == [(9, 3), (10, 4), (11, 5), (12, 99)]
    messages = [warning.message for warning in check_edits(broken, "m")]
    assert messages[0].startswith("curated/m/edits.tsv, line 9, frame 3: merge at y 45, x 60 contradicts line 2")
    assert "line 10, frame 4: delete expects a cell at y 5, x 5. The edit was not applied" in messages[1]
    assert "add at y 20, x 24 expects background, and other cells are there" in messages[2]


def test_a_list_without_rows_changes_nothing(run, masks):
    spoiled = [np.where(mask == 1, 0, mask) if t == 3 else mask for t, mask in enumerate(masks)]
    tracks, labels, _ = run(spoiled)
    assert (tracks["repaired"] == "missed").sum() == 1
    check_same_cells(tracks, labels)
