"""What is said, before anything runs, of movies that cannot be read."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from sidewinder.plan import Plan
from sidewinder.provenance import readable
from sidewinder.provenance.readable import unreadable_lines
from sidewinder.sheet import Row


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    """A movie that can be read, and others that cannot; the user stands in `here`, beside the working directory."""
    for folder in ("work/results", "here/raw", "work/frames"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    Path("good.tif").write_text("x")
    Path("frames/t0.tif").write_text("x")
    Path("empty.tif").touch()
    Path("../here/raw/far.tif").write_text("x")
    paths = {"good": "good.tif", "folder": "frames", "glob": "frames/*.tif", "url": "s3://bucket/m.tif"}
    paths |= {
        "gone": "raw/gone.tif",
        "empty": "empty.tif",
        "far": "raw/far.tif",
        "simulated": "simulated/plain/01.ome.tif",
    }
    rows = {movie: Row(2, movie, path) for movie, path in paths.items()}
    return Plan(rows, {"movies": "s.tsv", "results": "results", "model": "nuclei"}, Path("shipped"))


@pytest.mark.case("raw data", "paths of the sheet that are not there, or only elsewhere")
def test_all_movies_that_cannot_be_read_are_named_before_anything_runs(plan, tmp_path, shown):
    here = tmp_path / "here"
    lines = unreadable_lines(plan, "results", here)
    shown(lines[0], 0)
    assert lines[0] == "WARNING: 3 of 8 movies are going to fail; the others are made:"
    assert lines[1].startswith("movie gone: raw/gone.tif: no such file or folder")
    assert lines[2] == "movie empty: empty.tif: is empty; copy or export it again"
    assert lines[3].endswith(
        f". It is there in {here}, but paths of the sheet are relative to the sheet or to the working directory, "
        f"{tmp_path / 'work'}: write ../here/raw/far.tif, or start with --directory {here}"
    )
    assert len(lines) == 4


def test_truth_label_images_and_regions_are_looked_at_too(plan, tmp_path):
    rows = {"a": Row(2, "a", "good.tif", truth="01_GT"), "b": Row(3, "b", "good.tif", labels="masks")}
    rows |= {"c": Row(4, "c", "good.tif", region="r.roi"), "d": Row(5, "d", "good.tif", region="0:5,0:5")}
    lines = unreadable_lines(replace(plan, rows=rows), "results", tmp_path)
    assert [line.split(":")[1].strip() for line in lines[1:]] == ["01_GT", "masks", "r.roi"]


def test_movies_that_were_read_before_are_not_looked_at(plan, tmp_path):
    for movie in ("gone", "far"):
        Path("results/work", movie, "image.ome.zarr").mkdir(parents=True)
    Path("results/empty/movie.ome.zarr").mkdir(parents=True)
    assert unreadable_lines(plan, "results", tmp_path) == []


def test_a_file_that_may_not_be_read_is_named(plan, tmp_path, monkeypatch):
    def refuse(path, mode):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    # root may read everything
    monkeypatch.setattr(readable, "open", refuse, raising=False)
    lines = unreadable_lines(replace(plan, rows={"good": plan.rows["good"]}), "results", tmp_path)
    assert lines[1].startswith("movie good: good.tif: may not be read: permission denied")
