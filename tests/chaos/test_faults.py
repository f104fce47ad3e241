"""A machine that lacks space, inodes, memory or the right to write, in every stage.

Each stage's job, as Snakemake describes it, meets each fault by itself; `pytest -s` shows the table.
"""

import re
import shutil
from collections.abc import Iterator

import pytest
from safetensors import SafetensorError

from faults_disk import SmallDisk, small_disk
from faults_experiment import Experiment, Job, copy_that_keeps, make_experiment
from faults_kinds import FAULTS, READ_ONLY, SPACE
from faults_writers import WRITERS
from sidewinder.driver.for_users import for_users

JOBS = (
    "preprocess-a", "infer-a-0", "instances-a-0", "track-a", "plausibility-a", "publish-a", "ctc-a", "geff-a",
    "trackmate-a", "napari-a", "colorizer-a", "video-a", "video_mp4-a", "ome_zarr_04-a",
    "overlay-a", "report-a", "within-b",
    "evaluate-a", "experiment", "report_all", "train", "annotate", "package", "explorer", "simulate-plain",
)  # fmt: skip
NOT_FOR_USERS = re.compile(r"Traceback|fault of the program|[a-z](Error|Exception)\b")


@pytest.fixture(scope="module")
def experiment(checkout, tmp_path_factory) -> Iterator[Experiment]:
    """An experiment with every rule, complete, on a small disk; its table of faults is printed in the end."""
    folder = tmp_path_factory.mktemp("faults")
    for name in ("made", "jobs"):
        (folder / name).mkdir()
    make_experiment(copy_that_keeps(checkout, folder / "copy"), folder / "made", folder / "jobs")
    (folder / "made").rename(folder / "saved")
    # the paths of its jobs are those under which it was made
    with small_disk(folder / "made") as disk:
        made = Experiment(disk, folder / "saved", folder / "jobs", checkout / "scripts")
        yield made
        print("", "|fault|stage|message|recovered|", "|---|---|---|---|", *made.rows, sep="\n")


@pytest.mark.long
@pytest.mark.workflow
@pytest.mark.parametrize("name", JOBS)
def test_a_stage_that_meets_faults_says_so_and_goes_on_once_they_are_gone(experiment, name):
    job, expected = experiment.job(name), experiment.results(experiment.saved)
    experiment.restore(job)
    met = {kind: meet(experiment, job, kind, expected) for kind in FAULTS}
    again = job.run()
    found = experiment.results(job.folder)
    sound = again.returncode == 0 and found == expected and not list(experiment.unfinished())
    experiment.rows += [f"|{kind}|{name}|{said}|{'yes' if sound else 'NO'}|" for kind, (said, _) in met.items()]
    wrong = {kind: [said, *what] for kind, (said, what) in met.items() if what}
    assert not wrong
    assert sound, (
        again.stderr[-500:],
        sorted({*expected.items()} ^ {*found.items()})[:3],
        list(experiment.unfinished()),
    )


def meet(experiment: Experiment, job: Job, kind: str, expected: dict[str, bytes]) -> tuple[str, list[object]]:
    """Let a job meet a fault; what users are told, and what was wrong."""
    fault = FAULTS[kind]
    with fault.begun(experiment, job) as begun:
        result = job.run(*begun.faults, held=begun.held)
        # while the fault lasts, as the process of a run does
        message = job.message(result)
    experiment.disk.free()
    partial = [file for file, data in experiment.results(job.folder).items() if expected.get(file) != data]
    if result.returncode == 0 and fault.may_be_met and not partial:
        experiment.restore(job)
        return "(went on to its end)", []
    wrong: list[object] = [partial] * bool(partial)
    if result.returncode == 0 or fault.advice not in message or job.called not in message:
        wrong.append(("exit", result.returncode, result.stderr[-800:]))
    return message, wrong + NOT_FOR_USERS.findall(message + result.stderr)


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
