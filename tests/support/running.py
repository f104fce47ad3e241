"""Whole runs of the workflow, as a user starts them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from polling import wait_for

# the machine may be busy
PATIENCE_S = 300
# what the workflow consists of
PARTS = ("Snakefile", "config", "workflow", "scripts", "envs", "profiles", "slurm")
STUB = Path(__file__).with_name("stub.py")


def copy_workflow(checkout: Path, copy: Path) -> Path:
    """A copy of what the workflow consists of, without anything that a run leaves behind."""
    for name in PARTS:
        source = checkout / name
        if source.is_symlink():
            (copy / name).symlink_to(os.readlink(source))
        elif source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / name)
    return copy


def stub_scripts(copy: Path) -> Path:
    """Replace every rule's script by one that makes empty files."""
    for script in (copy / "scripts").glob("*.py"):
        if script.name != "job.py":
            shutil.copy2(STUB, script)
    return copy


@dataclass(frozen=True)
class Workflow:
    """The workflow in a working directory of its own.

    Parameters
    ----------
    checkout : path
        Where the Snakefile and the profiles are.
    folder : path
        The working directory.
    profile : str
        Its name in the checkout.
    """

    checkout: Path
    folder: Path
    profile: str = "local"
    started: list[subprocess.Popen] = field(default_factory=list)

    def command(self, *arguments: object) -> list[str]:
        """The command line of a run."""
        files = ("--snakefile", self.checkout / "Snakefile", "--profile", self.checkout / "profiles" / self.profile)
        return [sys.executable, "-m", "snakemake", "--nocolor", *map(str, (*arguments, *files))]

    def run(self, *arguments: object) -> subprocess.CompletedProcess:
        """Run to the end; `stdout` holds all that was said."""
        command = self.command(*arguments)
        return subprocess.run(
            command, cwd=self.folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def start(self, *arguments: object) -> subprocess.Popen:
        """Start a run as the leader of a process group, to be killed; what it says goes to `run.log`."""
        with open(self.folder / "run.log", "a") as log:
            process = subprocess.Popen(
                self.command(*arguments), cwd=self.folder, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )
        self.started.append(process)
        return process

    def kill(self) -> None:
        """Kill what was started and still runs, all of its group."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def said(self) -> str:
        """What the runs that were started have said."""
        return (self.folder / "run.log").read_text()

    def sheet(self, name: str, *rows: dict[str, str]) -> Path:
        """Write a sheet into the working directory."""
        lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return path


@dataclass(frozen=True)
class Stubbed(Workflow):
    """The workflow with stubs for scripts, which make empty files and note that they ran.

    Parameters
    ----------
    arguments : tuple
        Of every run.
    """

    arguments: tuple[object, ...] = ()

    def command(self, *arguments: object) -> list[str]:
        """The command line of a run."""
        return super().command(*arguments, *self.arguments)

    def movies(self, *names: str) -> None:
        """Write a sheet of these movies, each with an empty raw file."""
        for name in names:
            (self.folder / f"{name}.tif").touch()
        self.sheet("movies.tsv", *({"movie": name, "path": f"{name}.tif"} for name in names))

    def behave(self, behaviours: dict[str, list[str]]) -> None:
        """What goes wrong in which job, by attempt: see stub.py."""
        (self.folder / "behaviour.json").write_text(json.dumps(behaviours))

    def ran(self, name: str = "") -> list[dict]:
        """What the stubs of a rule, or of its jobs whose names begin so, have noted."""
        path = self.folder / "ran.jsonl"
        notes = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [note for note in notes if not name or f"{note['name']}/".startswith(f"{name}/")]

    def begun(self, name: str, attempt: int = 1) -> dict:
        """Wait until a stub has begun its work; what it noted."""
        wait_for(lambda: len(self.ran(name)) >= attempt, f"{name}, attempt {attempt}", PATIENCE_S)
        return self.ran(name)[attempt - 1]

    def go(self) -> None:
        """Let the stubs that wait end."""
        (self.folder / "go").touch()
