"""Comma-separated tables with text of users in them."""

import csv

import pytest

from sidewinder.store.rows import no_formula, write_rows

EVIL = ["=1+1", '=HYPERLINK("http://127.0.0.1/"&A1)', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]


@pytest.mark.parametrize("cell", [*EVIL, "＝1+1", "-", "-1e", "--1", "-inf", "+1_000"])
def test_what_a_spreadsheet_would_run_is_text(cell):
    assert no_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-2", "+3.5", "-.5", "-1.5e-07", "a=1", "1-2", "'=1", "", 0.5, -1, None])
def test_numbers_and_plain_text_stay_as_they_are(cell):
    assert no_formula(cell) is cell


def test_tables_are_written_with_what_is_known(tmp_path):
    rows = [{"movie": "a", "=dose": -1.5, "note": 'so, "so"'}, {"movie": "b", "note": None, "more": 1}]
    write_rows(tmp_path / "t.csv", ["movie", "=dose", "note"], rows)
    with open(tmp_path / "t.csv", newline="") as file:
        assert [*csv.reader(file)] == [["movie", "'=dose", "note"], ["a", "-1.5", 'so, "so"'], ["b", "", ""]]
    assert (tmp_path / "t.csv").read_bytes().count(b"\n") == 3
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_table_may_say_that_it_was_written_long_ago(tmp_path):
    write_rows(tmp_path / "t.csv", ["movie"], [], written_s=1e9)
    assert (tmp_path / "t.csv").stat().st_mtime == 1e9
