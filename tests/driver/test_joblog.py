"""How a job's log ends."""

import os

import pytest

from sidewinder.driver.joblog import MISSING, TAIL_BYTES, LogEnd, read_end

AT = "2026-11-22 10:00:00 "
BEGAN = f"{AT}infer on node7, 4 threads\n{AT}infer: 92 frames of 64 x 64 on cpu in tiles of at most 512 px\n"
LOOP = f"{AT}infer: 6/92 frames, 1.1 frames/s, 78 s left\n{AT}infer: 12/92 frames, 1.2 frames/s, 66 s left\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("open", "", "")),
        (BEGAN, ("open", "", "")),
        (BEGAN + LOOP, ("open", "", "12/92 frames")),
        (BEGAN + LOOP + f"{AT}done in 77.0 s\n", ("done", "", "12/92 frames")),
        (BEGAN + f"{AT}done in 77.0 s\n{AT}a library says good bye\nin two lines\n", ("done", "", "")),
        (BEGAN + LOOP + f"{AT}interrupted\n", ("interrupted", "", "12/92 frames")),
        (f"{AT}interrupted: the run that started this job (process 7) is gone\n", ("interrupted", "", "")),
        (
            BEGAN + "Traceback ...\nERROR: movie a: no\nERROR: movie a: x.tif: cut\n",
            ("failed", "movie a: x.tif: cut", ""),
        ),
        (BEGAN + "ERROR: movie a: x.tif: cut\nand more of it\n", ("failed", "movie a: x.tif: cut", "")),
    ],
)
def test_a_log_tells_how_its_job_ended_and_how_far_it_came(tmp_path, text, expected):
    log = tmp_path / "a.log"
    log.write_text(text)
    os.utime(log, (100, 200))
    assert read_end(log) == LogEnd(200.0, *expected)


def test_of_a_long_log_only_the_end_counts(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("ERROR: far up\n" + LOOP + "é" * TAIL_BYTES + "\n" + BEGAN)
    assert read_end(log).state == "open"
    assert read_end(log).progress == ""


def test_a_log_that_is_not_there_or_of_an_earlier_run_is_missing(tmp_path):
    log = tmp_path / "a.log"
    assert read_end(log) == MISSING
    assert read_end(tmp_path) == MISSING
    log.write_text("ERROR: movie a: cut\n")
    os.utime(log, (100, 200))
    assert read_end(log, since=200).error == "movie a: cut"
    # stores keep whole seconds: the log may be of this run
    assert read_end(log, since=200.9).error == "movie a: cut"
    assert read_end(log, since=201) == MISSING
