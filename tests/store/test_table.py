"""Tables as text."""

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from sidewinder.store import table as tables
from sidewinder.store.table import rounded, write_csv, write_parquet


@pytest.mark.parametrize("magnitude", [-300, -30, -20, -5, -1, 0, 3, 7, 8, 12, 25, 300])
def test_numbers_have_the_eight_digits_that_python_gives_them(magnitude):
    rng = np.random.default_rng(0)
    values = rng.choice([-1, 1], 20000) * 10.0 ** rng.uniform(magnitude, magnitude + 2, 20000)
    expected = np.array([float(f"{value:.8g}") for value in values])
    np.testing.assert_array_equal(rounded(values), expected)


def test_nothing_zero_and_without_end_stay():
    values = np.array([0.0, np.nan, np.inf, -np.inf, 1.0, -20.0, 99999999.6, 0.999999999])
    np.testing.assert_array_equal(rounded(values), [0, np.nan, np.inf, -np.inf, 1, -20, 100000000, 1])
    assert rounded(values[:0]).tolist() == []


def test_a_table_in_parquet_says_what_it_is_made_of_and_has_the_same_bytes_again(tmp_path):
    table = pd.DataFrame({"movie": pd.Series(["m"], dtype="str"), "y_px": [0.1]})
    for name in "ab":
        write_parquet(table, tmp_path / name, {"versions": {"x": "1"}, "movie": "m"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    said = parquet.read_schema(tmp_path / "a").metadata[b"sidewinder"]
    assert said == b'{"movie": "m", "versions": {"x": "1"}}'
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a"), table)


def test_text_is_plain_however_many_rows_are_written_at_once(tmp_path, monkeypatch):
    table = pd.DataFrame(
        {
            "movie": pd.Series(["m-1", "m-1", "m-1"], dtype="str"),
            "track_id": [1, 2, 12345678901],
            "y_px": [1.25, np.nan, 100 / 3],
            "touches_border": [True, False, True],
        }
    )
    texts = []
    for rows in (1, 2, 3):
        monkeypatch.setattr(tables, "CSV_ROWS", rows)
        write_csv(table, tmp_path / "t.csv")
        texts.append((tmp_path / "t.csv").read_text())
    expected = "movie,track_id,y_px,touches_border\nm-1,1,1.25,True\nm-1,2,,False\nm-1,12345678901,33.333333,True\n"
    assert texts == [expected] * 3
