"""Which tests `make check` leaves out: none can start Snakemake without being marked."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "command",
    [[sys.executable, "-m", "snakemake", "--version"], ["/usr/bin/snakemake"], "snakemake --version"],
    ids=str,
)
def test_an_unmarked_test_cannot_start_snakemake(command):
    with pytest.raises(AssertionError, match="a test that starts Snakemake is marked workflow"):
        subprocess.run(command, shell=isinstance(command, str), capture_output=True)


def test_an_unmarked_test_can_start_anything_else():
    assert subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True).stdout == "1\n"
