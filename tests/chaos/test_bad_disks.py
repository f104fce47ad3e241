"""Whole runs whose disk gets full or runs out of inodes halfway, and the same again afterwards.

Root only, some minutes: `.venv/bin/python -m pytest -m long tests/chaos/test_bad_disks.py`. Single stages are in
test_faults.py.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults_disk import SmallDisk, small_disk
from faults_kinds import SPACE
from noted import Noted, noted_checkout
from polling import wait_for
from segmented import discs, written
from trees import leftovers, tree

MOVIES = ("a", "b")
# a file system on which files are open cannot be mounted read-only
FAULTS = {"full": SmallDisk.fill, "without inodes": SmallDisk.use_inodes}
# of a whole run, on a machine that may be busy
PATIENCE_S = 1200
NOT_FOR_USERS = ("Traceback", "fault of the program")

pytestmark = [pytest.mark.long, pytest.mark.workflow]


@pytest.fixture(scope="module")
def copied_checkout(checkout, tmp_path_factory) -> Path:
    """The workflow, whose jobs note that they run."""
    return noted_checkout(checkout, tmp_path_factory.mktemp("checkout"))


def prepared(checkout: Path, folder: Path) -> Noted:
    """An experiment of two movies."""
    rows = []
    for seed, movie in enumerate(MOVIES):
        written(folder / f"{movie}.tif", discs(4, side=128, radius_px=8, spacing_px=32, seed=seed))
        rows.append({"movie": movie, "path": f"{movie}.tif", "pixel_size_um": "0.5"})
    arguments = ("--cores", 2, "--config", "movies=movies.tsv", "infer={device: cpu}")
    experiment = Noted(checkout, folder, arguments=arguments)
    experiment.sheet("movies.tsv", *rows)
    return experiment


@pytest.fixture(scope="module")
def undisturbed(copied_checkout, tmp_path_factory) -> Noted:
    """The experiment on a good disk."""
    experiment = prepared(copied_checkout, tmp_path_factory.mktemp("undisturbed"))
    result = experiment.run()
    assert result.returncode == 0, result.stdout[-5000:]
    return experiment


@pytest.fixture
def experiment(copied_checkout, tmp_path, folder) -> Iterator[tuple[Noted, SmallDisk]]:
    """The experiment, one of whose folders is a small disk."""
    with small_disk(tmp_path / folder, size_mb=200, inodes=20_000) as disk:
        made = prepared(copied_checkout, tmp_path)
        try:
            yield made, disk
        finally:
            made.kill()


@pytest.mark.parametrize("rule", ["infer", "publish"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("folder", ["results", ".snakemake"])
def test_a_run_that_meets_a_bad_disk_ends_and_goes_on(experiment, undisturbed, folder, fault, rule):
    noted, disk = experiment
    run = noted.start()
    begun = lambda: any(note.rule == rule for note in noted.notes("begun"))  # noqa: E731
    wait_for(lambda: begun() or run.poll() is not None, rule, PATIENCE_S)
    FAULTS[fault](disk)
    assert run.wait(PATIENCE_S) == 1
    assert SPACE in noted.said(), noted.said()[-5000:]
    assert [words for words in NOT_FOR_USERS if words in noted.said()] == [], noted.said()[-5000:]
    disk.free()
    result = noted.run()
    assert result.returncode == 0, result.stdout[-5000:]
    is_as(noted, undisturbed)
    # what Snakemake could not note that it is done, is done again
    assert noted.repeated() == {} or folder == ".snakemake"


def is_as(experiment: Noted, undisturbed: Noted) -> None:
    """Hold that an experiment has all that it should have, and nothing else."""
    expected, found = tree(undisturbed.folder), tree(experiment.folder)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert leftovers(experiment.folder) == []
    verified = experiment.run("verify")
    assert verified.returncode == 0, verified.stdout


@pytest.mark.parametrize("folder", ["results"])
def test_a_movie_beyond_a_quota_leaves_the_other_whole(experiment, undisturbed, folder):
    noted, disk = experiment
    (disk.folder / "work").mkdir()
    with small_disk(disk.folder / "work" / "a", size_mb=1, inodes=100) as quota:
        quota.fill()
        result = noted.run()
    assert result.returncode == 1
    assert [words for words in NOT_FOR_USERS if words in result.stdout] == [], result.stdout[-5000:]
    with open(disk.folder / "summary.csv") as file:
        rows = {row["movie"]: row for row in csv.DictReader(file)}
    assert [rows[movie]["state"] for movie in MOVIES] == ["failed", "done"]
    assert SPACE in rows["a"]["reason"]
    result = noted.run()
    assert result.returncode == 0, result.stdout[-5000:]
    is_as(noted, undisturbed)
    assert noted.repeated() == {}
