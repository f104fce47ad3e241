"""Conda environments and container hold the versions that the tests run with, and all that the jobs import."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

# conda's name -> the name in the lock file and in imports, where they differ
LOCK_NAMES = {
    "pytorch": "torch",
    "dask-core": "dask",
    "matplotlib-base": "matplotlib",
    "bioimageio.spec": "bioimageio-spec",
}
IMPORT_NAMES = {
    "bioimageio.spec": "bioimageio",
    "dask-core": "dask",
    "matplotlib-base": "matplotlib",
    "ome-zarr-models": "ome_zarr_models",
    "pillow": "PIL",
    "py-ctcmetrics": "ctc_metrics",
    "pytorch": "torch",
    "pyyaml": "yaml",
    "scikit-image": "skimage",
}
# a job that is without one says by which command it comes
WHERE_ASKED_FOR = {"av"}
ALONG = {"geff_spec": "geff", "donfig": "zarr", "loguru": "bioimageio"}  # come with another


@pytest.fixture(scope="module")
def lock(checkout) -> dict[str, str]:
    """Versions of the lock file for Python 3.11."""
    text = (checkout / "requirements.lock").read_text()
    return dict(re.findall(r"^([\w.-]+)==(\S+)(?!.*== '3\.14)", text, re.MULTILINE))


def packages(path: Path) -> dict[str, str]:
    """Versions of an environment file."""
    environment = yaml.safe_load(path.read_text())
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    entries = [entry for entry in environment["dependencies"] if isinstance(entry, str) and entry != "pip"]
    entries += [line for entry in environment["dependencies"] if isinstance(entry, dict) for line in entry["pip"]]
    return dict(re.split("==?", entry) for entry in entries)


@pytest.mark.parametrize("name", ["cpu", "gpu"])
def test_versions_are_those_of_the_lock_file(checkout, lock, name):
    versions = packages(checkout / "envs" / f"{name}.yaml")
    assert versions.pop("python") == "3.11"
    assert versions == {package: lock[LOCK_NAMES.get(package, package)] for package in versions}


def imports(path: Path, workflow: Path, seen: set[Path]) -> set[str]:
    """What a file imports from outside the standard library, also by way of the package."""
    found = set()
    for name in imported_names(path):
        parts = name.split(".")
        inside = [workflow.joinpath(*parts).with_suffix(".py"), workflow.joinpath(*parts, "__init__.py")]
        inside = [file for file in inside if file.is_file()]
        if not inside:
            found.add(parts[0])
        for file in set(inside) - seen:
            seen.add(file)
            found |= imports(file, workflow, seen)
    return found - set(sys.stdlib_module_names) - {"sidewinder", "job"}


@cache
def imported_names(path: Path) -> list[str]:
    """The dotted names that a file imports when it runs; of `from a import b` both a and a.b."""
    names = []
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def test_each_job_finds_what_it_imports(checkout, rules):
    jobs = [(rule["conda"], rule["script"]) for rule in rules.values() if rule["script"]]
    for environment, script in jobs:
        there = packages(checkout / "envs" / environment)
        has = {IMPORT_NAMES.get(package, package.replace("-", "_")) for package in there}
        files = (checkout / "scripts" / name for name in (script, "job.py"))
        needs = set().union(*(imports(file, checkout / "workflow", set()) for file in files))
        needs = {ALONG.get(name, name) for name in needs}
        assert needs <= has | WHERE_ASKED_FOR, (script, needs - has)


@pytest.fixture
def recipe(checkout) -> dict[str, list[str]]:
    """The lines of each section of the container's recipe."""
    sections = re.split(r"^%", (checkout / "envs" / "sidewinder.def").read_text(), flags=re.MULTILINE)[1:]
    split = [[line.strip() for line in section.splitlines() if line.strip()] for section in sections]
    return {name: lines for name, *lines in split}


def test_the_container_is_what_make_env_sets_up(checkout, recipe, tmp_path):
    for source, target in map(str.split, recipe["files"]):
        copy = tmp_path / target.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(checkout / source, copy)
    # without the last of these venv.sh would need a file more
    assert {"make", "python3", "python3-venv"} <= set(" ".join(recipe["post"]).split())
    # what make would do there, where nothing else of the checkout is, and has not done yet
    make = shlex.split(recipe["post"][-1][recipe["post"][-1].index("make ") :].replace("/opt/", f"{tmp_path}/opt/"))
    planned = subprocess.run([*make, "--dry-run"], capture_output=True, text=True)
    assert planned.returncode == 0, planned.stderr
    installs = next(line.split() for line in planned.stdout.splitlines() if line.startswith("envs/install.sh"))
    # an image that is made where there is no GPU is for nodes that have some
    assert installs[2:] == [".venv", "cuda"]
    places = subprocess.run(
        ["/bin/sh", "-c", "\n".join([*recipe["environment"], "echo $PATH"])], capture_output=True, text=True
    ).stdout
    assert places.startswith("/opt/sidewinder/.venv/bin:")
