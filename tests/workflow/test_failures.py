"""A movie that cannot be read, and a second run at once."""

import fcntl
import os

import numpy as np
import pytest
import tifffile


@pytest.fixture
def experiment(tmp_path, sheet, clean_checkout) -> list:
    """Two movies, one good and one unreadable; the arguments that preprocess both."""
    tifffile.imwrite(tmp_path / "good.tif", np.arange(5 * 16 * 16, dtype=np.uint16).reshape(5, 16, 16))
    (tmp_path / "bad.tif").write_text("this is not an image")
    sheet(movie=["good", "bad"], path=["good.tif", "bad.tif"])
    files = ("--snakefile", clean_checkout / "Snakefile", "--profile", clean_checkout / "profiles" / "local")
    targets = [f"results/work/{movie}/image.ome.zarr" for movie in ("good", "bad")]
    return [*targets, *files, "--config", "movies=movies.tsv"]


def test_good_movies_are_finished_and_bad_ones_named_at_the_end(snakemake, experiment, tmp_path):
    stale = tmp_path / "results" / "logs" / "preprocess" / "older.log"
    stale.parent.mkdir(parents=True)
    stale.write_text("ERROR: movie older: of an earlier run\n")
    os.utime(stale, (0, 0))
    result = snakemake(*experiment, cwd=tmp_path)
    assert result.returncode != 0
    assert (tmp_path / "results/work/good/image.ome.zarr/zarr.json").is_file()
    assert not (tmp_path / "results/work/bad/image.ome.zarr").exists()
    assert "Traceback" not in result.stdout
    said = [line for line in result.stdout.splitlines() if line.startswith("movie bad: ") and "(log: " in line]
    assert len(said) == 1
    assert "bad.tif" in said[0]
    assert said[0].endswith(" (log: results/logs/preprocess/bad.log)")
    assert "earlier run" not in result.stdout


def test_a_second_run_is_refused_before_it_does_anything(snakemake, experiment, tmp_path):
    (tmp_path / "results").mkdir()
    with open(tmp_path / "results" / ".lock", "w+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("process 1 on node")
        lock.flush()
        result = snakemake(*experiment, cwd=tmp_path)
    assert result.returncode != 0
    assert result.stdout.splitlines()[-1] == (
        "another run is writing to results: process 1 on node; wait for it, or end it, then start this one again"
    )
    assert not (tmp_path / "results" / "work").exists()
