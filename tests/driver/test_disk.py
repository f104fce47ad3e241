"""What is said of the disk before a run."""

from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
import tifffile

from sidewinder.driver import disk
from sidewinder.driver.disk import disk_lines
from sidewinder.plan import Plan
from sidewinder.sheet import Row

Usage = namedtuple("Usage", "total used free")
Inodes = namedtuple("Inodes", "f_files f_favail")


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    """Two movies of 40 frames of 100 x 250 pixels, 16 bits: 2 MB, a million pixels; and one that cannot be read."""
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        tifffile.imwrite(f"{name}.tif", np.zeros((40, 100, 250), np.uint16), imagej=True, metadata={"axes": "TYX"})
    Path("bad.tif").write_text("no image")
    # whole paths, for sizes are remembered by them
    rows = {name: Row(2, name, str(tmp_path / f"{name}.tif")) for name in ("a", "b", "bad")}
    return Plan(rows, {"results": "out/results"}, Path("shipped"))


def free(monkeypatch, megabytes: float) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: Usage(0, 0, megabytes * 1e6))


def test_the_estimate_stands_beside_what_is_free(plan, monkeypatch):
    free(monkeypatch, 123_456)
    assert list(disk_lines(plan, "out/results")) == [
        "disk: 3 movies are yet to be made, for about 7.5 MB; 123 GB are free"
    ]


def test_maps_that_are_kept_are_counted(plan, monkeypatch):
    free(monkeypatch, 1e9)
    plan.config["infer"] = {"keep": True}
    (line,) = disk_lines(plan, "out/results")
    assert "3 movies are yet to be made, for about 12 MB" in line


@pytest.mark.case("machine", "the disk is too small for what is to be made")
def test_a_disk_that_will_not_do_is_warned_of(plan, monkeypatch, shown):
    free(monkeypatch, 7.4)
    lines = list(disk_lines(plan, "out/results"))
    shown(lines[0], 0)
    assert lines == [
        "WARNING: the disk of out/results will not do: 3 movies are yet to be made, for about 7.5 MB; 7.4 MB are free. "
        "Free some space, or name another results folder"
    ]


@pytest.mark.parametrize(("exports", "files"), [([], 360), (["ctc", "geff"], 765), (["ome_zarr_04"], 1208)])
def test_a_limit_of_files_that_will_not_do_is_warned_of(plan, monkeypatch, exports, files):
    free(monkeypatch, 1e9)
    plan.config["exports"] = exports
    said = {}
    for n_free in (files, files + 1):
        monkeypatch.setattr(disk.os, "statvfs", lambda folder, n_free=n_free: Inodes(10_000, n_free))
        said[n_free] = list(disk_lines(plan, "out/results"))[1:]
    assert said[files + 1] == []
    assert said[files] == [
        "WARNING: the disk of out/results will not do: 3 movies are yet to be made, for about "
        f"{files:,} files and folders; {files:,} more fit (inodes). Remove some, name another results folder, or do "
        "without exports (exports: [])"
    ]
    # no limit
    monkeypatch.setattr(disk.os, "statvfs", lambda folder: Inodes(0, 0))
    assert len(list(disk_lines(plan, "out/results"))) == 1


def test_the_disk_is_that_of_the_nearest_folder_that_is_there(plan, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: asked.append(folder) or Usage(0, 0, 1e12))
    list(disk_lines(plan, "out/results"))
    Path("out").mkdir()
    list(disk_lines(plan, "out/results"))
    assert asked == [tmp_path, tmp_path / "out"]


def test_what_is_made_already_needs_no_more(plan, monkeypatch):
    free(monkeypatch, 1)
    for path in ("work/a/image.ome.zarr", "b/movie.ome.zarr", "work/bad/image.ome.zarr"):
        Path("out/results", path).mkdir(parents=True)
    assert list(disk_lines(plan, "out/results")) == []


def test_movies_beyond_some_seconds_are_taken_for_the_mean(plan, monkeypatch):
    free(monkeypatch, 1e9)
    monkeypatch.setattr(disk, "LONGEST_LOOK_S", -1)
    (line,) = disk_lines(plan, "out/results")
    assert "3 movies are yet to be made, for about 7.5 MB" in line
