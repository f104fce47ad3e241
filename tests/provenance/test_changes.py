"""What has changed since results were made, and what is made again."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest
import tifffile

from sidewinder.names import WEIGHTS
from sidewinder.provenance.changes import Changes, lines_of, note_times
from sidewinder.provenance.comparison import Comparison
from sidewinder.provenance.keeping import Job, recorded
from sidewinder.provenance.record import BEFORE, read_record

AGE_S = 1e6
RAW = "its raw data have changed"


@pytest.fixture
def made(experiment):
    """The experiment, of which all is made."""
    experiment.make()
    return experiment


def test_of_what_is_as_it_was_nothing_is_made_again(made):
    assert made.changes() == {}
    a, b = Comparison(made.plan, "results", with_settings=True).changes()
    # within is of rows that name another
    assert len(a.settled) == len(BEFORE) - 1
    # whose truth is compared, too
    assert len(b.settled) == len(BEFORE) + 1


def test_another_region_is_noticed_and_another_date_of_its_file_is_not(experiment, rewritten):
    rows = experiment.plan.rows
    rewritten(Path("region.roi"), "here", AGE_S)
    rows["a"] = replace(rows["a"], region="region.roi")
    experiment.make()
    rewritten(Path("region.roi"), "here")
    assert experiment.why() == {}
    rewritten(Path("region.roi"), "over", AGE_S)
    assert experiment.why()["a"][0] == ("preprocess", "its region has changed (the file has changed)")
    for region in ("0:5,0:5", None):
        rows["a"] = replace(rows["a"], region=region)
        assert experiment.why()["a"][0] == ("preprocess", "settings of preprocess have changed (region)")
        experiment.make()
        assert experiment.why() == {}


def test_another_image_of_the_light_is_noticed_and_another_date_is_not(experiment, rewritten):
    config = experiment.plan.config
    config["preprocess"] = {"flat_field": "flat.tif", "dark_field": "dark.tif"}
    for name in ("flat.tif", "dark.tif"):
        rewritten(Path(name), "even", AGE_S)
    experiment.make()
    rewritten(Path("flat.tif"), "even")
    assert experiment.why() == {}
    for name, noun in (("flat.tif", "flat field"), ("dark.tif", "dark field")):
        rewritten(Path(name), "dull", AGE_S)
        assert {movie: why[0] for movie, why in experiment.why().items()} == dict.fromkeys(
            "ab", ("preprocess", f"its {noun} has changed (the file has changed)")
        )
        rewritten(Path(name), "even", AGE_S)
    config["preprocess"] = {"flat_field": "estimated", "dark_field": 3}
    assert experiment.why()["a"][0] == ("preprocess", "settings of preprocess have changed (dark_field, flat_field)")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            lambda write: write(Path("frames/t3.tif"), "new", AGE_S),
            "1 file added: t3.tif",
            marks=pytest.mark.case("results", "a frame was added since"),
        ),
        pytest.param(
            lambda write: Path("frames/t1.tif").unlink(),
            "1 file removed: t1.tif",
            marks=pytest.mark.case("results", "a frame was removed since"),
        ),
        pytest.param(
            lambda write: write(Path("frames/t1.tif"), "frames/tX.tif", AGE_S),
            "1 file changed: t1.tif",
            marks=pytest.mark.case("results", "a frame was replaced by an older one of the same size"),
        ),
        (lambda write: write(Path("frames/t1.tif"), "longer than it was", AGE_S), "1 file changed: t1.tif"),
        (lambda write: os.rename("frames/t2.tif", "frames/t7.tif"), "1 file added: t7.tif; 1 file removed: t2.tif"),
    ],
    ids=["added", "removed", "of the same size", "of another size", "renamed"],
)
def test_changed_raw_data_are_computed_again(made, rewritten, shown, change, reason):
    change(rewritten)
    changes = made.changes()
    assert {movie: one.why for movie, one in changes.items()} == {"a": [("preprocess", f"{RAW} ({reason})")]}
    assert changes["a"].again == ["work/a/image.ome.zarr"]
    (line,) = lines_of(changes.values())
    assert line == f"movie a: {RAW} ({reason}): it is computed again"
    shown(line, 0)


def test_touched_files_are_not_changed_and_read_once(made, rewritten):
    for path in (Path("b.tif"), Path("mine", WEIGHTS)):
        rewritten(path, path.read_text(), -AGE_S)
    changes = made.changes()
    assert made.why() == {}
    assert lines_of(changes.values()) == []
    note_times(changes.values())
    assert made.changes() == {}
    assert (
        read_record(Path("results/records/preprocess/b.json")).sources["raw"][""].mtime_ns
        == os.stat("b.tif").st_mtime_ns
    )


def test_an_experiment_that_was_moved_or_copied_is_as_it_was(made, tmp_path, monkeypatch):
    shutil.copytree(tmp_path, tmp_path / "copy", copy_function=shutil.copyfile)
    monkeypatch.chdir(tmp_path / "copy")
    assert made.why() == {}
    made.plan.rows["b"] = replace(made.plan.rows["b"], path=str(tmp_path / "b.tif"))
    assert made.why() == {}


@pytest.mark.case("results", "the path names another file now")
def test_a_path_that_names_another_file_now_is_computed_again(made, rewritten, shown):
    Path("b.tif").unlink()
    rewritten(Path("other"), "x.tif", AGE_S)
    Path("b.tif").symlink_to("other")
    assert made.why() == {"b": [("preprocess", f"{RAW} (the file has changed)")]}
    shown(*lines_of(made.changes().values()), 0)


@pytest.mark.case("results", "raw data were moved to an archive")
def test_results_of_raw_data_that_are_gone_stay(made, shown):
    Path("b.tif").unlink()
    changes = made.changes()
    assert changes["b"].again == []
    (line,) = lines_of(changes.values())
    assert line.startswith("movie b: b.tif: no such file or folder; ")
    assert line.endswith("; its results stay as they are")
    shown(line, 0)


@pytest.mark.case("results", "the model was replaced by an older one")
def test_another_model_segments_again(made, rewritten, shown):
    rewritten(Path("mine", WEIGHTS), "weights.safetensorz", AGE_S)
    reason = f"its model has changed (1 file changed: {WEIGHTS})"
    assert made.why() == {"a": [("infer", reason)], "b": [("infer", reason)] * 2}
    assert made.changes()["b"].again == ["work/b/maps-0.zarr", "work/b/maps-1.zarr"]
    line = lines_of(made.changes().values())[0]
    assert line == f"movie a: {reason}: it is computed again from infer on"
    shown(line, 0)


@pytest.mark.case("results", "truth has changed since")
def test_other_truth_scores_again(made, rewritten, shown):
    rewritten(Path("GT/TRA/man_track.txt"), "1 0 3 0\n", AGE_S)
    assert made.why() == {"b": [("evaluate", "its truth has changed (1 file changed: TRA/man_track.txt)")]}
    assert made.changes()["b"].again == ["b/scores.csv"]
    shown(*lines_of(made.changes().values()), 0)


def test_snakemakes_own_mark_in_a_folder_of_truth_is_no_part_of_it(made, rewritten):
    rewritten(Path("GT/.snakemake_timestamp"), "")
    assert made.why() == {}
    made.make("evaluate")
    assert list(read_record("results/records/evaluate/b.json").sources["truth"]) == ["TRA/man_track.txt"]


def test_a_truth_whose_links_lead_in_a_circle_is_compared(made, rewritten):
    for name in ("one", "two"):
        Path("GT/TRA", name).symlink_to("..")
    made.make("evaluate")
    assert list(read_record("results/records/evaluate/b.json").sources["truth"]) == ["TRA/man_track.txt"]
    assert made.changes() == {}


def test_corrected_label_images_are_measured_again(experiment, rewritten):
    for frame in range(3):
        rewritten(Path(f"masks/t{frame}_cp_masks.tif"), "labels")
    experiment.plan.rows["a"] = replace(experiment.plan.rows["a"], labels="masks")
    experiment.make()
    assert experiment.why() == {}
    rewritten(Path("masks/t1_cp_masks.tif"), "corrected", AGE_S)
    assert experiment.why()["a"] == [
        ("instances", "its label images have changed (1 file changed: t1_cp_masks.tif)"),
    ]
    assert experiment.changes()["a"].again == ["work/a/labels-0.zarr"]
    # the same labels as a model's: the network is to run now, and its cells are others
    experiment.plan.rows["a"] = replace(experiment.plan.rows["a"], labels=None)
    assert experiment.why()["a"][0] == ("instances", "settings of instances have changed (min_area_px)")


def test_scores_whose_truth_is_gone_and_a_movie_of_which_all_files_are_gone_stay(made):
    shutil.rmtree("GT")
    for path in Path("frames").iterdir():
        path.unlink()
    assert made.why() == {}
    made.plan.rows["a"] = replace(made.plan.rows["a"], path="empty.zarr")
    Path("empty.zarr").mkdir()
    assert made.changes()["a"].gone == "empty.zarr: no files are there"
    Path("empty.zarr/0").symlink_to("nowhere")
    assert made.changes()["a"].gone == "empty.zarr: cannot be read: No such file or directory (empty.zarr/0)"


@pytest.mark.case("results", "a setting has changed since, .snakemake deleted or not")
def test_other_settings_are_noticed_where_they_belong(made, shown):
    made.plan.config["track"] = {"max_gap_frames": 1, "repair": True}
    reason = "settings of track have changed (max_gap_frames)"
    assert made.why() == {movie: [("track", reason)] for movie in "ab"}
    shown(lines_of(made.changes().values())[0], 0)
    made.plan.rows["a"] = replace(made.plan.rows["a"], pixel_size_um=0.5, channel="1")
    assert [stage for stage, _ in made.why()["a"]] == [
        "preprocess", "infer", "instances", "track", "plausibility", "publish", "overlay", "report",
    ]  # fmt: skip
    ours = Comparison(made.plan, "results", with_settings=False).changes()
    assert [one.why for one in ours] == [[], []]


def test_what_a_run_that_was_ended_halfway_has_not_made_again_is_made_again(made):
    made.make("preprocess", "infer")
    said = ("instances", "instances was made of earlier results of infer")
    assert made.why() == {"a": [said], "b": [said] * 2}
    made.make(*list(BEFORE)[2:])
    assert made.why() == {}


def test_what_was_made_by_a_job_that_was_killed_before_its_record_is_made_again(made):
    killed = recorded(made.job("geff", "a"))
    killed.__enter__()
    # of what is not there, Snakemake says that it is missing
    assert made.why() == {}
    Path("results/a/tracks.geff").mkdir(parents=True)
    changes = made.changes()["a"]
    assert changes.why == [("geff", "geff was ended before it was complete")]
    assert changes.again == ["a/tracks.geff"]
    made.make("geff")
    assert made.why() == {}
    # of a version that left no mark
    Path("results/records/geff/a.json").unlink()
    assert made.why() == {}


def test_other_blocks_are_made_again(made):
    made.plan.rows["b"] = replace(made.plan.rows["b"], blocks=3)
    assert [stage for stage, _ in made.why()["b"]] == ["infer", "infer"]


def test_results_without_records_are_left_to_snakemake(experiment, rewritten):
    experiment.make("track", "publish")
    rewritten(Path("frames/t3.tif"), "new")
    assert experiment.changes() == {}
    a, _ = Comparison(experiment.plan, "results", with_settings=True).changes()
    assert a.settled == ["publish/a"]


def test_of_results_without_records_times_tell(experiment, rewritten):
    stamp = Path("results/work/a/image.ome.zarr/.snakemake_timestamp")
    rewritten(stamp, "")
    assert experiment.why() == {}
    rewritten(Path("frames/t1.tif"), "newer", -AGE_S)
    reason = "its raw data are newer than its results, of which there is no record"
    assert experiment.why() == {"a": [("preprocess", reason)]}
    stamp.unlink()
    assert experiment.why() == {}
    rewritten(Path("results/work/b/labels-0.zarr/.snakemake_timestamp"), "")
    assert experiment.why() == {}
    rewritten(Path("mine", WEIGHTS), "newer", -AGE_S)
    reason = "its model is newer than its results, of which there is no record"
    assert experiment.why() == {"b": [("infer", reason)] * 2}


def test_sources_in_a_store_are_left_to_snakemake(made):
    made.plan.rows["b"] = replace(made.plan.rows["b"], path="s3://raw/b.tif")
    assert made.changes() == {}
    _, b = Comparison(made.plan, "results", with_settings=True).changes()
    assert "preprocess/b" not in b.settled


def test_tables_of_all_movies_are_made_again_where_the_sheet_says_something_else_of_them(made):
    job = Job("results/logs/experiment/experiment.log", {}, {"rows": made.plan.metadata()}, [], [], 1)
    with recorded(job):
        pass
    assert made.changes() == {}
    made.plan.rows["a"] = replace(made.plan.rows["a"], extra={"dose": "0.5"})
    changes = made.changes()
    assert changes[""].again == ["experiment.parquet"]
    said = "tables of all movies: what the sheet says of the movies has changed: they are made again"
    assert lines_of(changes.values()) == [said]
    # what an analysis may have been made with is a change, too, if a movie is left out
    made.plan.rows.pop("b")
    assert list(made.changes()) == [""]
    assert Comparison(made.plan, "results", with_settings=False).changes() == [Changes("a", settled=ANY)]


def test_of_raw_data_that_are_archived_nothing_is_said_and_nothing_is_made_again(made):
    Path("b.tif").unlink()
    made.plan.rows["b"] = replace(made.plan.rows["b"], archived="tape 12")
    changes = made.changes()
    assert changes["b"].archived == "tape 12"
    assert lines_of(changes.values()) == []


def test_what_was_made_of_raw_data_that_are_gone_is_kept_whatever_the_sheet_says(made):
    Path("b.tif").unlink()
    made.plan.rows["b"] = replace(made.plan.rows["b"], archived="tape 12", frames="0-1")
    changes = made.changes()
    assert changes["b"].again == []
    (line,) = lines_of(changes.values())
    reason = "settings of preprocess have changed (frames)"
    assert line == f"movie b: {reason}, but its raw data are not there: its results stay as they are"
    # another channel is in what was kept
    made.plan.rows["b"] = replace(made.plan.rows["b"], channel="1")
    assert made.changes()["b"].again[0] == "work/b/maps-0.zarr"


def test_raw_data_that_are_back_from_an_archive_are_compared(made, rewritten):
    made.plan.rows["b"] = replace(made.plan.rows["b"], archived="tape 12")
    assert made.changes() == {}
    rewritten(Path("b.tif"), "other", AGE_S)
    assert made.why() == {"b": [("preprocess", f"{RAW} (the file has changed)")]}


def test_of_many_movies_the_first_are_said():
    changes = [Changes(f"m{number}", why=[("preprocess", "so")]) for number in range(33)]
    lines = lines_of(changes)
    assert lines[29:] == ["movie m29: so: it is computed again", "... and 3 more movies of which something has changed"]


def test_the_other_files_of_an_ome_tiff_are_watched(experiment, rewritten):
    one = '<UUID FileName="{0}.tif">{0}</UUID>'
    planes = "".join(f'<TiffData FirstT="{frame}">{one.format(name)}</TiffData>' for frame, name in enumerate("bc"))
    xml = f'<OME UUID="b"><Image><Pixels>{planes}</Pixels></Image></OME>'
    for name in "bc":
        tifffile.imwrite(f"{name}.tif", np.zeros((8, 9), np.uint8), description=xml, metadata=None)
    experiment.make()
    assert experiment.changes() == {}
    size = os.stat("c.tif").st_size
    rewritten(Path("c.tif"), "x" * size, AGE_S)
    assert experiment.why() == {"b": [("preprocess", f"{RAW} (1 file changed: c.tif)")]}
    Path("c.tif").unlink()
    assert experiment.why() == {"b": [("preprocess", f"{RAW} (1 file removed: c.tif)")]}


def test_an_export_that_is_not_asked_for_any_more_is_not_made_again(made):
    plan, asking = made.plan, replace(made.plan, config={**made.plan.config, "exports": ["video"]})
    made.make()
    for now, stages in ((plan, False), (asking, True)):
        rows = {**now.rows, "a": replace(now.rows["a"], channel="1")}
        made.plan = replace(now, rows=rows)
        assert ("video" in [stage for stage, _ in made.why()["a"]]) is stages
