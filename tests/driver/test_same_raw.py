"""Movies of the sheet that are the same raw data."""

import pytest

from sidewinder.driver.same_raw import same_raw_lines
from sidewinder.sheet import Row


def rows(*cells: dict) -> dict[str, Row]:
    return {row["movie"]: Row(2, **row) for row in cells}


@pytest.mark.case("sheet", "two rows name the same raw movie")
def test_rows_of_the_same_raw_movie_are_named(tmp_path, monkeypatch, shown):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.tif").symlink_to("first.tif")
    sheet = rows(
        {"movie": "wild", "path": "first.tif"},
        {"movie": "other", "path": "other.tif"},
        {"movie": "mutant", "path": "./first.tif"},
        {"movie": "linked", "path": "link.tif"},
        {"movie": "folder", "path": "frames/"},
        {"movie": "again", "path": "sub/../frames"},
        {"movie": "stored", "path": "s3://raw/a.tif"},
        {"movie": "too", "path": "s3://raw/a.tif"},
    )
    more = "its cells are in the tables {} times; if that is not meant, correct the sheet"
    lines = same_raw_lines(sheet)
    shown(lines[0], 0)
    assert lines == [
        f"WARNING: wild, mutant, linked are the same raw movie, first.tif: {more.format(3)}",
        f"WARNING: folder, again are the same raw movie, frames/: {more.format(2)}",
        f"WARNING: stored, too are the same raw movie, s3://raw/a.tif: {more.format(2)}",
    ]


def test_positions_channels_and_regions_of_a_movie_are_different_data():
    sheet = rows(
        {"movie": "a", "path": "x.tif", "position": "0"},
        {"movie": "b", "path": "x.tif", "position": "1"},
        {"movie": "c", "path": "x.tif", "position": "1", "channel": "1"},
        {"movie": "d", "path": "x.tif", "position": "1", "channel": "1", "region": "0:5,0:5"},
    )
    assert same_raw_lines(sheet) == []


def test_of_many_such_movies_ten_are_named():
    sheet = rows(*({"movie": f"{name}{index}", "path": f"{index}.tif"} for index in range(30) for name in "ab"))
    lines = same_raw_lines(sheet)
    assert len(lines) == 11
    assert lines[-1] == "WARNING: and 20 more raw movies stand in several rows"


def test_a_movie_within_another_is_meant(tmp_path):
    sheet = rows({"movie": "cells", "path": "x.tif"}, {"movie": "nuclei", "path": "x.tif", "within": "cells"})
    assert same_raw_lines(sheet) == []
