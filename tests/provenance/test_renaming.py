"""A movie that the sheet has under another name has what was made of it up to its cells."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sidewinder.driver.again import make_ready, said_changes
from sidewinder.driver.subset import movies_beyond
from sidewinder.fingerprint import SNAKEMAKES
from sidewinder.names import BLOCKWISE, IMAGE, PROVENANCE, SUMMARY, TRACKS
from sidewinder.plan import Plan
from sidewinder.provenance import taking_over
from sidewinder.provenance.comparison import Comparison
from sidewinder.provenance.record import read_record
from sidewinder.provenance.renaming import find_renamed, renamed_lines

RESULTS = Path("results")
NOTHING = ([], [])


@pytest.fixture
def made(experiment, rewritten):
    """The experiment, all of it made: `a` from a folder of frames, `b` from a file and in two blocks."""
    experiment.make()
    for movie, row in experiment.plan.rows.items():
        for name in (IMAGE, *(name.format(block=n) for n in range(row.blocks) for name in sum(BLOCKWISE.values(), ()))):
            file = Path("results/work", movie, name, "c" if name.endswith("zarr") else "")
            rewritten(file, f"{movie} {name}")
        rewritten(Path("results/work", movie, IMAGE, SNAKEMAKES), "")
        for stage in ("preprocess", "infer", "instances"):
            for record in Path("results/records", stage).glob(f"{movie}*.json"):
                rewritten(Path("results/logs", stage, f"{record.stem}.log"), f"log of {record.stem}")
        document = {"sheet": {"path": row.path}}
        rewritten(Path("results", movie, PROVENANCE), json.dumps(document))
        rewritten(Path("results", movie, TRACKS), "")
    rewritten(Path("results", SUMMARY), "movie\na\nb\n")
    return experiment


def in_place_of(plan: Plan, old: str, *new: str, **columns: object) -> Plan:
    """The experiment with other names for a movie of the sheet, and other columns."""
    rows = dict(plan.rows)
    row = rows.pop(old)
    return replace(plan, rows=rows | {name: replace(row, movie=name, **columns) for name in new})


def begun(plan: Plan) -> list[tuple[str, str]]:
    """Begin a run, and which movies it finds under an old name."""
    found = find_renamed(plan, RESULTS)
    changes = said_changes(plan, RESULTS, found, with_settings=True)
    make_ready(changes, found, RESULTS)
    return [(one.movie, one.old) for one in found]


def settled(plan: Plan, movie: str) -> tuple[list[str], list[tuple[str, str]]]:
    found = {one.movie: one for one in Comparison(plan, RESULTS, with_settings=True).changes()}
    return found[movie].settled, found[movie].why


def contents(*folders: str) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for top in folders for path in Path(top).rglob("*") if path.is_file()}


@pytest.mark.case("results", "a movie has another name in the sheet")
@pytest.mark.parametrize("new", ["c", "a-b", "b-1"])
def test_what_was_made_up_to_the_cells_is_used(made, new, shown):
    plan, before = in_place_of(made.plan, "b", new), contents("results")
    (line,) = renamed_lines(find_renamed(plan, RESULTS))
    shown(line, 0)
    said = "its raw data and settings are those of b, which the sheet no longer has: b's network maps are used"
    assert line == f"movie {new}: {said}"
    # so far nothing is changed, as in a dry run
    assert contents("results") == before
    assert begun(plan) == [(new, "b")]
    blocks = [f"{stage}/{new}-{block}" for stage in ("infer", "instances") for block in range(2)]
    assert settled(plan, new) == ([f"preprocess/{new}", *blocks], [])
    # what has the movie's name in it is made
    assert not Path("results/records/track", f"{new}.json").exists()
    after = contents("results")
    assert before.items() <= after.items()
    for path in (f"{IMAGE}/c", "maps-1.zarr/c", "labels-0.zarr/c", "cells-1.parquet", "uncertainty-0.npy"):
        assert after[f"results/work/{new}/{path}"] == before[f"results/work/b/{path}"]
    assert Path("results/logs/infer", f"{new}-1.log").read_text() == "log of b-1"
    # the next run has nothing to find
    assert begun(plan) == []


def test_files_take_the_disk_once_and_the_old_name_keeps_its_own(made):
    plan = in_place_of(made.plan, "b", "c")
    begun(plan)
    old, new = (Path("results/work", movie) for movie in "bc")
    assert (old / "maps-0.zarr/c").samefile(new / "maps-0.zarr/c")
    # Snakemake touches the file by whose time it knows a folder's
    assert not (old / IMAGE / SNAKEMAKES).samefile(new / IMAGE / SNAKEMAKES)
    assert (old / IMAGE / SNAKEMAKES).stat().st_mtime_ns == (new / IMAGE / SNAKEMAKES).stat().st_mtime_ns
    both = replace(made.plan, rows=made.plan.rows | plan.rows)
    for movie in "bc":
        assert settled(both, movie)[1] == []
    assert settled(both, "b")[0][-1] == "evaluate/b"


def test_without_hard_links_files_are_copied(made, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    begun(in_place_of(made.plan, "b", "c"))
    assert Path("results/work/c/maps-0.zarr/c").read_text() == "b maps-0.zarr"
    assert Path("results/work/c/maps-0.zarr/c").stat().st_nlink == 1


@pytest.mark.parametrize(
    "columns",
    [{"channel": "1"}, {"frames": "0-1"}, {"blocks": 1}, {"model": "./other"}, {"labels": "GT"}, {"position": "p"}],
    ids=lambda columns: next(iter(columns)),
)
def test_with_other_settings_the_network_runs(made, columns, rewritten):
    for name in ("card.yaml", "weights.safetensors"):
        rewritten(Path("other", name), "another")
    assert find_renamed(in_place_of(made.plan, "b", "c", **columns), RESULTS) == []


def test_a_changed_threshold_is_heeded(made, capsys):
    plan = in_place_of(made.plan, "b", "c")
    plan = replace(plan, config=plan.config | {"instances": {"min_area_px": 50}})
    (one,) = find_renamed(plan, RESULTS)
    assert one.changes.settled == ["preprocess/c", "infer/c-0", "infer/c-1"]
    assert one.changes.again == ["work/c/labels-0.zarr", "work/c/labels-1.zarr"]
    assert begun(plan) == [("c", "b")]
    said = "movie c: settings of instances have changed (min_area_px): it is computed again from instances on"
    assert said in capsys.readouterr().err.splitlines()


def test_raw_data_that_only_look_the_same_are_others(made, rewritten):
    """Files of one size that were written within one second, as a microscope's, or as FAT keeps times."""
    shutil.copy2("b.tif", "moved.tif")
    rewritten(Path("twin.tif"), "c.tif")
    shutil.copystat("b.tif", "twin.tif")
    assert find_renamed(in_place_of(made.plan, "b", "c", path="twin.tif"), RESULTS) == []
    # the same file elsewhere is read to make sure
    assert begun(in_place_of(made.plan, "b", "c", path="moved.tif")) == [("c", "b")]


def test_only_movies_that_the_sheet_lacks_give_what_they_have(made):
    rows = made.plan.rows | {"c": replace(made.plan.rows["b"], movie="c")}
    assert find_renamed(replace(made.plan, rows=rows), RESULTS) == []
    # a part of the movies, and none of them new
    assert find_renamed(replace(made.plan, rows={"a": rows["a"]}), RESULTS) == []


def test_two_names_for_one_old_and_two_old_ones(made):
    plan = in_place_of(in_place_of(made.plan, "b", "c", "d"), "a", "e")
    assert begun(plan) == [("c", "b"), ("d", "b"), ("e", "a")]
    for movie in "cde":
        assert settled(plan, movie)[1] == []
        assert Path("results/work", movie, IMAGE, "c").read_text().startswith("a " if movie == "e" else "b ")


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("maps-*", "b's cells are used"),
        ("maps-1*", "b's network maps and cells are used"),
        ("labels-*", "b's network maps are used"),
        ("image*", ""),
        ("[ml]*-0*", ""),
    ],
)
def test_what_is_there_must_save_the_network_from_running(made, gone, said):
    for path in Path("results/work/b").glob(gone):
        shutil.rmtree(path)
    lines = renamed_lines(find_renamed(in_place_of(made.plan, "b", "c"), RESULTS))
    assert [line.rpartition(": ")[2] for line in lines] == [said] * bool(said)


def test_cells_are_not_used_without_maps_where_a_threshold_has_changed(made):
    for path in Path("results/work/b").glob("maps-*"):
        shutil.rmtree(path)
    plan = replace(in_place_of(made.plan, "b", "c"), config=made.plan.config | {"instances": {"min_area_px": 50}})
    assert find_renamed(plan, RESULTS) == []


def test_of_archived_raw_data_the_path_is_known(made):
    Path("b.tif").unlink()
    plan = in_place_of(made.plan, "b", "c", archived="tape 12")
    assert begun(plan) == [("c", "b")]
    assert settled(plan, "c")[1] == []
    assert find_renamed(in_place_of(made.plan, "a", "d", path="elsewhere"), RESULTS) == []


@pytest.mark.parametrize("there", ["results/c", "results/work/c/image.ome.zarr"])
def test_what_is_there_under_the_new_name_stays(made, there):
    Path(there).mkdir(parents=True)
    assert find_renamed(in_place_of(made.plan, "b", "c"), RESULTS) == []


@pytest.mark.parametrize("killed_at", ["_link_or_copy", "_copy_logs", "write_record"])
@pytest.mark.parametrize("calls_before", [0, 4])
def test_killed_at_any_point_the_next_run_makes_it_whole(made, killed_at, calls_before, monkeypatch):
    class Killed(BaseException):
        pass

    works, calls = getattr(taking_over, killed_at), []

    def kill(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) > calls_before or killed_at == "_copy_logs":
            raise Killed
        works(*arguments)

    plan, before = in_place_of(made.plan, "b", "c"), contents("results/work/b", "results/records")
    with monkeypatch.context() as patch:
        patch.setattr(taking_over, killed_at, kill)
        with pytest.raises(Killed):
            begun(plan)
    assert read_record("results/records/preprocess/c.json") is None
    assert begun(plan) == [("c", "b")]
    assert len(settled(plan, "c")[0]) == 5
    assert before.items() <= contents("results/work/b", "results/records").items()
    assert not list(RESULTS.rglob("*.part"))
    assert not list(RESULTS.rglob("*.begun"))


@pytest.mark.parametrize("fails_at", ["_link_or_copy", "write_record"])
def test_on_a_full_disk_the_movie_is_computed_anew_and_nothing_half_is_there(made, fails_at, monkeypatch, capsys):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "results/work/c")

    monkeypatch.setattr(taking_over, fails_at, fail)
    begun(in_place_of(made.plan, "b", "c"))
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("movie c")]
    assert line.startswith("movie c: what was made of it as b cannot be used (no space is left")
    assert line.endswith("it is computed anew")
    assert not Path("results/work/c").exists()


def test_a_run_beside_another_one_takes_nothing(made, monkeypatch):
    monkeypatch.setattr("sidewinder.driver.lock.holder", lambda results: "process 1 on elsewhere")
    begun(in_place_of(made.plan, "b", "c"))
    assert not Path("results/work/c").exists()


def test_the_tables_of_all_movies_have_the_new_name_in_place_of_the_old(made):
    plan = in_place_of(made.plan, "b", "c")
    assert movies_beyond(plan, RESULTS) == ["b"]
    assert movies_beyond(plan, RESULTS, ["b"]) == []
    begun(plan)
    assert movies_beyond(plan, RESULTS) == []
    # neither name is in the sheet, or the old one was made again of something else
    assert movies_beyond(in_place_of(plan, "c", "d"), RESULTS) == ["b"]
    made.make("preprocess")
    assert movies_beyond(plan, RESULTS) == ["b"]


@pytest.mark.parametrize("names", ["cd", "dc"])
def test_of_a_movie_that_was_renamed_twice_the_last_name_counts(made, names):
    second, third = names
    plan = in_place_of(made.plan, "b", second)
    begun(plan)
    Path("results", second).mkdir()
    assert begun(in_place_of(plan, second, third)) == [(third, second)]


def test_the_tables_follow_a_movie_that_gets_its_first_name_back(made):
    plan = in_place_of(made.plan, "b", "c")
    begun(plan)
    for movie, path in {"c": Path("results/c"), "d": Path("results/d")}.items():
        path.mkdir()
        (path / TRACKS).touch()
        begun(in_place_of(plan, "c", "d"))
        Path("results", SUMMARY).write_text(f"movie\na\n{movie}\n")
        assert movies_beyond(made.plan, RESULTS) == []
    # but not after it has become something else, nor where somebody has altered what is kept of that
    marker = Path("results/records/preprocess/c.renamed")
    said = marker.read_text()
    marker.write_text("{")
    assert movies_beyond(made.plan, RESULTS) == ["d"]
    marker.write_text(said.replace('"d"', '"a"'))
    assert movies_beyond(made.plan, RESULTS) == ["d"]


def test_of_very_many_movies_ten_are_named(made):
    (one,) = find_renamed(in_place_of(made.plan, "b", "c"), RESULTS)
    assert renamed_lines([one] * 1010)[-1] == "... and 1,000 more movies under new names"
    assert len(renamed_lines([one] * 1010)) == 11
