"""A machine that lacks space, inodes, memory or the right to write, in every stage.

Each stage's job, as Snakemake describes it, meets each fault by itself; `pytest -s` shows the table.
"""

import re
import shutil
from collections.abc import Iterator

import pytest
from safetensors import SafetensorError

from faults_disk import SmallDisk, small_disk
from faults_experiment import Experiment, copy_with_faults, make_experiment
from faults_kinds import FAULTS, READ_ONLY, SPACE
from faults_writers import WRITERS
from sidewinder.driver.for_users import for_users

JOBS = (
    "preprocess-a", "infer-a-0", "instances-a-0", "track-a", "plausibility-a", "publish-a", "ctc-a", "geff-a",
    "overlay-a", "evaluate-a", "experiment", "train", "annotate", "package", "explorer", "simulate-plain",
)  # fmt: skip
NOT_FOR_USERS = re.compile(r"Traceback|fault of the program|[a-z](Error|Exception)\b")


@pytest.fixture(scope="module")
def experiment(checkout, tmp_path_factory) -> Iterator[Experiment]:
    """An experiment with every rule, complete, on a small disk; its table of faults is printed in the end."""
    folder = tmp_path_factory.mktemp("faults")
    for name in ("made", "jobs"):
        (folder / name).mkdir()
    make_experiment(copy_with_faults(checkout, folder / "copy"), folder / "made", folder / "jobs")
    (folder / "made").rename(folder / "saved")
    # the paths of its jobs are those under which it was made
    with small_disk(folder / "made") as disk:
        made = Experiment(disk, folder / "saved", folder / "jobs", checkout / "scripts")
        yield made
        print("", "|fault|stage|message|recovered|", "|---|---|---|---|", *made.rows, sep="\n")


@pytest.mark.long
@pytest.mark.workflow
@pytest.mark.parametrize("name", JOBS)
def test_a_stage_that_meets_a_fault_says_so_and_goes_on_once_it_is_gone(experiment, name):
    job, expected, wrong = experiment.job(name), experiment.results(experiment.saved), []
    for kind, fault in FAULTS.items():
        experiment.restore(job)
        with fault.begun(experiment, job) as begun:
            result = job.run(*begun.faults, held=begun.held)
        found, message = experiment.results(job.folder), job.message(result)
        experiment.disk.free()
        partial = [file for file in found if found[file] != expected.get(file)]
        again = job.run()
        same = again.returncode == 0 and experiment.results(job.folder) == expected
        left = list(experiment.unfinished())
        said = fault.advice in message and job.called in message and not NOT_FOR_USERS.search(message + result.stderr)
        right = result.returncode != 0 and said or fault.may_be_met and result.returncode == 0
        row = f"|{kind}|{name}|{message}|{'yes' if same and not left and not partial else 'NO'}|"
        experiment.rows.append(row)
        if not (right and same) or partial or left:
            wrong.append(
                f"{row} exit {result.returncode}, partial {partial}, left {left}, again: {again.stderr[-300:]}"
            )
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def disk(tmp_path_factory) -> Iterator[SmallDisk]:
    """A small disk with a folder in it."""
    with small_disk(tmp_path_factory.mktemp("disk") / "small", size_mb=1, inodes=100) as disk:
        (disk.folder / "results").mkdir()
        yield disk


@pytest.mark.parametrize("writer", WRITERS)
def test_whatever_writes_on_a_bad_disk_says_so_and_leaves_nothing(disk, writer):
    path = disk.folder / "results" / "result"
    for kind, begin in {
        SPACE: [disk.fill, disk.use_inodes],
        READ_ONLY: [lambda: disk.allow_writing(False)],
    }.items():
        for fault in begin:
            fault()
            with pytest.raises((OSError, RuntimeError, ValueError, SafetensorError)) as caught:
                WRITERS[writer](path)
            disk.free()
            assert kind in (for_users(caught.value) or ""), (fault, caught.value)
            assert list(path.parent.iterdir()) == []
    WRITERS[writer](path)
    assert [one.name for one in path.parent.iterdir()] == ["result"]
    shutil.rmtree(path) if path.is_dir() else path.unlink()
