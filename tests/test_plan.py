"""What the rules ask of the sheet and the config."""

import os
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from sidewinder import names
from sidewinder import plan as plan_module
from sidewinder.cluster.resources import Size
from sidewinder.errors import UserError
from sidewinder.plan import Plan
from sidewinder.sheet import Row

CONFIG = {
    "movies": "s.tsv",
    "model": "nuclei",
    "exports": ["ctc", "geff"],
    "train": {"model": "models/mine"},
    "annotate": {"folder": "annotate"},
}


def make_model(folder: Path) -> None:
    """Files of the names that a model has."""
    folder.mkdir(parents=True)
    (folder / names.CARD).touch()
    # a header without tensors
    (folder / names.WEIGHTS).write_bytes(b"\2\0\0\0\0\0\0\0{}")


@pytest.fixture
def shipped(tmp_path, monkeypatch) -> Path:
    """A folder of shipped models with `nuclei`, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    make_model(tmp_path / "shipped" / "nuclei")
    return Path("shipped")


def plan_of(shipped: Path, *rows: Row, **config) -> Plan:
    return Plan({row.movie: row for row in rows}, CONFIG | config, shipped)


def test_only_raw_movies_that_the_workflow_makes_are_inputs_or_where_nothing_else_watches_them(shipped):
    Path("data").mkdir()
    for name in ("a.tif", "b<c>{d}.tif"):
        Path("data", name).touch()
    paths = ["data/../data/a.tif", "data", "data/*.tif", "none.tif", "data/b<c>{d}.tif", "./simulated/rough/01.ome.tif"]
    plan = plan_of(shipped, *(Row(2, str(index), path) for index, path in enumerate(paths)))
    assert [plan.raw_input(movie) for movie in plan.rows] == [[], [], [], [], [], ["simulated/rough/01.ome.tif"]]
    in_store = replace(plan, keeps_records=False)
    watched = [in_store.raw_input(movie) for movie in plan.rows]
    assert watched == [["data/a.tif"], [], [], [], [], ["simulated/rough/01.ome.tif"]]


def test_a_raw_movie_with_a_date_in_the_future_is_not_watched(shipped):
    Path("a.tif").touch()
    plan = replace(plan_of(shipped, Row(2, "a", "a.tif")), keeps_records=False)
    assert plan.raw_input("a") == ["a.tif"]
    os.utime("a.tif", (time.time() + 1e6,) * 2)
    assert plan.raw_input("a") == []


def test_movies_and_models_of_a_store_are_left_to_the_storage_plugin(shipped):
    plan = plan_of(shipped, Row(2, "a", "s3://raw/b/../a.tif", model="s3://lab/models/mine/"))
    plan.check_models("s.tsv")
    assert plan.raw_input("a") == ["s3://raw/b/../a.tif"]
    assert plan.model_input("a") == ["s3://lab/models/mine/card.yaml", "s3://lab/models/mine/weights.safetensors"]


def test_truth_is_an_input_where_the_workflow_makes_it(shipped):
    simulated = Row(2, "a", "x", truth="simulated/plain/01_GT")
    plan = plan_of(shipped, simulated, Row(3, "b", "x", truth="data/01_GT"), Row(4, "c", "x"))
    assert [plan.truth_input(movie) for movie in "abc"] == [["simulated/plain/01_GT"], [], []]


def test_the_explorer_shows_the_first_movie_or_the_one_that_is_named(shipped):
    rows = Row(2, "a", "x"), Row(3, "7", "x")
    assert plan_of(shipped, *rows, explorer={"movie": ""}).explored() == "a"
    # on the command line it has become a number
    assert plan_of(shipped, *rows, explorer={"movie": 7}).explored() == "7"
    with pytest.raises(UserError, match="there is no movie b in s.tsv"):
        plan_of(shipped, *rows, explorer={"movie": "b"}).explored()


def test_products_follow_the_exports_and_the_truth(shipped):
    rows = Row(2, "a", "x"), Row(3, "b", "x", truth="t")
    tables = ["tracks.parquet", "tracks.csv", "lineage.csv", "warnings.csv"]
    common = ["movie.ome.zarr", *tables, "overlay.png", "report.html"]
    plan = plan_of(shipped, *rows, exports=["geff"])
    assert plan.products() == [f"a/{name}" for name in [*common, "tracks.geff"]] + [
        f"b/{name}" for name in [*common, "tracks.geff", "scores.csv"]
    ]
    assert plan.products("scores.csv") == ["b/scores.csv"]
    nuclei = plan_of(shipped, *rows, Row(4, "n", "x", within="a"), exports=[])
    assert set(nuclei.products()) >= {"n/within.parquet", "n/within.csv"}
    assert [name for name in nuclei.products() if "within" in name and name[0] != "n"] == []
    assert nuclei.outer("n") == "a"
    with pytest.raises(UserError, match=r"s.tsv, movie a: column within names no movie"):
        nuclei.outer("a")
    without = plan_of(shipped, *rows, tables=["parquet"])
    assert set(plan.products()) - set(without.products()) == {"a/tracks.csv", "b/tracks.csv"}
    assert set(plan.tables_of_all()) - set(without.tables_of_all()) == {"experiment.csv", "experiment_lineage.csv"}
    assert plan_of(shipped, *rows).products("ctc") == ["a/ctc", "b/ctc"]


@pytest.mark.parametrize(
    ("of_sheet", "expected"),
    [(None, ["geff"]), ("ctc", ["ctc"]), ("trackmate,geff , ctc", ["ctc", "geff", "trackmate"]), ("none", [])],
)
def test_a_movie_may_have_exports_of_its_own(shipped, of_sheet, expected):
    plan = plan_of(shipped, Row(2, "a", "x", exports=of_sheet), Row(3, "b", "x"), exports=["geff"])
    assert plan.exports("a") == expected
    assert [path for path in plan.products() if path in ("a/ctc", "a/tracks.geff", "a/trackmate.xml")] == [
        {"ctc": "a/ctc", "geff": "a/tracks.geff", "trackmate": "a/trackmate.xml"}[name] for name in expected
    ]
    assert plan.products("tracks.geff")[-1] == "b/tracks.geff"


def test_blocks_are_numbered_from_0(shipped):
    plan = plan_of(shipped, Row(2, "a-0", "x", blocks=3))
    assert plan.block_files("a-0", "cells-{block}.parquet") == [f"a-0/cells-{block}.parquet" for block in (0, 1, 2)]


def test_metadata_is_what_only_the_sheet_knows(shipped):
    plan = plan_of(shipped, Row(2, "a", "x", extra={"dose": "0.50"}), Row(3, "b", "y"))
    assert plan.metadata() == [{"movie": "a", "dose": "0.50"}, {"movie": "b"}]


def test_the_report_shows_the_row_as_a_short_sheet_has_it(shipped):
    plan = plan_of(shipped, Row(2, "a", "x.tif", pixel_size_um=0.5, extra={"dose": "1"}), Row(3, "b", "y", labels="m"))
    row = {"movie": "a", "path": "x.tif", "pixel_size_um": "0.5", "model": plan.config["model"], "dose": "1"}
    assert plan.sheet_row("a") == row
    assert plan.sheet_row("b") == {"movie": "b", "path": "y", "labels": "m"}


def test_a_movie_that_is_not_in_the_sheet_is_named(shipped):
    with pytest.raises(UserError, match=r"^there is no movie typo in s\.tsv$"):
        plan_of(shipped, Row(2, "a", "x")).model_folder("typo")


def test_models_are_found_by_name_and_by_path(shipped):
    make_model(Path("own"))
    plan = plan_of(shipped, Row(2, "a", "x"), Row(3, "b", "x", model="./own"))
    plan.check_models("s.tsv")
    assert plan.model_folder("a") == "shipped/nuclei"
    assert plan.files_of(plan.model_folder("b")) == ["own/card.yaml", "own/weights.safetensors"]


def test_models_are_inputs_where_nothing_else_watches_them_or_they_are_not_there(shipped):
    plan = plan_of(shipped, Row(2, "a", "x"))
    assert plan.model_input("a") == []
    in_store = replace(plan, keeps_records=False)
    assert in_store.model_input("a") == ["shipped/nuclei/card.yaml", "shipped/nuclei/weights.safetensors"]
    # Snakemake refuses inputs with a date in the future, whoever has made them
    os.utime("shipped/nuclei/card.yaml", (time.time() + 1e6,) * 2)
    assert in_store.model_input("a") == ["shipped/nuclei/weights.safetensors"]
    Path("shipped/nuclei/card.yaml").unlink()
    assert plan.model_input("a") == ["shipped/nuclei/card.yaml"]


def test_packages_of_others_are_found_as_zip_and_as_folder(shipped):
    Path("theirs.zip").touch()
    Path("theirs/parts").mkdir(parents=True)
    for name in ("a.txt", "rdf.yaml", "parts/weights.pt"):
        Path("theirs", name).touch()
    plan = plan_of(shipped, Row(2, "a", "x", model="theirs.zip"), Row(3, "b", "x", model="./theirs/"))
    plan.check_models("s.tsv")
    files = [plan.files_of(plan.model_folder(movie)) for movie in "ab"]
    assert files == [["theirs.zip"], ["theirs/rdf.yaml", "theirs/a.txt", "theirs/parts/weights.pt"]]
    assert [plan.model_of(first) for first, *_ in files] == ["theirs.zip", "theirs"]
    assert plan.base_width("a") == plan.base_width("b") == 64


@pytest.mark.parametrize(
    ("row", "model", "expected"),
    [
        (Row(7, "a", "x"), "gone.zip", "config: model: 'gone.zip' is no model: there is no file gone.zip"),
        pytest.param(
            Row(7, "a", "x", model="nucleii"),
            "nuclei",
            "s.tsv, line 7, movie a, column model: 'nucleii' is no model: there is no folder shipped/nucleii; "
            "models with a name: nuclei; any other is given by its path, such as ./mine",
            marks=pytest.mark.case("model", "a model's name that is not known"),
        ),
        (
            Row(7, "a", "x"),
            "./gone",
            "config: model: './gone' is no model: there is no folder gone; "
            "models with a name: nuclei; any other is given by its path, such as ./mine",
        ),
        pytest.param(
            Row(7, "a", "x"),
            "./half",
            "config: model: './half' is no model: the folder half lacks weights.safetensors",
            marks=pytest.mark.case("model", "a model folder without weights"),
        ),
        (
            Row(7, "a", "x"),
            "./cut",
            "config: model: './cut' is no model: cut/weights.safetensors has 9 of 10 bytes; "
            "copy the model folder again",
        ),
    ],
)
def test_models_that_are_not_there_are_refused(shipped, row, model, expected):
    Path("half").mkdir()
    Path("half/card.yaml").touch()
    make_model(Path("cut"))
    Path("cut/weights.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{")
    with pytest.raises(UserError) as caught:
        plan_of(shipped, row, model=model).check_models("s.tsv")
    assert str(caught.value) == expected


def test_the_model_that_is_to_be_trained_need_not_be_there(shipped):
    plan_of(shipped, Row(2, "a", "x"), model="./models/mine").check_models("s.tsv")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"depth": 4, "base_width": 16, "gamma": None, "crop_px": 100}, None),  # as where nothing is said
        ({"depth": 2, "base_width": 8}, None),
        pytest.param(
            {"depth": 3},
            "train.depth: found 3, but the 2 of start_from, first, holds; leave train.depth out",
            marks=pytest.mark.case("model", "a setting that the first model settles"),
        ),
        ({"base_width": 32}, "train.base_width: found 32, but the 8 of start_from, first, holds; leave"),
        ({"gamma": 0.7}, "train.gamma: found 0.7, but the 1 of start_from, first, holds; leave train.gamma out"),
        ({"crop_px": 98}, "train.crop_px: 98 is not a multiple of 4, which a network of depth 2 needs; 96 is one"),
        ({"start_from": "gone", "depth": 3}, None),  # the job says what is wrong
        ({"start_from": "by_background", "gamma": None}, None),
        ({"start_from": "by_background", "gamma": 1.0}, "train.gamma: found 1.0, but the null of start_from, by_back"),
    ],
)
def test_what_a_model_that_is_gone_on_from_settles_cannot_be_set(shipped, settings, expected):
    make_model(Path("first"))
    Path("first/card.yaml").write_text("{architecture: {depth: 2, base_width: 8}, normalization: {gamma: 1.0}}")
    make_model(Path("by_background"))
    Path("by_background/card.yaml").write_text(
        "{architecture: {depth: 2, base_width: 8}, normalization: {background: true}}"
    )
    plan = plan_of(shipped, train={"start_from": "first"} | settings)
    if expected is None:
        plan.check_start_from()
    else:
        with pytest.raises(UserError, match=f"^config: {re.escape(expected)}"):
            plan.check_start_from()


@pytest.mark.parametrize(
    "network", ["{depth: .inf, base_width: 8}", "{depth: 1e12, base_width: 8}", "{depth: 2, base_width: 1000000}"]
)
def test_nothing_is_planned_by_a_card_that_no_memory_would_do_for(shipped, network):
    plan_module._network_of.cache_clear()
    make_model(Path("first"))
    Path("first/card.yaml").write_text(f"{{architecture: {network}, normalization: {{gamma: 1.0}}}}")
    train = {"start_from": "first", "depth": 3, "base_width": 16, "crop_px": 96, "model": "models/mine"}
    plan = plan_of(shipped, Row(2, "a", "x", model="./first"), train=train)
    plan.check_start_from()
    assert plan.base_width("a") == 16
    plan_module._network_of.cache_clear()


def test_training_needs_something_to_learn_from(shipped):
    assert plan_of(shipped, train={"annotations": "a.tsv"}).learnt_from() == ["a.tsv"]
    assert plan_of(shipped, train={"simulated_frames": 5}).learnt_from() == []
    Path("a.tsv").write_text("images\tlabels\n01\t\n")
    with pytest.raises(UserError, match=r"^a\.tsv, line 2, column labels: the cell is empty; allowed is the path"):
        plan_of(shipped, train={"annotations": "a.tsv"}).learnt_from()
    with pytest.raises(UserError, match="neither annotations nor simulated_frames"):
        plan_of(shipped, train={}).learnt_from()


def test_frames_and_labels_that_are_learnt_from_are_inputs(shipped):
    files = ["01/t0.tif", "01/t1.tiff", "02/t0.TIF", "L/l0.tif", "M/m0.tif"]
    for name in [*files, "01/notes.txt", "01/._t0.tif", "L/{x}1.tif"]:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    Path("a.tsv").write_text("images\tlabels\tmarkers\n01\tL\tM\n./02\tL\t\n")
    assert sorted(plan_of(shipped, train={"annotations": "a.tsv"}).learnt_from()) == sorted(["a.tsv", *files])
    for name in ("a.tsv", "01/t0.tif"):
        os.utime(name, (time.time() + 1e6,) * 2)
    assert sorted(plan_of(shipped, train={"annotations": "a.tsv"}).learnt_from()) == sorted(files[1:])


def test_what_was_corrected_is_an_input_under_any_name(shipped):
    files = ["annotate/m/corrected/0001.tif", "annotate/m/corrected/0001-1.tif", "annotate/n/corrected/0002.tiff"]
    for name in [*files, "annotate/m/suggested/0001.tif"]:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    plan = plan_of(shipped, annotate={"folder": "annotate"})
    assert sorted(plan.corrected()) == sorted(files)
    Path("annotate/annotations.tsv").write_text("images\tlabels\n")
    with pytest.raises(UserError, match=r"annotate/annotations.tsv was not written by `snakemake annotate`"):
        plan.corrected()


def test_the_scenes_are_those_that_can_be_simulated():
    from sidewinder.simulate import SCENES

    assert list(SCENES) == list(names.SCENES)
    assert all(plan_module.SIMULATED.fullmatch(f"simulated/{scene}/01.ome.tif") for scene in SCENES)
    assert not plan_module.SIMULATED.fullmatch("simulated/other/01.ome.tif")


def test_the_size_of_a_movie_is_known_as_soon_as_it_can_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan({"a": Row(line=2, movie="a", path="a.tif")}, {"results": "out"}, tmp_path)
    assert plan.size("a") == Size()
    array = tmp_path / "out" / "work" / "a" / "image.ome.zarr" / "0" / "zarr.json"
    array.parent.mkdir(parents=True)
    array.write_text('{"shape": [9, 2, 30, 40], "data_type": "uint8"}')
    assert plan.size("a") == Size((9, 2, 30, 40), 1)


@pytest.mark.case("config", "a folder of results in which other things lie")
@pytest.mark.parametrize("key", ["results", "train.model", "annotate.folder"])
@pytest.mark.parametrize("folder", ["/", "//", ".", "./", "..", "/usr/..", "a/..", "{work}/../"])
def test_nothing_is_made_where_other_things_lie(key, folder, shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = folder.format(work=tmp_path)
    section, _, setting = key.partition(".")
    config = {"results": "results", **CONFIG, section: {setting: folder} if setting else folder}
    with pytest.raises(UserError, match=rf"config, {key}: .* in which other things lie; name a folder of its own"):
        Plan({}, config, shipped).check_folders("s.tsv")


@pytest.mark.parametrize("key", ["results", "train.model", "annotate.folder"])
@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("file", "'file' cannot be a folder, for file is a file"),
        ("file/below/it", "'file/below/it' cannot be a folder, for file is a file"),
        ("dangling", "for dangling is a link that leads nowhere"),
        ("circle/out", "for circle is a link that leads nowhere"),
        (f"out/{'é' * 128}", "é' is too long for the name of a folder"),
    ],
)
def test_what_cannot_be_a_folder_is_named(key, folder, expected, shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("not_mounted/results")
    (tmp_path / "circle").symlink_to("circle")
    section, _, setting = key.partition(".")
    config = {"results": "results", **CONFIG, section: {setting: folder} if setting else folder}
    with pytest.raises(UserError, match=rf"config, {key}: .*{expected}; name another folder"):
        Plan({}, config, shipped).check_folders("s.tsv")


@pytest.mark.parametrize(
    ("column", "path"),
    [
        pytest.param(
            "path", "results/a.tif", marks=pytest.mark.case("raw data", "a raw movie inside the results folder")
        ),
        ("path", "results/work/a/*.tif"),
        pytest.param(
            "path",
            "link/a.zarr",
            marks=pytest.mark.case("raw data", "a raw movie inside the results folder, through a link"),
        ),
        ("truth", "./x/../results/GT"),
    ],
)
def test_raw_movies_among_the_results_are_refused(column, path, shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results" / "a").mkdir(parents=True)
    (tmp_path / "link").symlink_to("results/a")
    config = {**CONFIG, "results": "results"}
    (tmp_path / "circle.tif").symlink_to("circle.tif")
    outside = Row(2, "a", "raw/results/a.tif", truth="circle.tif")
    Plan({"a": outside}, config, shipped).check_folders("s.tsv")
    inside = replace(outside, **{column: path})
    with pytest.raises(
        UserError, match=rf"s\.tsv, line 2, movie a, column {column}: .* lies in the results folder results"
    ):
        Plan({"a": inside}, config, shipped).check_folders("s.tsv")


@pytest.mark.case("sheet", "more blocks than frames")
def test_more_blocks_than_frames_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("few.tif", np.zeros((4, 16, 16), np.uint16), imagej=True, metadata={"axes": "TYX"})
    config = {**CONFIG, "results": "results"}
    rows = {"a": Row(2, "a", "few.tif", blocks=4), "unread": Row(3, "unread", "unread.tif", blocks=9)}
    Plan(rows, config, tmp_path).check_blocks("s.tsv")
    rows["a"] = replace(rows["a"], blocks=5)
    rows["b"] = Row(4, "b", "few.tif", blocks=9)
    said = (
        r"^s\.tsv, line 2, movie a, column blocks: found 5, but the movie has 4 frames; a block has one frame at.*\n"
        r"s\.tsv, line 4, movie b, column blocks: found 9"
    )
    with pytest.raises(UserError, match=said):
        Plan(rows, config, tmp_path).check_blocks("s.tsv")


def test_rectangles_beyond_the_frame_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("m.tif", np.zeros((3, 20, 30), "uint8"), photometric="minisblack")
    regions = {"a": "0:20,0:30", "b": "0:21,0:30", "c": "5:9,30:31", "d": "mask.tif", "e": None}
    rows = {movie: Row(line, movie, "m.tif", region=region) for line, (movie, region) in enumerate(regions.items(), 2)}
    with pytest.raises(UserError) as caught:
        Plan(rows, {"results": "results"}, tmp_path).check_regions("s.tsv")
    size = "but the movie's frames are 20 x 30 px (height x width); the whole frame is 0:20,0:30"
    assert str(caught.value).splitlines() == [
        f"s.tsv, line 3, movie b, column region: found 0:21,0:30, {size}",
        f"s.tsv, line 4, movie c, column region: found 5:9,30:31, {size}",
    ]


def test_all_that_cannot_be_run_is_said_at_once(shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = Row(2, "a", "a.tif", model="./none"), Row(3, "b", "out/b.tif", model="nobody"), Row(4, "c", "out/c.tif")
    plan = plan_of(shipped, *rows, results="out")
    with pytest.raises(UserError) as caught:
        plan.check("s.tsv", of_run=True)
    found = [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert found == [
        "s.tsv, line 2, movie a, column model",
        "s.tsv, line 3, movie b, column model",
        "s.tsv, line 3, movie b, column path",
        "s.tsv, line 4, movie c, column path",
    ]
    with pytest.raises(UserError) as caught:
        plan.check("s.tsv", of_run=False)
    assert len(str(caught.value).splitlines()) == 2
