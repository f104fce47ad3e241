"""Results that were made while a clock was wrong."""

import os
import time

from sidewinder.driver.clock import SKEW_S, future_lines
from sidewinder.driver.snakemake_inside import Job

DAY_S = 86_400


def test_results_from_the_future_get_the_present_date_and_others_keep_theirs(tmp_path):
    ages_s = {
        "old": DAY_S,
        "skewed": -SKEW_S / 2,
        "ahead": -DAY_S,
        "folder/.snakemake_timestamp": -DAY_S,
        "raw": -DAY_S,
    }
    (tmp_path / "results/folder").mkdir(parents=True)
    for name, age_s in ages_s.items():
        (tmp_path / "results" / name).touch()
        os.utime(tmp_path / "results" / name, (time.time() - age_s,) * 2)
    results = str(tmp_path / "results")
    outputs = (*(f"{results}/{name}" for name in ("old", "skewed", "ahead", "folder", "missing")), f"{tmp_path}/other")
    before = {name: os.stat(f"{results}/{name}").st_mtime for name in ages_s}
    (line,) = future_lines(results, [Job({}, "log", outputs)])
    assert line.startswith(f"WARNING: 2 results, such as {results}/ahead, had a date in the future")
    after = {name: os.stat(f"{results}/{name}").st_mtime for name in ages_s}
    changed = {"ahead", "folder/.snakemake_timestamp"}
    assert {name for name in ages_s if after[name] != before[name]} == changed
    assert all(abs(after[name] - time.time()) < SKEW_S for name in changed)
    assert future_lines(results, [Job({}, "log", outputs)]) == []
