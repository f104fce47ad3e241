"""An experiment with every rule, made once without a fault; its jobs are kept, to be run again each by itself."""

import os
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import tifffile

import faults_job
from faults_disk import FILLERS, SmallDisk
from running import Workflow, copy_workflow
from sidewinder.driver.failures import job_name, read_failures
from sidewinder.driver.joblog import ERROR
from sidewinder.provenance.keeping import VARIABLE as RECORDS_VARIABLE

N_FRAMES = 3
# a job takes seconds; one that waits for what never comes is ended
LIMIT_S = 180
CONFIG = [
    "model=models/mine", "movies=movies.tsv", "annotate={regions: 1, region_px: 64}", "explorer={movie: b}",
    "exports=[ctc, geff, trackmate, napari, colorizer, video, video_mp4, ome_zarr_04]",
    "train={annotations: '', simulated_frames: 2, iterations: 3, base_width: 2, depth: 2, crop_px: 64, batch: 1}",
]  # fmt: skip
NO_RESULTS = (FILLERS, ".snakemake", "results/logs", "results/records", "results/benchmarks")
# temporary files, and what Snakemake leaves in folders that it has had made
UNFINISHED = re.compile(r"(^|/)\.[^/]+\.(tmp|old)(/|$)")
STAMP = ".snakemake_timestamp"
SCRIPTS = {name: f"export_{name}" for name in ("ctc", "geff", "trackmate", "napari", "colorizer", "ome_zarr_04")}


def copy_that_keeps(checkout: Path, copy: Path) -> Path:
    """A copy of the workflow whose jobs are kept."""
    copy.mkdir()
    copy_workflow(checkout, copy)
    for script in (copy / "scripts").glob("*.py"):
        if script.name != "job.py":
            script.write_text(f"import faults_job\nfaults_job.keep(snakemake)\n{script.read_text()}")
    shutil.copy2(faults_job.__file__, copy / "scripts")
    return copy


def make_experiment(checkout: Path, folder: Path, kept: Path) -> Workflow:
    """Make all that rules can make, in a folder; the jobs are kept in another one."""
    run = Workflow(checkout, folder)
    before = dict(os.environ)
    os.environ[faults_job.KEPT_VARIABLE] = str(kept)
    try:
        shutil.copytree(checkout / "workflow" / "models" / "nuclei", folder / "models" / "plain")
        run.sheet("movies.tsv", {"movie": "plain", "path": "simulated/plain/01.ome.tif"})
        _make(run, "simulated/plain/01.ome.tif", "train", "--config", *CONFIG[1:], "model=models/plain")
        _cut(folder)
        row = {"path": "raw/a.tif", "within": "", "truth": "raw/a_GT", "pixel_size_um": "0.5", "model": "models/plain"}
        other = row | {"within": "a", "truth": "", "model": "models/mine"}
        run.sheet("movies.tsv", {"movie": "a"} | row, {"movie": "b"} | other)
        _make(run, "everything", "explorer", "annotate", "package", "--notemp", "--config", *CONFIG)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return run


def _make(run: Workflow, *arguments: str) -> None:
    result = run.run(*arguments)
    assert result.returncode == 0, result.stdout[-3000:]


def _cut(folder: Path) -> None:
    """The first frames of the simulated movie and of its truth, as raw data."""
    raw, truth = folder / "raw", folder / "simulated" / "plain" / "01_GT"
    frames = tifffile.imread(folder / "simulated" / "plain" / "01.ome.tif")[:N_FRAMES]
    for kind, name in (("SEG", "man_seg"), ("TRA", "man_track")):
        (raw / "a_GT" / kind).mkdir(parents=True)
        for frame in range(N_FRAMES):
            shutil.copy2(truth / kind / f"{name}{frame:03}.tif", raw / "a_GT" / kind)
    rows = [list(map(int, line.split())) for line in (truth / "TRA" / "man_track.txt").read_text().splitlines()]
    lines = [
        f"{track} {first} {min(last, N_FRAMES - 1)} {parent}\n"
        for track, first, last, parent in rows
        if first < N_FRAMES
    ]
    (raw / "a_GT" / "TRA" / "man_track.txt").write_text("".join(lines))
    tifffile.imwrite(raw / "a.tif", frames, photometric="minisblack")


@dataclass(frozen=True)
class Job:
    """A job that was kept.

    Parameters
    ----------
    path : path
        Its description.
    script : path
        The script of its rule, in the checkout.
    folder : path
        The working directory.
    """

    path: Path
    script: Path
    folder: Path

    @cached_property
    def described(self) -> Any:
        """As Snakemake describes it to the script."""
        return pickle.loads(self.path.read_bytes())

    @property
    def called(self) -> str:
        """What messages call it."""
        return job_name(self.described.rule, dict(self.described.wildcards.items()))

    def remove_outputs(self, folder: Path) -> None:
        """Remove what it has made in a folder, but for a model, which stays until the next one is complete."""
        log = folder / self.described.log[0]
        record = Path(str(log).replace("/logs/", "/records/")).with_suffix(".json")
        for path in (log, record, *(_outputs(folder, self) if self.described.rule != "train" else ())):
            _remove(path)

    def run(self, *faults: str, held: tuple[str, ...] = (), **variables: str) -> subprocess.CompletedProcess:
        """Run it; `held` goes before the command."""
        command = [*held, sys.executable, faults_job.__file__, str(self.path), str(self.script), *faults]
        given = {RECORDS_VARIABLE: str(self.folder / "results"), "PYTHONDONTWRITEBYTECODE": "1"} | variables
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, env={**os.environ, **given}, timeout=LIMIT_S
        )

    def message(self, result: subprocess.CompletedProcess) -> str:
        """The job's own last error, or what the process of a run makes of its silence."""
        errors = [line for line in result.stderr.splitlines() if line.startswith(ERROR)]
        if errors or result.returncode == 0:
            return errors[-1].removeprefix(ERROR) if errors else ""
        rule, wildcards, log = self.described.rule, dict(self.described.wildcards.items()), self.described.log[0]
        return " ".join(f"{one.name}: {one.reason}" for one in read_failures([(rule, wildcards, self.folder / log)], 0))


@dataclass
class Experiment:
    """A complete experiment on a small disk, made anew as often as it is wanted.

    Parameters
    ----------
    disk : SmallDisk
        Mounted over its folder.
    saved : path
        A copy of the experiment, on another disk.
    jobs : path
        Where its jobs are kept.
    scripts : path
        Those of the rules.
    rows : list
        A row a fault for the table.
    """

    disk: SmallDisk
    saved: Path
    jobs: Path
    scripts: Path
    rows: list[str] = field(default_factory=list)

    def job(self, name: str) -> Job:
        """One of its jobs."""
        rule = name.split("-")[0]
        script = SCRIPTS.get(rule, rule)
        return Job(self.jobs / f"{name}.job", self.scripts / f"{script}.py", self.disk.folder)

    def restore(self, job: Job) -> None:
        """Let the disk be as it is when Snakemake starts a job: what it makes is gone, but for a model."""
        self.disk.free()
        for path in self.disk.folder.iterdir():
            _remove(path)
        shutil.copytree(self.saved, self.disk.folder, dirs_exist_ok=True)
        job.remove_outputs(job.folder)

    def made_by(self, job: Job) -> list[Path]:
        """The files that a job makes."""
        outputs = _outputs(self.saved, job)
        return [file for path in outputs for file in (path, *path.rglob("*")) if file.is_file()]

    def written_to(self, job: Job) -> list[Path]:
        """The folders that a job writes to, apart from that of its log."""
        return sorted({path.parent for path in _outputs(job.folder, job)})

    def space_of(self, job: Job) -> int:
        """The address space that a job takes without a fault, in bytes."""
        path = job.path.with_suffix(".space")
        if not path.exists():
            result = job.run(**{faults_job.SPACE_VARIABLE: str(path)})
            assert result.returncode == 0, result.stderr
            self.restore(job)
        return int(path.read_text())

    def results(self, folder: Path) -> dict[str, bytes]:
        """All files of the experiment but logs, records and temporary ones."""
        names = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
        return {
            name: _contents(path) for name, path in names.items()
            if not name.startswith(NO_RESULTS) and not UNFINISHED.search(name) and path.name != STAMP
        }  # fmt: skip

    def unfinished(self) -> Iterator[str]:
        """The temporary files that are left."""
        names = (str(path.relative_to(self.disk.folder)) for path in self.disk.folder.rglob("*"))
        return (name for name in names if UNFINISHED.search(name))


def _contents(path: Path) -> bytes:
    """What is in a file; of a zip, which notes times, what it has in it."""
    if path.suffix != ".zip":
        return path.read_bytes()
    if not zipfile.is_zipfile(path):
        return b"no complete zip"
    with zipfile.ZipFile(path) as archive:
        return f"{sorted(archive.namelist())}, damaged: {archive.testzip()}".encode()


def _outputs(folder: Path, job: Job) -> list[Path]:
    outputs = [folder / path for path in job.described.output]
    # of these Snakemake knows one file only
    return [path.parent for path in outputs] if job.described.rule in ("train", "annotate") else outputs


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
