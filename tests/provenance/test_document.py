"""`provenance.json`: what made the results, for people."""

import json
from dataclasses import replace
from pathlib import Path

from sidewinder.driver.run import Run
from sidewinder.fingerprint import digest_at
from sidewinder.names import CARD, VERSION, WEIGHTS
from sidewinder.provenance import keeping
from sidewinder.provenance.document import write_documents
from sidewinder.provenance.metadata import made_of


def written(experiment, monkeypatch, commit=None) -> tuple[dict, dict, dict]:
    """What is written of all movies, of movie `a` and of movie `b`."""
    monkeypatch.setattr(keeping, "_commit", lambda: {"commit": commit} if commit else {})
    write_documents(Path("results"), experiment.plan)
    return tuple(json.loads(Path("results", name, "provenance.json").read_text()) for name in ("", "a", "b"))


def made(experiment):
    """The experiment with all jobs done, a column more, and a folder for each movie."""
    for movie in "ab":
        Path("results", movie).mkdir(parents=True)
    experiment.make()
    rows = experiment.plan.rows | {"a": replace(experiment.plan.rows["a"], extra={"dose": "0.5"})}
    return replace(experiment, plan=replace(experiment.plan, rows=rows))


def test_version_model_settings_and_sheet_are_named(experiment, monkeypatch):
    whole, a, b = written(made(experiment), monkeypatch, "cafe")
    assert (whole["made_by"], whole["versions"]["commit"]) == (f"Sidewinder {VERSION}", "cafe")
    assert whole["config"]["track"] == {"max_gap_frames": 2, "repair": True}
    assert whole["movies"]["a"] == a["sheet"]
    assert (a["sheet"]["path"], a["sheet"]["dose"], "truth" in a["sheet"]) == ("frames", "0.5", False)
    assert a["model"] == "mine"
    assert a["read"]["model"]["sha256"] == {name: digest_at(f"mine/{name}") for name in (CARD, WEIGHTS)}
    assert a["read"]["raw"]["n_files"] == 3
    assert len(a["read"]["raw"]["sha256"]) == 64
    assert a["stages"]["track"]["settings"]["settings"] == {"max_gap_frames": 2, "repair": True}
    assert a["stages"]["track"]["versions"]["sidewinder"] == VERSION
    assert a["stages"]["track"]["machine"] == whole["machine"]
    assert a["stages"]["track"]["made"] > a["stages"]["preprocess"]["made"]
    assert set(b["stages"]) >= {"infer-0", "infer-1", "instances-0", "instances-1", "track", "evaluate"}


def test_a_given_flat_field_is_named(experiment, monkeypatch):
    Path("flat.tif").write_text("even")
    experiment.plan.config["preprocess"] = {"flat_field": "flat.tif", "dark_field": 12}
    _, a, _ = written(made(experiment), monkeypatch)
    digest = digest_at("flat.tif")
    assert a["read"]["flat_field"] == {"n_files": 1, "bytes": 4, "sha256": {"": digest}}
    assert a["stages"]["preprocess"]["settings"]["settings"]["flat_field"] == "flat.tif"
    assert "dark_field" not in a["read"]


def test_what_is_written_already_is_left_as_it_is(experiment, monkeypatch):
    experiment = made(experiment)
    files = [Path("results", name, "provenance.json") for name in ("", "a", "b")]
    written(experiment, monkeypatch)
    before = [path.stat().st_ino for path in files]
    written(experiment, monkeypatch)
    assert [path.stat().st_ino for path in files] == before
    experiment.make("track")
    written(experiment, monkeypatch)
    assert [path.stat().st_ino == inode for path, inode in zip(files, before, strict=True)] == [True, False, False]


def test_a_run_with_nothing_to_do_writes_what_one_that_was_killed_did_not(experiment, monkeypatch):
    experiment = made(experiment)
    written(experiment, monkeypatch)
    whole, of_a, of_b = (Path("results", name, "provenance.json") for name in ("", "a", "b"))
    said, inode = of_a.read_text(), whole.stat().st_ino
    of_a.unlink()
    of_b.write_text("{}")
    # it has computed nothing, from a sheet by another path
    experiment.plan.config["movies"] = "../movies.tsv"
    monkeypatch.setattr("sidewinder.provenance.document.versions", lambda: {"sidewinder": "9"})
    write_documents(Path("results"), experiment.plan, is_idle=True)
    assert of_a.read_text() == said
    assert json.loads(of_b.read_text())["movie"] == "b"
    assert whole.stat().st_ino == inode
    write_documents(Path("results"), experiment.plan)
    assert json.loads(whole.read_text())["versions"] == {"sidewinder": "9"}


def test_a_table_says_what_it_is_made_of_but_not_when_or_where(experiment, monkeypatch):
    experiment = made(experiment)
    settings = {"track": {"max_gap_frames": 2}}
    said = made_of(Path("results"), "a", settings)
    assert (said["movie"], said["versions"]["sidewinder"], said["more"]) == ("a", VERSION, "provenance.json")
    assert said["settings"] == settings | {"preprocess": None, "instances": {"min_area_px": 30}}
    assert (len(said["raw"]), len(said["model"])) == (64, 64)
    experiment.make()
    assert made_of(Path("results"), "a", settings) == said
    Path("frames/t1.tif").write_text("another")
    experiment.make("preprocess")
    other = made_of(Path("results"), "a", settings)
    assert (other.pop("raw") != said.pop("raw"), other == said) == (True, True)


def test_a_movie_of_which_nothing_is_there_has_none(experiment):
    write_documents(Path("results"), experiment.plan)
    assert [path.name for path in Path("results").iterdir()] == ["provenance.json"]


def test_what_a_killed_run_made_is_written_by_the_next_that_has_nothing_to_do(experiment, capsys):
    experiment = made(experiment)
    run = Run("results", experiment.plan, ".")
    run.show_idle()
    assert not Path("results/a/provenance.json").exists()
    Path("results/summary.csv").write_text("movie,state\na,done\n")
    run.show_idle()
    assert json.loads(Path("results/a/provenance.json").read_text())["movie"] == "a"
    assert "provenance.json" not in capsys.readouterr().err
