"""Whole runs of an experiment, one job of which meets a fault."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import faults_job
from faults_disk import SmallDisk, small_disk
from faults_experiment import CONFIG, Experiment
from running import Workflow

# those of a movie, each behind what it needs
STAGES = (
    "preprocess", "infer", "instances", "track", "plausibility", "publish", "ctc", "geff", "overlay", "evaluate",
    "experiment",
)  # fmt: skip
FINISHED = re.compile(r"^Finished jobid: .*\(Rule: (\w+)\)$", re.MULTILINE)


@dataclass(frozen=True)
class FaultyRun:
    """An experiment that is complete but for movie a from one stage on, part of it on a small disk.

    Parameters
    ----------
    workflow : Workflow
        In the folder of the experiment.
    disk : SmallDisk
        The one that becomes faulty.
    job : str
        The stage's job, which meets the fault.
    """

    workflow: Workflow
    disk: SmallDisk
    job: str

    def run(self, monkeypatch, kind: str) -> subprocess.CompletedProcess:
        """Run it; with a fault of that kind, if it is one."""
        fault = {"job": self.job, "kind": kind, "disk": str(self.disk.folder)} if kind else {}
        monkeypatch.setenv(faults_job.FAULT_VARIABLE, json.dumps(fault))
        return self.workflow.run("everything", "--notemp", "--config", *CONFIG)


@contextmanager
def faulty_run(experiment: Experiment, folder: Path, stage: str, on_disk: str) -> Iterator[FaultyRun]:
    """An experiment whose folder `on_disk`, "." for all of it, is on a small disk."""
    with small_disk(folder / on_disk) as disk:
        shutil.copytree(experiment.saved, folder, dirs_exist_ok=True)
        names = {path.stem for path in experiment.jobs.iterdir()}
        for later in STAGES[STAGES.index(stage) :]:
            (name,) = names & {later, f"{later}-a", f"{later}-a-0"}
            experiment.job(name).remove_outputs(folder)
        (name,) = names & {stage, f"{stage}-a", f"{stage}-a-0"}
        yield FaultyRun(Workflow(experiment.jobs.with_name("copy"), folder), disk, name)
