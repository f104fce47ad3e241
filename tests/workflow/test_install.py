"""`make env` takes the build of PyTorch that suits the machine; shown with small packages in indexes on this disk."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

VERSION = "2.13.0"
# commands that the recipe needs; no others are found, so that this machine's own driver and clusters do not matter
COMMANDS = ("sh", "dirname", "sed", "grep", "uname", "cat", "cc", "rm")


def add_to_index(folder: Path, name: str, version: str) -> str:
    """Put a package into an index: a module that holds its own version, without the networks of the real one.

    Returns
    -------
    str
        The digest of its file, as a lock file says it.
    """
    wheel = folder / name / f"{name}-{version}-py3-none-any.whl"
    wheel.parent.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(f"{name}.py", f"version = {version!r}\n")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")
    (wheel.parent / "index.html").write_text(f'<a href="{wheel.name.replace("+", "%2B")}">{wheel.name}</a>')
    return f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


@pytest.fixture
def install(checkout, tmp_path) -> Callable[..., tuple[int, str, str]]:
    """Run the recipe on a machine that has some commands; its exit code, which PyTorch there is then, what it said."""
    for name in ("install.sh", "venv.sh", "fetch_pip.py"):
        (tmp_path / "envs").mkdir(exist_ok=True)
        shutil.copy2(checkout / "envs" / name, tmp_path / "envs" / name)
    add_to_index(tmp_path / "pypi", "torch", VERSION)
    digest = add_to_index(tmp_path / "pypi", "rest", "1.0")
    add_to_index(tmp_path / "cpu", "torch", f"{VERSION}+cpu")
    (tmp_path / "requirements.lock").write_text(f"rest==1.0 \\\n    --hash={digest}\ntorch=={VERSION}\n")

    def run(wanted: str = "auto", *, has: tuple[str, ...] = (), cpu_index: str = "cpu") -> tuple[int, str, str]:
        path = tmp_path / "bin"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        for command in COMMANDS:
            (path / command).symlink_to(shutil.which(command) or "/bin/true")
        for command in has:
            (path / command).symlink_to("/bin/true")
        result = subprocess.run(
            ["envs/install.sh", sys.executable, "env", wanted],
            cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={
                "PATH": str(path),
                "HOME": str(tmp_path),
                # no settings of this machine
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_INDEX_URL": (tmp_path / "pypi").as_uri(),
                "SIDEWINDER_TORCH_CPU_INDEX": (tmp_path / cpu_index).as_uri(),
            },
        )  # fmt: skip
        python = tmp_path / "env" / "bin" / "python"
        asked = subprocess.run(
            [python, "-c", "import torch, rest; print(torch.version)"], capture_output=True, text=True
        ) if python.exists() else None  # fmt: skip
        return result.returncode, asked.stdout.strip() if asked else "", result.stdout

    return run


@pytest.fixture(autouse=True)
def _no_driver_here() -> None:
    if Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists():
        pytest.skip("SKIPPED LOUDLY: this machine has an NVIDIA driver, so that the recipe cannot be shown without one")


def test_a_machine_that_cannot_have_a_gpu_gets_the_small_build_and_keeps_it(install):
    code, build, said = install()
    assert (code, build) == (0, f"{VERSION}+cpu"), said
    assert f"PyTorch {VERSION}: the build for the CPU (0.2 GB), because there is neither an NVIDIA driver nor" in said
    assert "make env TORCH=cpu, or TORCH=cuda" in said
    # the other one is asked for: pip would take the one that is there for it
    code, build, said = install("cuda")
    assert (code, build) == (0, VERSION), said
    assert "as told" in said


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("bsub", "there is bsub, and its nodes may have GPUs"),
        pytest.param("sbatch", "there is sbatch, and its nodes may have GPUs", marks=pytest.mark.long),
        pytest.param("nvidia-smi", "there is an NVIDIA driver", marks=pytest.mark.long),
    ],
    ids=["bsub", "sbatch", "nvidia-smi"],
)
def test_a_machine_that_may_have_a_gpu_gets_what_pypi_has(install, command, why):
    code, build, said = install(has=(command,))
    assert (code, build) == (0, VERSION), said
    assert f"PyTorch {VERSION}: what PyPI has (on Linux with CUDA, 3 GB), because {why}" in said


def test_without_pytorchs_own_index_it_is_what_pypi_has_unless_the_small_build_was_asked_for(install, tmp_path):
    code, build, said = install(cpu_index="gone")
    assert (code, build) == (0, VERSION), said
    assert f"because {(tmp_path / 'gone').as_uri()} cannot be reached or lacks it" in said
    code, _, said = install("cpu", cpu_index="gone")
    assert code == 1
    assert said.splitlines()[-1] == f"PyTorch {VERSION} is not to be had from {(tmp_path / 'gone').as_uri()}"


def test_a_package_that_is_not_the_one_of_the_lock_is_refused(install, tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(re.sub("sha256:[0-9a-f]+", f"sha256:{64 * '0'}", lock.read_text()))
    code, _, said = install()
    assert code != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in said


def test_on_a_cluster_the_small_build_is_had_by_asking(install):
    assert install("cpu", has=("sbatch",))[:2] == (0, f"{VERSION}+cpu")


def test_what_is_no_build_is_refused(install):
    code, build, said = install("gpu")
    assert (code, build, said) == (1, "", "TORCH=gpu: allowed are cpu, cuda and auto\n")
