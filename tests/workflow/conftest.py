"""Running the workflow as a user does."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from running import copy_workflow


@pytest.fixture(scope="session")
def clean_checkout(checkout, tmp_path_factory) -> Path:
    """A copy of what the workflow consists of, without anything that a run leaves behind."""
    return copy_workflow(checkout, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def snakemake() -> Callable[..., subprocess.CompletedProcess]:
    """Run Snakemake in a folder; the result's `stdout` holds all that it said."""

    def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "snakemake", "--nocolor", *map(str, arguments)]
        return subprocess.run(
            command, cwd=cwd, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    return run


@pytest.fixture
def sheet(tmp_path) -> Callable[..., Path]:
    """Write a sheet of movies, `column=cells` each, into tmp_path."""

    def write(**columns: list[str]) -> Path:
        rows = [columns, *zip(*columns.values(), strict=True)]
        path = tmp_path / "movies.tsv"
        path.write_text("".join("\t".join(row) + "\n" for row in rows))
        return path

    return write
