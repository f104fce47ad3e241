"""What is said at the end of a run."""

import os
from pathlib import Path

import pytest

from sidewinder.driver.ending import failure_lines, job_name, summary_lines, unique


@pytest.fixture
def log(tmp_path) -> Path:
    """A job's log, written 100 s after 1970 began."""
    path = tmp_path / "bad.log"
    path.write_text("2026-11-22 10:00:00 preprocess on node\nERROR: first\nERROR: movie bad: x.tif: no TIFF file\n")
    os.utime(path, (100, 100))
    return path


def test_the_summary_is_a_table_and_where_to_look(tmp_path):
    name = tmp_path.name
    (tmp_path / "summary.csv").write_text(
        "movie,condition,frames,cells,tracks,divisions,pixel_size_um,SEG,DET,TRA,LNK\n"
        "plain,sparse,40,1520,61,9,0.5,0.91234,0.99,1.0,0.9\n"
        "own,dense,3,7,4,0,,,,,\n"
    )
    assert summary_lines(tmp_path, tmp_path.parent) == [
        "",
        "movie  cells  tracks  divisions    SEG    DET    TRA",
        "plain   1520      61          9  0.912  0.990  1.000",
        "own        7       4          0      -      -      -",
        "",
        f"Look first at {name}/plain/overlay.png: outlines and track ids on six frames.",
        f"Then {name}/plain/movie.ome.zarr (napari opens it), {name}/plain/tracks.csv and, for all movies together,",
        f"{name}/experiment.parquet and {name}/summary.csv.",
    ]


def test_a_long_summary_is_cut_and_columns_without_values_are_left_out(tmp_path):
    rows = "".join(f"m{index},1,1,0,\n" for index in range(1000))
    (tmp_path / "summary.csv").write_text(f"movie,cells,tracks,divisions,SEG\n{rows}")
    lines = summary_lines(tmp_path, Path.cwd())
    assert lines[1] == "movie  cells  tracks  divisions"
    assert lines[32] == f"... and 970 more movies in {tmp_path}/summary.csv"


def test_the_last_error_of_a_job_is_what_the_user_reads(log):
    assert failure_lines([("preprocess", {"movie": "bad"}, log)], since=100, here=log.parent) == [
        "movie bad: x.tif: no TIFF file (log: bad.log)"
    ]


def test_an_error_of_an_earlier_run_explains_nothing(log):
    job = ("infer", {"movie": "bad", "block": "0"}, log)
    expected = ["movie bad: infer ended without a word: killed, or out of memory or time? (log: bad.log)"]
    assert failure_lines([job], since=101, here=log.parent) == expected
    log.unlink()
    assert failure_lines([job], since=0, here=log.parent) == expected


def test_of_a_submission_of_many_jobs_only_those_that_failed_are_blamed(log):
    done, silent = log.with_name("good.log"), log.with_name("next.log")
    done.write_text("2026-11-22 10:00:00 infer on node\n2026-11-22 10:00:09 done in 9.0 s\n")
    silent.write_text("2026-11-22 10:00:00 infer on node\n")
    good, bad, cut = (("infer", {"movie": path.stem}, path) for path in (done, log, silent))
    held_up = "held up by movie bad, which shared its submission; start again to go on"
    assert failure_lines([good, bad], since=100, here=log.parent) == [
        "movie bad: x.tif: no TIFF file (log: bad.log)",
        f"movie good: {held_up}",
    ]
    assert failure_lines([good, cut], since=100, here=log.parent) == [
        "movie next: infer ended without a word: killed, or out of memory or time? (log: next.log)",
        "movie good: held up by movie next, which shared its submission; start again to go on",
    ]


def test_jobs_are_called_by_what_they_work_on():
    assert job_name("infer", {"movie": "a", "block": "1"}) == "movie a"
    assert job_name("simulate", {"scene": "plain"}) == "scene plain"
    assert job_name("experiment", {}) == "experiment"


def test_blocks_that_fail_alike_are_said_once():
    assert unique(["b", "a", "b"]) == ["a", "b"]
