"""Batch systems, and the workflow with its scripts replaced by a stub."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gridengine as grid_engine
import standin as standin_commands
from batch import Batch
from clusters import slurm  # noqa: F401
from gridengine import Gridengine
from impatient import IMPATIENCE
from running import Stubbed, copy_workflow, stub_scripts


@pytest.fixture(scope="session")
def gridengine(tmp_path_factory) -> Iterator[Gridengine]:
    """A Grid Engine of one host on this machine."""
    why = grid_engine.missing()
    if why:
        pytest.skip(f"SKIPPED LOUDLY: no Grid Engine: {why}; nothing is shown here of SGE")
    cluster = Gridengine(tmp_path_factory.mktemp("gridengine"))
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in cluster.environment.items():
            patch.setenv(variable, value)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture
def standin(tmp_path_factory, monkeypatch) -> Path:
    """The folder of stand-ins for LSF and PBS, which are found before any real commands."""
    folder = tmp_path_factory.mktemp("standin")
    for name in standin_commands.COMMANDS:
        command = folder / "bin" / name
        command.parent.mkdir(exist_ok=True)
        shutil.copy2(standin_commands.__file__, command)
        command.write_text(f"#!{sys.executable}\n" + command.read_text())
        command.chmod(0o755)
    monkeypatch.setenv("STANDIN", str(folder))
    monkeypatch.setenv("PATH", str(folder / "bin"), prepend=":")
    return folder


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Jobs on Grid Engine, LSF and PBS are given up after seconds."""
    for name, value in IMPATIENCE.items():
        monkeypatch.setenv(f"SIDEWINDER_{name}", str(value))


@pytest.fixture(scope="session")
def stubbed_checkout(checkout, tmp_path_factory) -> Path:
    """The workflow as it is, but for the scripts."""
    return stub_scripts(copy_workflow(checkout, tmp_path_factory.mktemp("stubbed")))


@pytest.fixture
def stubbed(batch_system: Batch, stubbed_checkout: Path, tmp_path: Path) -> Iterator[Stubbed]:
    """An empty experiment of stubs for the batch system of the file."""
    experiment = Stubbed(stubbed_checkout, tmp_path, batch_system.profile, arguments=batch_system.arguments)
    yield experiment
    experiment.kill()
    batch_system.clean_up()
