"""Whether jobs may write where they have to."""

import os

import pytest

from faults_disk import small_disk
from sidewinder.driver import writable
from sidewinder.driver.snakemake_inside import Job
from sidewinder.driver.writable import check_writable
from sidewinder.errors import UserError

JOBS = [
    Job({"movie": "a"}, "results/logs/preprocess/a.log"),
    Job({"movie": "b"}, "results/logs/track/b.log"),
    Job({}, "results/logs/experiment/experiment.log"),
]


@pytest.mark.case("results", "a results folder that may not be written to")
@pytest.mark.parametrize("closed", ["logs", "work", "benchmarks", "a", "work/b", "logs/track", "benchmarks/experiment"])
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, monkeypatch, closed):
    for folder in ("a", "logs/track", "logs/preprocess", "work/b", "benchmarks/experiment"):
        (tmp_path / folder).mkdir(parents=True)
    check_writable(tmp_path, JOBS)
    refused = tmp_path / closed
    monkeypatch.setattr(writable.os, "access", lambda path, mode: path != refused)
    with pytest.raises(UserError) as caught:
        check_writable(tmp_path, JOBS)
    assert str(caught.value) == (
        f"the results cannot be written: no right to write to {refused}; give yourself that right (chmod u+w, or ask "
        "the owner), or name another results folder"
    )


def test_a_folder_on_a_disk_that_is_mounted_read_only_is_named_as_such(tmp_path):
    with small_disk(tmp_path / "results") as disk:
        (disk.folder / "work").mkdir()
        disk.allow_writing(False)
        with pytest.raises(UserError) as caught:
            check_writable(disk.folder, JOBS)
    assert str(caught.value) == (
        f"the results cannot be written: {disk.folder / 'work'} is on a file system that is mounted read-only; have it "
        "mounted so that it can be written to, or name another results folder"
    )


def test_only_what_jobs_write_to_is_asked_for(tmp_path, monkeypatch):
    for folder in ("a", "done", "work/a", "work/done", "logs/infer"):
        (tmp_path / folder).mkdir(parents=True)
    asked = []
    monkeypatch.setattr(writable.os, "access", lambda path, mode: asked.append(path) or True)
    check_writable(tmp_path, JOBS)
    assert [os.path.relpath(path, tmp_path) for path in asked] == ["a", "logs", "work", "work/a"]
    check_writable(tmp_path / "none", JOBS)


@pytest.mark.parametrize("name", ["logs", "work", "a", "logs/track"])
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path, name):
    (tmp_path / "logs").mkdir()
    if name == "logs":
        (tmp_path / "logs").rmdir()
    (tmp_path / name).touch()
    with pytest.raises(
        UserError, match=rf"^the results cannot be written: {tmp_path / name} must be a folder, and is not"
    ):
        check_writable(tmp_path, JOBS)
