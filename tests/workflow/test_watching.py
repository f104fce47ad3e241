"""How far an experiment is: asked from another terminal, and said in the run's own."""

import fcntl
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

NO_RUN = "no run is going on"


@pytest.fixture
def experiment(tmp_path, sheet) -> Path:
    """Two movies, one of 5 frames and one unreadable, of which only OME-Zarr is to be made."""
    tifffile.imwrite(tmp_path / "good.tif", np.arange(5 * 16 * 16, dtype=np.uint16).reshape(5, 16, 16))
    (tmp_path / "bad.tif").write_text("this is not an image")
    sheet(movie=["good", "bad"], path=["good.tif", "bad.tif"])
    return tmp_path


def with_workflow(checkout: Path) -> list:
    return ["--snakefile", checkout / "Snakefile", "--config", "movies=movies.tsv"]


def snapshot(folder: Path) -> dict[Path, int]:
    """When each file and folder below a folder was changed."""
    return {path: path.lstat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def answer(output: str) -> list[str]:
    """What `snakemake status` says, without what Snakemake itself says before it."""
    lines = output.splitlines()
    return lines[next(index for index, line in enumerate(lines) if " movies: " in line) :]


def test_status_is_asked_from_another_terminal(snakemake, clean_checkout, experiment):
    workflow = with_workflow(clean_checkout)
    result = snakemake("status", *workflow, cwd=experiment)
    assert (result.returncode, answer(result.stdout)) == (0, ["2 movies: 0 done, 2 waiting", NO_RUN])
    assert not (experiment / "results").exists()

    targets = [f"results/work/{movie}/image.ome.zarr" for movie in ("good", "bad")]
    run = snakemake(*targets, "--profile", clean_checkout / "profiles" / "local", *workflow, cwd=experiment)
    assert run.returncode != 0
    before = snapshot(experiment / "results")
    reason = next(line for line in run.stdout.splitlines() if line.startswith("movie bad: ") and "(log: " in line)
    failed = f"failed       {reason.removeprefix('movie ')}"
    with open(experiment / "results" / ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        at_work = snakemake("status", "--profile", clean_checkout / "slurm", *workflow, cwd=experiment)
    result = snakemake("status", *workflow, cwd=experiment)
    assert (at_work.returncode, result.returncode) == (0, 0)
    line, who, *named = answer(at_work.stdout)
    assert line == "2 movies: 0 done, 1 failed, 1 waiting; 0 of about 10 frames; time left not known yet"
    assert who.startswith("a run is going on: process ")
    assert named == [failed]
    assert answer(result.stdout) == ["2 movies: 0 done, 1 failed, 1 waiting; 0 of about 10 frames", NO_RUN, failed]
    assert snapshot(experiment / "results") == before
    assert "Building DAG" not in result.stdout


def test_a_folder_called_status_is_no_question(snakemake, clean_checkout, experiment):
    (experiment / "status").mkdir()
    os.rename(experiment / "movies.tsv", experiment / "status" / "movies.tsv")
    result = snakemake("-n", "--directory", "status", *with_workflow(clean_checkout), cwd=experiment)
    assert result.returncode == 0, result.stdout
    assert "This was a dry-run" in result.stdout
    assert "2 movies: " not in result.stdout


def test_a_run_says_how_far_it_is(snakemake, clean_checkout, experiment, monkeypatch):
    monkeypatch.setenv("SIDEWINDER_SECONDS_BETWEEN_LINES", "0.05")
    targets = [f"results/work/{movie}/image.ome.zarr" for movie in ("good", "bad")]
    result = snakemake(*targets, "--cores", 1, "--keep-going", *with_workflow(clean_checkout), cwd=experiment)
    said = [line for line in result.stdout.splitlines() if line.startswith("2 movies: ")]
    assert said[0] == "2 movies: 0 done, 1 running, 1 waiting; time left not known yet"
    assert said[-1] == "2 movies: 1 done, 1 failed; 5 of about 10 frames"
    assert "cannot be said" not in result.stdout
    # the list of failures stays the end
    assert result.stdout.index(said[-1]) < result.stdout.index("(log: results/logs/preprocess/bad.log)")


def test_a_short_run_says_how_far_it_came_and_a_dry_run_nothing(snakemake, clean_checkout, experiment):
    arguments = ["results/work/good/image.ome.zarr", "--cores", 1, *with_workflow(clean_checkout)]
    dry = snakemake("-n", *arguments, cwd=experiment)
    assert "1 movie: " not in dry.stdout
    result = snakemake(*arguments, cwd=experiment)
    assert [line for line in result.stdout.splitlines() if line.startswith("1 movie: ")] == [
        "1 movie: 1 done; 5 of 5 frames"
    ]
