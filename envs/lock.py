"""Write requirements.lock anew: one version of each package for all supported Pythons, on Linux and macOS.

Usage: pip install uv; python envs/lock.py [options of uv pip compile, such as --upgrade]

Versions that the lock has already stay as they are unless pyproject.toml or an option asks for others. A test
(tests/workflow/test_lock.py) fails where the lock is not the same for all Pythons and gives no reason.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
LOCK = CHECKOUT / "requirements.lock"
HEADER = """\
# What the tests ran with, and what `make env` installs: one version of each package for Python 3.11 to 3.14; where the
# Pythons differ, the reason stands above it. Written by envs/lock.py, which see; not to be edited by hand.
# The CUDA packages that PyTorch names itself are left out: PyTorch is installed first, and brings those of its build.
# PyTorch has no hashes, for its builds go by the same version.
"""
# why a line is not for all Pythons
REASONS = {
    "importlib-metadata": "dask needs it up to Python 3.11, later ones have it built in",
    "lazy-importer": "importlib-metadata needs it",
    "numcodecs": "0.15 aborts on Python 3.14; geff refuses newer ones on Python 3.11",
    "deprecated": "numcodecs 0.15 needs it, newer ones do not",
    "ome-zarr-models": "1.7 refuses Python 3.14, newer ones Python 3.11",
    "pydantic-zarr": "what that ome-zarr-models needs",
    "pylibczirw": "6.1 has no wheel for Python 3.14",
    "cmake": "pylibczirw needs it",
    "validators": "pylibczirw needs it",
}
OF_CUDA = re.compile(r"(nvidia|cuda|triton)\b")
HASH = re.compile(r" --hash=\S+")
# the lock is for these systems and Pythons only, which need not be said in each line
SYSTEMS = r"\(?sys_platform == 'darwin' or sys_platform == 'linux'\)?"
PYTHONS = r"python_full_version < '3\.15'"


def main(options: list[str]) -> None:
    """Resolve, and write the lock.

    Parameters
    ----------
    options : list of str
        Passed on to uv.
    """
    command = ["uv", "pip", "compile", "pyproject.toml", "--extra", "test", "--universal", "--python-version", "3.11"]
    # fewest: rather an older version that suits all Pythons than the newest one for each
    command += ["--fork-strategy", "fewest", "--no-annotate", "--no-header", "--quiet", "--generate-hashes", *options]
    with tempfile.TemporaryDirectory() as folder:
        new = Path(shutil.copy2(LOCK, folder))
        subprocess.run([*command, "--output-file", new], cwd=CHECKOUT, check=True)
        # what is continued on the next line is one line
        text = re.sub(r" *\\\n *", " ", new.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#") and not OF_CUDA.match(line)]
    LOCK.write_text(HEADER + "".join(entry(line) for line in lines))


def entry(line: str) -> str:
    """What the lock says of a package: why it is not for all Pythons, its version, and the hashes of its files."""
    hashes = [] if line.startswith("torch==") else sorted(found.strip() for found in HASH.findall(line))
    version, _, reason = with_reason(HASH.sub("", line)).partition("  # ")
    return f"# {reason}\n" * bool(reason) + " \\\n    ".join([version, *hashes]) + "\n"


def with_reason(line: str) -> str:
    """A line of the lock without what is true of all of them, and with the reason where it is not for all Pythons."""
    line = line.partition(" #")[0].strip()
    line = re.sub(rf"{PYTHONS}( and )?", "", line)
    line = re.sub(rf"( and |(?<= ; )){SYSTEMS}$", "", line).removesuffix(" ; ")
    # greenlet is for all machines that we know of
    line = re.sub(r" ; .*platform_machine.*", "", line)
    if not re.search(r"python_(full_)?version", line):
        return line
    name = line.partition("==")[0]
    if name not in REASONS:
        sys.exit(f"{line}: not the same for all Pythons; find out why, and say so in REASONS in {Path(__file__).name}")
    return f"{line}  # {REASONS[name]}"


if __name__ == "__main__":
    main(sys.argv[1:])
