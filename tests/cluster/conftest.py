"""Clusters: a real Slurm, and the workflow with its scripts replaced by a stub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Stubbed, copy_workflow, stub_scripts
from slurm import Slurm, missing


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Iterator[Slurm]:
    """A Slurm of four nodes on this machine."""
    why = missing()
    if why:
        pytest.skip(f"SKIPPED LOUDLY: no Slurm: {why}; nothing is shown here of the cluster")
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def stubbed_checkout(checkout, tmp_path_factory) -> Path:
    """The workflow as it is, but for the scripts."""
    return stub_scripts(copy_workflow(checkout, tmp_path_factory.mktemp("stubbed")))


@pytest.fixture
def stubbed(stubbed_checkout, tmp_path) -> Iterator[Stubbed]:
    """An empty experiment of stubs for Slurm."""
    experiment = Stubbed(stubbed_checkout, tmp_path, "slurm")
    yield experiment
    experiment.kill()
