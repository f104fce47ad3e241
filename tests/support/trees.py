"""What a run has made, file by file, without what says when and where it was made."""

import hashlib
import io
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

# of the run, not of its results: logs, times, what locks and temporary files leave; temporary and simulated raw
OF_THE_RUN = re.compile(
    r"(\.snakemake|temporary|results/(logs|benchmarks|records))/.*|results/\.(lock|slurm)|.*\.snakemake_timestamp|"
    r"(jobs\.jsonl|run\.log|slurm-.*)"
)
# of a package: when it was made, and what its weights say of scripts and processes
WHEN = re.compile(rb"(timestamp|sha256): .*")
# of what says what made the results: when that was
TOLD = re.compile(r"provenance\.json|report\.html")
TIMES = re.compile(rb'"(made|written)": ?"[^"]*"')
OF_THE_PROCESS = re.compile(r".*\.debug_pkl|.*/serialization_id")


def tree(folder: Path) -> dict[str, str]:
    """The digests of all files in a folder by their paths, but for those of the run."""
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: digest(path) for name, path in sorted(paths.items()) if not OF_THE_RUN.fullmatch(name)}


def digest(path: Path) -> str:
    """The digest of a file's contents, without what says when they were made; of a package's, by which process."""
    if TOLD.fullmatch(path.name):
        return hashlib.sha256(TIMES.sub(b"", path.read_bytes())).hexdigest()
    if path.suffix == ".zip":
        return hashlib.sha256(repr(_held(path)).encode()).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _held(package: Path | BinaryIO) -> list[tuple[str, object]]:
    """The files in a package, and those in its weights."""
    with zipfile.ZipFile(package) as archive:
        names = [name for name in sorted(archive.namelist()) if not OF_THE_PROCESS.fullmatch(name)]
        held = {name: archive.read(name) for name in names}
    return [(name, _held(io.BytesIO(it)) if name.endswith(".pt") else WHEN.sub(b"", it)) for name, it in held.items()]


def leftovers(folder: Path) -> list[str]:
    """Temporary files, unfinished marks and locks that nobody removes any more."""
    # folders of Snakemake's stay when they are empty
    found = [path for path in folder.rglob("*") if path.is_file() or ".snakemake" not in path.parts]
    paths = [str(path.relative_to(folder)) for path in found]
    left = re.compile(
        r".*\.(tmp|old|scratch)|.*\.checkpoint|\.snakemake/(incomplete|locks|backups|shadow)/.*|temporary/.*"
    )
    # locks that are the kernel's, a folder that PyTorch makes once for each user, and Snakemake's own, which are empty
    kept = re.compile(r"temporary/(sidewinder-gpu-.*|torchinductor_\w+|snakemake\w{8})")
    return [path for path in paths if left.fullmatch(path) and not kept.fullmatch(path)]
