"""The batch systems that contract.py is played on: a real Slurm, a real Grid Engine, stand-ins for LSF and PBS."""

import contextlib
import json
import os
import re
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import standin
from gridengine import Gridengine
from impatient import QUICK, SLOTS
from sidewinder.cluster import engine
from slurm import Slurm, call


class Batch(ABC):
    """A batch system of which a run asks for jobs.

    Attributes
    ----------
    profile : str
        Its profile's name.
    arguments : tuple
        Of each run, so that it asks after seconds.
    while_away : tuple
        What a run is told to make of movie a while the system is away.
    no_answer : str
        What the run says of it then.
    gpus : set
        What CUDA_VISIBLE_DEVICES may be in a job that asked for a GPU.
    """

    profile: str
    arguments: tuple[object, ...] = QUICK
    while_away: tuple[object, ...] = ("results/work/a/maps-0.zarr",)
    no_answer: str
    gpus: frozenset[str | None] = frozenset({None})

    def number(self, note: dict) -> str:
        """The number of the job in which a stub ran."""
        return note["cluster_job"]

    @abstractmethod
    def in_queue(self, number: str) -> bool:
        """Whether a job waits or runs."""

    @abstractmethod
    def cancel(self, number: str) -> None:
        """End a job from outside."""

    @abstractmethod
    def submitted(self) -> set[str]:
        """The numbers of all jobs since this test began."""

    @abstractmethod
    def asked(self, number: str) -> dict:
        """What the system was asked for, in its own words."""

    @abstractmethod
    def wanted(self, rule: str, notes: list[dict]) -> dict:
        """What is to be asked for by the submission of these stubs: memory of the largest, time of all."""

    def ended(self, number: str) -> str | None:
        """How a job has ended: done, failed, cancelled; None where the system does not remember."""
        return None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """A while in which nothing answers, and jobs go on."""
        raise NotImplementedError

    def log(self, results: Path, number: str) -> Path | None:
        """What Snakemake said in a submission that failed; None where its plugin keeps it."""
        return results / "logs" / self.profile / f"{number}.log"

    def left(self, results: Path) -> list[str]:
        """What is kept of jobs that have not ended well."""
        noted = [path.name for path in (results / engine.FOLDER).iterdir() if path.name != engine.QUEUE]
        return noted + [path.name for path in (results / "logs" / self.profile).iterdir()]

    def noted(self, results: Path) -> list[Path]:
        """The notes of jobs that are not known to have ended."""
        return list((results / engine.FOLDER).glob("[0-9]*"))

    @abstractmethod
    def clean_up(self) -> None:
        """End what a test that fails leaves in the queue: it would be in the way of the next one."""


class OnSlurm(Batch):
    """A real Slurm: `slurm`."""

    profile = "slurm"
    # with what a user adapts of default-resources and set-resources; the command line replaces the whole list
    arguments = (
        "--config", "movies=movies.tsv", "--slurm-init-seconds-before-status-checks", 2,
        "--default-resources", "mem_mb=2000", "runtime=60", "slurm_account=lab",
        "--set-resources", "infer:gpu=1", "infer:slurm_partition=gpu", "train:gpu=1", "train:slurm_partition=gpu",
    )  # fmt: skip
    # a submission that is refused is an error of the job there
    while_away = ("results/work/a/image.ome.zarr", "--slurm-status-attempts", 1)
    no_answer = "Slurm does not answer: 1 jobs"
    gpus = frozenset({"0", "1"})
    STATES = {"COMPLETED": "done", "FAILED": "failed", "CANCELLED": "cancelled"}

    def __init__(self, slurm: Slurm) -> None:
        self.slurm = slurm
        self.before = {job["job"] for job in slurm.jobs()}

    def in_queue(self, number: str) -> bool:
        return self.slurm.details(number)["JobState"] in ("PENDING", "RUNNING", "COMPLETING")

    def cancel(self, number: str) -> None:
        call("scancel", number)

    def submitted(self) -> set[str]:
        return {job["job"] for job in self.slurm.jobs()} - self.before

    def asked(self, number: str) -> dict:
        details = self.slurm.details(number)
        hours, minutes, _ = details["TimeLimit"].split(":")
        return {
            "partition": details["Partition"],
            "account": details["Account"],
            "gpu": details.get("TresPerJob"),
            "slots": details["NumCPUs"],
            "mem_mb": in_mb(details["MinMemoryNode"]),
            "runtime_min": 60 * int(hours) + int(minutes),
        }

    def wanted(self, rule: str, notes: list[dict]) -> dict:
        on_gpu = rule == "infer"
        return {
            "partition": "gpu" if on_gpu else "cpu",
            "account": "lab",
            "gpu": "gres:gpu:1" if on_gpu else None,
            "slots": str(SLOTS[rule]),
            "mem_mb": max(note["mem_mb"] for note in notes),
            "runtime_min": sum(note["runtime"] for note in notes),
        }

    def ended(self, number: str) -> str | None:
        return self.STATES[self.slurm.details(number)["JobState"]]

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        self.slurm.stop_controller()
        try:
            yield
        finally:
            self.slurm.start_controller()

    def log(self, results: Path, number: str) -> Path | None:
        return None

    def left(self, results: Path) -> list[str]:
        return []

    def noted(self, results: Path) -> list[Path]:
        return []

    def clean_up(self) -> None:
        subprocess.run(["scancel", *self.submitted()], capture_output=True)


def in_mb(memory: str) -> int:
    """Memory as Slurm says it: 457M, 4G."""
    return int(memory[:-1]) * {"M": 1, "G": 1024}[memory[-1]]


class OnGridengine(Batch):
    """A real Grid Engine: `gridengine`."""

    profile = "sge"
    no_answer = "qsub: "

    def __init__(self, gridengine: Gridengine) -> None:
        self.gridengine = gridengine
        self.before = gridengine.accounted()

    def in_queue(self, number: str) -> bool:
        return re.search(rf"(?m)^\s*{number}\s", call("qstat")) is not None

    def cancel(self, number: str) -> None:
        call("qdel", number)

    def submitted(self) -> set[str]:
        return self.gridengine.accounted() - self.before

    def asked(self, number: str) -> dict:
        """As it accounts it: -l gpu=1,h_rt=600,... -pe smp 4."""
        category = self.gridengine.accounts(number)["category"]
        return dict(pair.split("=") for pair in re.search(r"-l (\S+)", category)[1].split(",")) | {
            "slots": int(re.search(r"-pe smp (\d+)", category)[1])
        }

    def wanted(self, rule: str, notes: list[dict]) -> dict:
        return {
            # in shares of the slots
            "mem_free": f"{-(-max(note['mem_mb'] for note in notes) // SLOTS[rule])}M",
            "h_rt": str(60 * sum(note["runtime"] for note in notes)),
            "slots": SLOTS[rule],
        } | ({"gpu": "1"} if rule == "infer" else {})

    def ended(self, number: str) -> str | None:
        accounts = self.gridengine.accounts(number)
        if accounts["failed"].startswith("100"):
            return "cancelled"
        return "done" if accounts["exit_status"] == "0" else "failed"

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        self.gridengine.stop_master()
        try:
            yield
        finally:
            self.gridengine.restart_master()

    def clean_up(self) -> None:
        subprocess.run(["qdel", "-u", "*"], capture_output=True)


class OnStandin(Batch):
    """The stand-ins for LSF and PBS: `folder` holds what they note."""

    no_answer = "sub: cannot connect to server"
    LIST = {"lsf": ("bjobs", "-noheader", "-o", "jobid stat"), "pbs": ("qstat", "-u", "somebody")}
    CANCEL = {"lsf": "bkill", "pbs": "qdel"}
    NAMES = {
        "lsf": {"infer": "gpu_infer", "track": "movie_ctc_geff_instances_overlay_plausibility_..."},
        "pbs": {"infer": "GROUP", "track": "GROUP"},
    }

    def __init__(self, profile: str, folder: Path) -> None:
        self.profile, self.folder = profile, folder

    def number(self, note: dict) -> str:
        # PBS has the server's name in it
        return note["cluster_job"].removesuffix(f".{standin.SERVER}")

    def in_queue(self, number: str) -> bool:
        listing = subprocess.run(self.LIST[self.profile], capture_output=True, text=True).stdout
        return re.search(rf"(?m)^{number}\b", listing) is not None

    def cancel(self, number: str) -> None:
        call(self.CANCEL[self.profile], number)

    def submitted(self) -> set[str]:
        return {path.stem for path in self.folder.glob("*.json")}

    def asked(self, number: str) -> dict:
        noted = json.loads((self.folder / f"{number}.json").read_text())
        return {key: value for key, value in noted.items() if key != "process"}

    def wanted(self, rule: str, notes: list[dict]) -> dict:
        return {
            "name": self.NAMES[self.profile].get(rule, rule),
            "slots": SLOTS[rule],
            "mem_mb": max(note["mem_mb"] for note in notes),
            "runtime_min": sum(note["runtime"] for note in notes),
            "gpu": int(rule == "infer"),
        }

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        down = self.folder / "down"
        down.touch()
        try:
            yield
        finally:
            down.unlink()

    def clean_up(self) -> None:
        for path in self.folder.glob("*.json"):
            process = json.loads(path.read_text())["process"]
            if standin.is_running(process):
                os.killpg(process, signal.SIGKILL)
