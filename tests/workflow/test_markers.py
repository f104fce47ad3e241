"""Tests that start Snakemake are marked by the fixtures that they use."""

import subprocess
import sys


def test_who_uses_a_fixture_that_starts_snakemake_is_marked(request, clean_checkout):
    assert request.node.get_closest_marker("workflow")
    assert not request.node.get_closest_marker("cluster")
    version = subprocess.run([sys.executable, "-m", "snakemake", "--version"], capture_output=True, text=True)
    assert version.returncode == 0, version.stderr
