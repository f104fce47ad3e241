"""The versions of Snakemake and its plugins that were tried."""

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from packaging.version import Version

# the oldest and the newest version that passed the tests; pyproject.toml asks for the oldest and allows the same major
TRIED = {
    "snakemake": ("9.23.1", "9.27.1"),
    "snakemake-executor-plugin-slurm": ("2.7.0", "2.8.0"),
    "snakemake-executor-plugin-cluster-generic": ("1.0.9", "1.0.9"),
    "snakemake-storage-plugin-s3": ("0.3.6", "0.3.6"),
}


@cache
def warn_of_untried() -> None:
    """Say of each package whose version was not tried that it was not; once, however often a module is read."""
    for line in untried():
        print(line, file=sys.stderr)


def untried() -> list[str]:
    """A line for each package that is installed in a version with which Sidewinder was not tried."""
    lines = []
    for package, (oldest, newest) in TRIED.items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            continue
        if not Version(oldest) <= Version(installed) <= Version(newest):
            tried = oldest if oldest == newest else f"{oldest} to {newest}"
            lines.append(
                f"{package} {installed} was not tried with Sidewinder, {tried} was; if something goes wrong: "
                f"pip install {package}=={newest}"
            )
    return lines
