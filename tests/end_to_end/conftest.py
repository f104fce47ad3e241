"""Whole runs of the workflow, as a user starts them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Workflow:
    """The workflow in a working directory of its own."""

    checkout: Path
    folder: Path

    def command(self, *arguments: object) -> list[str]:
        """The command line of a run."""
        files = ("--snakefile", self.checkout / "Snakefile", "--profile", self.checkout / "profiles" / "local")
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
            return subprocess.Popen(
                self.command(*arguments), cwd=self.folder, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )

    def sheet(self, name: str, *rows: dict[str, str]) -> Path:
        """Write a sheet into the working directory."""
        lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return path


@pytest.fixture
def workflow(checkout, tmp_path) -> Workflow:
    """The workflow in an empty folder."""
    return Workflow(checkout, tmp_path)


@pytest.fixture(scope="session")
def demo(checkout, tmp_path_factory) -> Workflow:
    """The simulated experiment, run once as `make demo` runs it."""
    folder = tmp_path_factory.mktemp("demo")
    done = Workflow(checkout, folder)
    result = done.run("--config", f"movies={os.path.relpath(checkout / 'config' / 'demo.tsv', folder)}")
    assert result.returncode == 0, result.stdout[-3000:]
    (folder / "said.txt").write_text(result.stdout)
    return done
