"""A sheet with fewer movies than the results."""

from pathlib import Path

import pytest

from sidewinder.driver.again import said_changes
from sidewinder.driver.subset import movies_beyond, subset_lines
from sidewinder.plan import Plan
from sidewinder.provenance.changes import Changes
from sidewinder.sheet import Row


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    """A sheet with `a` alone, and results of `a`, `b` and `c`, of which `c` has failed."""
    monkeypatch.chdir(tmp_path)
    for movie in "abc":
        Path("results", movie).mkdir(parents=True)
    for movie in "ab":
        Path("results", movie, "tracks.parquet").touch()
    Path("results/summary.csv").write_text("movie,state\na,done\nb,done\nc,failed\n")
    return Plan({"a": Row(2, "a", "a.tif")}, {"results": "results", "model": "nuclei", "exports": []}, Path("shipped"))


@pytest.mark.case("results", "the sheet has fewer movies than the results")
def test_the_tables_of_more_movies_stay_and_it_is_said_how_a_movie_is_removed(plan, tmp_path, shown):
    assert movies_beyond(plan, "results") == ["b"]
    (line,) = subset_lines(plan, "results", tmp_path)
    shown(line, 0)
    assert line == (
        "1 movie is in results/experiment.parquet and not in the sheet (b): this sheet is taken for a part of it, and "
        "experiment.parquet and summary.csv stay as they are. To take a movie out of them, delete its folder "
        "results/b; for an experiment of its own name another results folder"
    )


def test_a_movie_whose_folder_is_deleted_is_removed(plan, tmp_path):
    Path("results/b/tracks.parquet").unlink()
    assert movies_beyond(plan, "results") == []
    assert subset_lines(plan, "results", tmp_path) == []


@pytest.mark.parametrize("text", [None, "", "no table\n1\n", "movie\n\0\n"])
def test_without_tables_there_is_nothing_to_keep(plan, text):
    Path("results/summary.csv").unlink()
    if text is not None:
        Path("results/summary.csv").write_text(text)
    assert movies_beyond(plan, "results") == []


def test_tables_of_more_movies_are_not_said_to_be_made_again(plan, monkeypatch):
    both = [Changes("a"), Changes("", [("experiment", "what the sheet says of the movies has changed")], ["x"])]
    monkeypatch.setattr("sidewinder.driver.again.Comparison.changes", lambda self: both)
    assert said_changes(plan, "results", with_settings=True) == both[:1]
    Path("results/b/tracks.parquet").unlink()
    assert said_changes(plan, "results", with_settings=True) == both
