"""Ten errors, corrected in another program and taken back: scores go up, and stay up with another setting."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import tifffile
from scipy import ndimage as ndi
from scipy.spatial.distance import pdist, squareform

from outputs import track_outputs
from sidewinder.curate import viewer
from sidewinder.curate.ask import curation_asked
from sidewinder.curate.viewer import open_in_napari
from sidewinder.edits.table import read_edits
from sidewinder.errors import UserError
from sidewinder.evaluate import score_movie
from sidewinder.export.ctc import export_ctc, write_track_rows
from sidewinder.export.geff import export_geff
from sidewinder.export.ome_zarr import publish
from sidewinder.export.trackmate import export_trackmate
from sidewinder.measure import measure_frame
from sidewinder.simulate import SCENES, simulate
from sidewinder.store import write_image, write_stack
from sidewinder.store.table import read_made_of
from sidewinder.track import track_movie

N_FRAMES, SHAPE = 10, (90, 100)
# settings with which divisions are not found, and cells that move are lost
POOR = {"divisions": False, "search_range_px": 1}


@pytest.fixture(scope="module")
def truth():
    """Cells that divide, with true masks and tracks."""
    scene = replace(SCENES["crowded"], n_frames=N_FRAMES, shape=SHAPE, n_cells=10, n_deaths=0, cycle_frames=18)
    return simulate(scene)


@pytest.fixture(scope="module")
def spoiled(truth):
    """The masks with ten errors: cells that touch are one, or a cell is not there, each for three frames or more."""
    found = truth.labels.astype(np.int32)
    for label, first, last, _ in truth.tracks[truth.tracks[:, 2] - truth.tracks[:, 1] > 6][:4]:
        found[first + 3 : last - 2][found[first + 3 : last - 2] == label] = 0
    for frame in range(2, N_FRAMES, 2):
        labels = np.unique(found[frame])[1:]
        places = np.array(ndi.center_of_mass(found[frame] > 0, found[frame], labels))
        one, other = np.argwhere(squareform(pdist(places)) == pdist(places).min())[0]
        found[frame][found[frame] == labels[other]] = labels[one]
    return found


def track(folder, masks, image, edits=None, **settings):
    """Track masks into a folder and publish them; `edits` is the list of edits."""
    made = folder / "results" / "m"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    write_image(
        made / "image.ome.zarr", image, n_frames=N_FRAMES, shape_cyx=image.shape[1:], dtype=np.uint16,
        pixel_size_um=0.5, frame_interval_s=60.0, channel_names=["gfp"], attributes={},
    )  # fmt: skip
    tables = [measure_frame(masks[t], image[t], ("gfp",)).assign(frame=t) for t in range(N_FRAMES)]
    pd.concat(tables, ignore_index=True).to_parquet(made / "cells-0.parquet")
    write_stack(
        made / "labels-0.zarr", [mask.astype(np.uint32) for mask in masks], n_frames=N_FRAMES,
        frame_shape=masks[0].shape, dtype=np.uint32, attributes={"first_frame": 0, "n_frames": N_FRAMES},
    )  # fmt: skip
    stores = {"labels": [made / "labels-0.zarr"], "image": made / "image.ome.zarr"}
    outputs = track_outputs(made)
    track_movie(
        cells=[made / "cells-0.parquet"], **stores, **outputs, movie="m", settings=settings, measure={},
        curated=edits.parent if edits else None, made_of={"settings": {"edits": digest(folder)}} if edits else {},
    )  # fmt: skip
    painted = {one: outputs[one] for one in ("label_tracks", "repairs")}
    publish(**stores, **painted, lineage=outputs["lineage_csv"], output=made / "movie.ome.zarr")
    return made


@pytest.fixture(scope="module")
def results(truth, spoiled, tmp_path_factory):
    """Gives results without edits, of the true masks or of the spoiled ones; each is made once, and left as it is."""
    made = {}

    def results(name):
        if name not in made:
            masks, settings = {"good": (truth.labels, {}), "bad": (truth.labels, POOR), "spoiled": (spoiled, {})}[name]
            made[name] = track(tmp_path_factory.mktemp(name), masks, truth.frames[:, None], **settings)
        return made[name]

    return results


@pytest.fixture
def user(tmp_path, monkeypatch, results, truth):
    """The working directory of a user with the movie m; its results are made with and without edits."""
    monkeypatch.chdir(tmp_path)

    def begin(name):
        return Path(shutil.copytree(results(name), tmp_path / "results" / "m"))

    def again(masks, **settings):
        return track(tmp_path, masks, truth.frames[:, None], tmp_path / "curated" / "m" / "edits.tsv", **settings)

    (tmp_path / "curated" / "m" / "exported").mkdir(parents=True)
    return SimpleNamespace(begin=begin, again=again, exported=tmp_path / "curated" / "m" / "exported")


def digest(folder) -> str:
    path = folder / "curated" / "m" / "edits.tsv"
    return str(len(path.read_bytes())) if path.is_file() else ""


def curate(folder) -> list[str]:
    plan = SimpleNamespace(row=lambda _: None, edits_digest=lambda _: digest(folder))
    return curation_asked({"movie": "m"}, plan, "results")


def scores(made, truth):
    """The scores of a movie against the truth."""
    gt = made / "01_GT" / "TRA"
    shutil.rmtree(gt.parent, ignore_errors=True)
    gt.mkdir(parents=True)
    for frame, labels in enumerate(truth.labels):
        tifffile.imwrite(gt / f"man_track{frame:03d}.tif", labels)
    write_track_rows(gt / "man_track.txt", truth.tracks)
    shutil.rmtree(made / "ctc", ignore_errors=True)
    export_ctc(made / "movie.ome.zarr", made / "tracks.parquet", made / "lineage.csv", made / "ctc")
    score_movie(made / "ctc", gt.parent, made / "scores.csv", movie="m")
    return pd.read_csv(made / "scores.csv").iloc[0]


@pytest.fixture(scope="module")
def before(results, truth, tmp_path_factory):
    """The scores of the spoiled masks without edits."""
    return scores(Path(shutil.copytree(results("spoiled"), tmp_path_factory.mktemp("before") / "m")), truth)


def export_truth(truth, folder):
    """The true masks and tracks, as a user would have corrected them."""
    folder.mkdir()
    for frame, labels in enumerate(truth.labels):
        tifffile.imwrite(folder / f"mask{frame:03d}.tif", labels)
    write_track_rows(folder / "res_track.txt", truth.tracks)


def test_corrected_masks_and_tracks_pay_back_and_hold_with_another_setting(user, before, truth, spoiled, tmp_path):
    user.begin("spoiled")
    export_truth(truth, user.exported / "ctc")
    said = curate(tmp_path)
    kinds = {edit.edit for edit in read_edits(tmp_path / "curated/m/edits.tsv")}
    assert {"split", "add", "link"} <= kinds
    assert "run snakemake, which applies them to m" in said[-1]
    made = user.again(spoiled)
    after = scores(made, truth)
    assert before["TRA"] < 0.97
    assert before["LNK"] < 0.9
    assert after["TRA"] > 0.995
    assert after["LNK"] > 0.99
    # complete tracks are more than the cells that were corrected
    assert after["CT"] > before["CT"] + 0.3
    assert read_made_of(made / "tracks.parquet").get("edits_do_not_hold", []) == []
    assert pd.read_parquet(made / "tracks.parquet")["corrected"].any()

    # another setting, and another model's outlines
    other = [np.where(np.roll(mask, 1, axis=0) == mask, mask, 0) for mask in spoiled]
    changed = user.again(other, max_gap_frames=1, search_range_px=20)
    again = scores(changed, truth)
    n_edits = len(read_edits(tmp_path / "curated/m/edits.tsv"))
    assert len(read_made_of(changed / "tracks.parquet").get("edits_do_not_hold", [])) <= 0.05 * n_edits
    assert again["TRA"] > 0.98
    assert again["CT"] > before["CT"] + 0.2


EXPORTS = {
    "tracks.geff": lambda made, to: export_geff(made / "tracks.parquet", made / "lineage.csv", to),
    "tracks.xml": lambda made, to: export_trackmate(
        made / "movie.ome.zarr", made / "tracks.parquet", made / "lineage.csv", to
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_corrected_links_come_back_from_graphs(user, results, truth, tmp_path, name):
    good = results("good")
    EXPORTS[name](good, user.exported / name)
    lineages = pd.read_parquet(good / "tracks.parquet")
    bad = pd.read_parquet(user.begin("bad") / "tracks.parquet")
    columns = ["track_id", "frame", "parent_track_id", "lineage_id", "generation"]
    assert not bad[columns].equals(lineages[columns])
    curate(tmp_path)
    kinds = {edit.edit for edit in read_edits(tmp_path / "curated/m/edits.tsv")}
    assert {"link", "divide"} <= kinds <= {"link", "divide", "unlink", "not_division"}
    corrected = pd.read_parquet(user.again(truth.labels, **POOR) / "tracks.parquet")
    pd.testing.assert_frame_equal(corrected[columns], lineages[columns])
    # what was taken is not taken twice
    assert "nothing new is in" in curate(tmp_path)[-1]


def test_label_images_alone_correct_masks(user, before, truth, spoiled, tmp_path):
    user.begin("spoiled")
    (user.exported / "masks").mkdir()
    for frame, labels in enumerate(truth.labels):
        tifffile.imwrite(user.exported / "masks" / f"t{frame:03d}.tif", labels)
    curate(tmp_path)
    assert scores(user.again(spoiled), truth)["DET"] > max(before["DET"], 0.995)


def test_what_nobody_changed_gives_no_edits(user, tmp_path):
    made = user.begin("spoiled")
    export_ctc(made / "movie.ome.zarr", made / "tracks.parquet", made / "lineage.csv", user.exported / "ctc")
    assert curate(tmp_path)[0].endswith("nothing differs from the results")
    assert not (tmp_path / "curated/m/edits.tsv").exists()


def test_a_list_by_hand_is_never_written_over(user, truth, spoiled, tmp_path):
    own = tmp_path / "curated" / "m" / "edits.tsv"
    own.write_text("edit\tframe\ty_px\tx_px\n# mine\n")
    user.again(spoiled)
    export_truth(truth, user.exported / "ctc")
    assert "was written by hand and stays as it is: copy the rows of" in curate(tmp_path)[-1]
    assert own.read_text() == "edit\tframe\ty_px\tx_px\n# mine\n"
    assert read_edits(own.with_name("edits-taken.tsv"))


def test_a_part_of_the_tracks_and_xml_with_entities_are_refused(user, tmp_path):
    user.begin("good")
    (user.exported / "a.xml").write_text('<!DOCTYPE x [<!ENTITY a "b">]><TrackMate/>')
    with pytest.raises(UserError, match="declares entities"):
        curate(tmp_path)
    (user.exported / "a.xml").write_text('<TrackMate><Model spatialunits="pixel"/></TrackMate>')
    with pytest.raises(UserError, match="which would be deleted; export all tracks"):
        curate(tmp_path)


def test_napari_is_given_image_labels_and_tracks(results, monkeypatch):
    made, given = results("good"), {}
    window = SimpleNamespace(
        add_image=lambda data, **_: given.update(image=data.shape),
        add_labels=lambda labels, **_: given.update(labels=labels),
        add_tracks=lambda data, graph, **_: given.update(tracks=data, graph=graph),
    )
    napari = SimpleNamespace(Viewer=lambda **_: window, run=lambda: given.update(waited=True))
    monkeypatch.setitem(sys.modules, "napari", napari)
    open_in_napari(made, "m")
    lineage = pd.read_csv(made / "lineage.csv").query("parent_track_id > 0")
    assert given["graph"] == {row.track_id: [row.parent_track_id] for row in lineage.itertuples()}
    assert given["graph"]
    assert given["waited"]
    assert given["image"] == (N_FRAMES, 1, *SHAPE)
    for track, frame, y, x in given["tracks"][::40]:
        assert given["labels"][int(frame), round(y), round(x)] == track


def test_without_napari_or_display_it_says_so(monkeypatch):
    monkeypatch.setattr(viewer, "find_spec", lambda _: None)
    assert viewer.why_not({"DISPLAY": ":0"}, "linux") == "napari is not installed (pip install 'napari[all]')"
    monkeypatch.setattr(viewer, "find_spec", lambda _: True)
    assert viewer.why_not({}, "linux") == "there is no display"
    assert viewer.why_not({}, "darwin") == viewer.why_not({"DISPLAY": ":0"}, "linux") == ""
