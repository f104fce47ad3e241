"""Jobs find their software by `--sdm conda`, `--sdm apptainer` and environment modules.

Stand-ins for conda and Apptainer note how they are called; what they run has but a Python, which notes what it runs.
Whether the real conda finds all versions on its channels, and the real Apptainer builds the image, is not shown here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from running import stub_scripts

MODULES = Path("/usr/share/modules/init/bash")

CONDA = """#!/bin/bash
echo "$*" >> {notes}/calls
case "$*" in
    "--version") echo "conda 24.7.1" ;;
    "info --json") echo '{{"conda_prefix": "{base}", "platform": "linux-64"}}' ;;
    "config --get channel_priority --json") echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
    "env create --quiet --no-default-packages --file "*" --prefix "*)
        mkdir -p "$8/bin"
        sed "s#PLACE#$8#" {notes}/python > "$8/bin/python"
        chmod +x "$8/bin/python" ;;
    "clean -y --tarballs") ;;
    *) echo "unexpected: conda $*" >&2; exit 1 ;;
esac
"""

APPTAINER = """#!/bin/bash
echo "$*" >> {notes}/calls
if [ "$*" = "--version" ]; then echo "apptainer version 1.3.0"; exit; fi
while [ "${{1##*.}}" != sif ]; do shift; done
inside=$(mktemp -d -p {base})
sed "s#PLACE#$1#" {notes}/python > "$inside/python"
chmod +x "$inside/python"
shift
PATH="$inside:$PATH" exec "$@"
"""

PYTHON = """#!/bin/sh
case "$1" in *.py) echo PLACE "${{1##*/}}" >> {notes}/ran ;; esac
exec {python} "$@"
"""

ON_CPU = (
    "preprocess", "instances", "track", "plausibility", "publish", "overlay", "report", "experiment", "export_ctc",
    "export_geff", "report_all",
)  # fmt: skip
SCRIPTS = {f"{name}.py" for name in (*ON_CPU, "infer")}


@pytest.fixture
def base(tmp_path) -> Path:
    """Where the stand-ins are installed."""
    base, notes = tmp_path / "software", tmp_path / "notes"
    (base / "bin").mkdir(parents=True)
    notes.mkdir()
    (notes / "python").write_text(PYTHON.format(notes=notes, python=sys.executable))
    for name, text in {"conda": CONDA, "apptainer": APPTAINER}.items():
        (base / "bin" / name).write_text(text.format(base=base, notes=notes))
        (base / "bin" / name).chmod(0o755)
    (base / "bin" / "activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    return base


@pytest.fixture
def on_path(base, monkeypatch) -> None:
    """The stand-ins are what a shell finds."""
    monkeypatch.setenv("PATH", f"{base / 'bin'}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def own_checkout(clean_checkout, tmp_path) -> Path:
    """A checkout to put an image into, whose jobs make empty files: what runs them is what is looked at."""
    return stub_scripts(Path(shutil.copytree(clean_checkout, tmp_path / "checkout", symlinks=True)))


@pytest.fixture
def arguments(own_checkout, sheet, tmp_path) -> list:
    """The arguments of a run over a movie of two frames with one cell."""
    frames = np.full((2, 64, 64), 100, dtype=np.uint16)
    frames[:, 20:40, 20:40] += 3000
    tifffile.imwrite(tmp_path / "cell.tif", frames, imagej=True, metadata={"axes": "TYX"})
    sheet(movie=["cell"], path=["cell.tif"], pixel_size_um=["0.5"])
    files = ["--snakefile", own_checkout / "Snakefile", "--profile", own_checkout / "profiles" / "local"]
    return [*files, "--config", "movies=movies.tsv"]


def noted(tmp_path: Path, name: str) -> list[list[str]]:
    """What the stand-ins noted, the words of each line."""
    path = tmp_path / "notes" / name
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def scripts(tmp_path: Path) -> set[tuple[str, str]]:
    """Which scripts ran, and where."""
    return {(script.split(".", 1)[1], place) for place, script in noted(tmp_path, "ran")}


def test_each_job_runs_in_the_conda_environment_of_its_rule(on_path, snakemake, arguments, checkout, tmp_path):
    made = snakemake(*arguments, "--sdm", "conda", "--conda-create-envs-only", cwd=tmp_path)
    assert made.returncode == 0, made.stdout
    created = {call[-1]: Path(call[5]) for call in noted(tmp_path, "calls") if call[:2] == ["env", "create"]}
    names = {(checkout / "envs" / f"{name}.yaml").read_text(): name for name in ("cpu", "gpu")}
    place = {names[file.read_text()]: prefix for prefix, file in created.items()}
    assert place.keys() == {"cpu", "gpu"}
    assert not scripts(tmp_path)

    done = snakemake(*arguments, "--sdm", "conda", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert scripts(tmp_path) == {("infer.py", place["gpu"]), *((f"{name}.py", place["cpu"]) for name in ON_CPU)}
    assert (tmp_path / "results" / "summary.csv").is_file()
    assert [call[:2] for call in noted(tmp_path, "calls")].count(["env", "create"]) == 2


def test_each_job_runs_in_the_container(on_path, snakemake, arguments, own_checkout, tmp_path):
    (own_checkout / "envs" / "sidewinder.sif").touch()
    done = snakemake(*arguments, "--sdm", "apptainer", "--apptainer-args=--nv", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert scripts(tmp_path) == {(script, "checkout/envs/sidewinder.sif") for script in SCRIPTS}
    assert (tmp_path / "results" / "summary.csv").is_file()
    jobs = [call for call in noted(tmp_path, "calls") if "exec" in call]
    assert len(jobs) == len(SCRIPTS)
    assert all("--nv" in call and "pull" not in call for call in jobs)


def test_an_image_that_was_not_built_is_asked_for(on_path, snakemake, arguments, tmp_path):
    result = snakemake(*arguments, "--sdm", "apptainer", cwd=tmp_path)
    assert result.returncode != 0
    assert result.stdout.splitlines()[-1] == (
        "--sdm apptainer: there is no container image checkout/envs/sidewinder.sif; build it in the checkout, on a "
        "machine that has Apptainer: apptainer build envs/sidewinder.sif envs/sidewinder.def"
    )
    assert not scripts(tmp_path)


@pytest.mark.skipif(not MODULES.is_file(), reason="SKIPPED LOUDLY: Debian's package environment-modules is missing")
def test_what_a_module_brings_reaches_the_jobs(base, arguments, tmp_path):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "lab").write_text(f"#%Module1.0\nprepend-path PATH {base / 'bin'}\n")
    load = f'source {MODULES}; module use {tmp_path / "modules"}; module load lab; exec "$@"'
    command = [sys.executable, "-m", "snakemake", *map(str, arguments), "--sdm", "conda", "--until", "preprocess"]
    done = subprocess.run(["bash", "-c", load, "bash", *command], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {script for script, _ in scripts(tmp_path)} == {"preprocess.py"}
