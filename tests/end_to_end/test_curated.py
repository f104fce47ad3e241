"""Corrections in a whole run: ten errors, taken back and by hand, mended in tables, exports, scores and the report."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import tifffile
import zarr
from scipy.ndimage import distance_transform_edt

from reported import carried
from sidewinder.export.ctc import write_track_rows
from sidewinder.simulate import SCENES, simulate
from sidewinder.store import open_labels

CONFIG = ("movies=movies.tsv", "exports=[geff]")
SPECK, IN_FRAME = 99, 3
# line 2 is the header's; what a user has written below the rows that were taken
BY_HAND = "delete\t{frame}\t{y}\t{x}\t\t\t\t\tAda\t\ta speck\ndelete\t50\t5\t5\t\t\t\t\tAda\t\t\n"


def write_folder(folder, name, frames):
    folder.mkdir(parents=True)
    for frame, labels in enumerate(frames):
        tifffile.imwrite(folder / name.format(frame), labels)


def with_speck(labels):
    """Masks with one that is no cell, where most space is in its frame, and its place."""
    away_px = distance_transform_edt(labels[IN_FRAME] == 0)
    y, x = np.unravel_index(away_px.argmax(), away_px.shape)
    rows, columns = np.indices(away_px.shape)
    found = labels.copy()
    found[IN_FRAME][np.hypot(rows - y, columns - x) < 4] = SPECK
    return found, (y, x)


def spoiled(labels):
    """Masks with nine errors more: in five frames a cell is not there, and in four of them two are one."""
    found = labels.copy()
    for frame in range(1, 6):
        first, *_, one, other = np.setdiff1d(labels[frame], [0, SPECK])
        found[frame][found[frame] == first] = 0
        if frame < 5:
            found[frame][found[frame] == other] = one
    return found


def test_ten_errors_corrected_are_mended_in_tables_exports_scores_and_report(workflow):
    folder = workflow.folder
    scene = replace(SCENES["plain"], n_frames=7, shape=(80, 90), n_cells=7, n_deaths=0, n_specks=0, cycle_frames=40)
    truth = simulate(scene)
    tifffile.imwrite(folder / "m.tif", truth.frames, photometric="minisblack")
    masks, (y, x) = with_speck(truth.labels)
    write_folder(folder / "masks", "{:03d}.tif", spoiled(masks))
    write_folder(folder / "01_GT" / "TRA", "man_track{:03d}.tif", truth.labels)
    write_track_rows(folder / "01_GT" / "TRA" / "man_track.txt", truth.tracks)
    workflow.sheet(
        "movies.tsv", {"movie": "m", "path": "m.tif", "labels": "masks", "truth": "01_GT", "pixel_size_um": "0.5"}
    )
    made, own = folder / "results" / "m", folder / "curated" / "m"
    # all that is needed to correct it
    first = workflow.run("results/m/movie.ome.zarr", "--config", *CONFIG)
    assert first.returncode == 0, first.stdout[-3000:]
    assert not pd.read_csv(made / "tracks.csv")["corrected"].any()

    # nine in another program, which has left the speck
    write_folder(own / "exported" / "ctc", "mask{:03d}.tif", masks)
    rows = np.vstack([truth.tracks, [SPECK, IN_FRAME, IN_FRAME, 0]])
    write_track_rows(own / "exported" / "ctc" / "res_track.txt", rows)
    taken = workflow.run("curate", "--config", "movie=m", *CONFIG)
    assert taken.returncode == 0, taken.stdout[-3000:]
    assert "curated/m/exported/ctc: 4 split, 5 add, " in taken.stdout
    # and one by hand, with another one that cannot hold
    edits = own / "edits.tsv"
    edits.write_text(edits.read_text() + BY_HAND.format(frame=IN_FRAME, y=y, x=x))
    second = workflow.run("--config", *CONFIG)
    assert second.returncode == 0, second.stdout[-3000:]
    assert "movie m: settings of track have changed (edits): it is computed again from track on" in second.stdout

    scores = pd.read_csv(made / "scores.csv").iloc[0]
    assert scores[["DET", "TRA", "LNK", "CT"]].tolist() == [1, 1, 1, 1]
    np.testing.assert_array_equal(open_labels(made / "movie.ome.zarr")[:] > 0, truth.labels > 0)
    tracks = pd.read_parquet(made / "tracks.parquet")
    assert len(tracks) == sum(len(np.unique(labels)) - 1 for labels in truth.labels)
    assert tracks["corrected"].sum() >= 9
    nodes = zarr.open_group(made / "tracks.geff", mode="r")["nodes/props/corrected/values"]
    np.testing.assert_array_equal(np.asarray(nodes), tracks["corrected"])
    # the page and the table of all movies say what was corrected, and what does not hold
    last = len(edits.read_text().splitlines())
    facts = json.loads(carried(made / "report.html", "facts"))
    (track,) = (one for one in facts["origin"]["made"] if one["stage"] == "track")
    assert track["sources"]["corrections"]["files"][0][0] == "edits.tsv"
    assert facts["counts"]["corrected"] == tracks["corrected"].sum()
    listed = {(one["track"], frame) for one in facts["edited"] for frame in range(one["first"], one["last"] + 1)}
    assert listed == set(tracks.loc[tracks["corrected"], ["track_id", "frame"]].itertuples(index=False, name=None))
    (warning,) = (one for one in facts["warnings"] if one["kind"] == "edits_do_not_hold")
    assert f"curated/m/edits.tsv, line {last}, frame 50: delete expects a movie" in warning["message"]
    assert warning["message"] in second.stdout
    assert "edits_do_not_hold" in pd.read_csv(folder / "results" / "summary.csv")["warnings"][0]
