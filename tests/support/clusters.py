"""The batch systems that several folders of tests use, as fixtures."""

from collections.abc import Iterator

import pytest

import slurm as real
from slurm import Slurm


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Iterator[Slurm]:
    """A Slurm of four nodes on this machine."""
    why = real.missing()
    if why:
        pytest.skip(f"SKIPPED LOUDLY: no Slurm: {why}; nothing is shown here of the cluster")
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
