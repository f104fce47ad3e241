"""Keep the record of a job, from its beginning to its end."""

import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.fingerprint import Prints, check_unchanged, digest_at, with_digests
from sidewinder.movie.causes import unreachable
from sidewinder.movie.listing import root_of
from sidewinder.names import BLOCKWISE, PRODUCTS, VERSION
from sidewinder.provenance.record import (
    BEFORE,
    BEGUN,
    FOLDER,
    OVERVIEW,
    TABLES,
    Record,
    before_of,
    digest_of_rows,
    names_of,
    of_outer,
    read_record,
    write_record,
)
from sidewinder.provenance.sources import SOURCES, images_of_light, prints_of
from sidewinder.rectangle import parse_rectangle

# holds the results folders whose jobs keep records, set by the Snakefile: in a store a record would be lost
VARIABLE = "SIDEWINDER_RECORDS"
# a checkout on a file system that does not answer
SLOW_S = 10
LIBRARIES = ("numpy", "scipy", "scikit-image", "pandas", "zarr", "tifffile", "torch")


def keep_records(results: str | Path) -> None:
    """Let the jobs that this process starts keep records in a results folder."""
    os.environ[VARIABLE] = "\n".join({*_kept(), os.path.abspath(results)})


def _kept() -> list[str]:
    return os.environ.get(VARIABLE, "").splitlines()


@dataclass(frozen=True)
class Job:
    """A job, as far as its record needs it.

    Parameters
    ----------
    log : str
        Its log, `<results>/logs/<stage>/<name>.log`, beside which the record lies as `<results>/records/...`.
    wildcards, params : dict
        Those of its rule, by name.
    inputs, outputs : sequence of str
        Its files.
    threads : int
        How many files are read at a time.
    """

    log: str
    wildcards: Mapping[str, str]
    params: Mapping[str, Any]
    inputs: Sequence[str]
    outputs: Sequence[str]
    threads: int

    @property
    def stage(self) -> str:
        """By the folder of the log, because a module may give rules other names."""
        return Path(self.log).parent.name

    @property
    def results(self) -> Path:
        """The results folder."""
        return Path(os.path.abspath(self.log)).parents[2]

    @property
    def record(self) -> Path:
        """The path of the record."""
        return self.results / FOLDER / self.stage / f"{Path(self.log).stem}.json"

    @property
    def sources(self) -> dict[str, tuple[str, str | None]]:
        """What it reads from outside, by kind: where that is, and which position of it."""
        # a movie with a model has no label images, and a rectangle is no file
        where = {kind: self.params.get(param) for kind, param in SOURCES.get(self.stage, {}).items()}
        found = {kind: str(path) for kind, path in where.items() if path and parse_rectangle(str(path)) is None}
        light = images_of_light(self.params.get("settings")) if self.stage == "preprocess" else {}
        return {kind: (path, self.params.get("position")) for kind, path in (found | light).items()}


@contextmanager
def recorded(job: Job) -> Iterator[None]:
    """Run a job's stage in the block, and keep the record of what it made its results of.

    Raises
    ------
    UserError
        If the raw data, the model or the truth have changed while the block ran.
    """
    if str(job.results) not in _kept() or job.stage not in (*BEFORE, *PRODUCTS, TABLES, OVERVIEW):
        yield
        return
    # of what is there without a record, and was killed before it had one, the next run has to know
    mark = job.record.with_suffix(BEGUN)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    job.record.unlink(missing_ok=True)
    found = _look(job)
    yield
    write_record(job.record, _record(job, found))
    mark.unlink()


def _look(job: Job) -> dict[str, Prints]:
    """The fingerprints of what a job is about to read, by kind; none where it will fail for that."""
    try:
        return {kind: prints_of(kind, *where) for kind, where in job.sources.items()}
    except UserError:
        return {}


def _record(job: Job, found: dict[str, Prints]) -> Record:
    results = str(job.results)
    published = [path for path in job.outputs if not os.path.abspath(path).startswith(f"{results}/work/")]
    return Record(
        settings=_settings(job),
        before=keys_before(job, before_of(job.stage, bool(job.params.get("own_labels")))),
        sources={kind: _with_digests(kind, *job.sources[kind], prints, job.threads) for kind, prints in found.items()},
        files={os.path.basename(path): digest_at(path, job.threads) for path in published},
        versions=versions(),
        machine=machine(),
        made=datetime.now(UTC).isoformat(),
    )


@cache
def _commit() -> dict[str, str]:
    """The commit of the checkout, with `-dirty` where files differ from it; nothing where Git does not know."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(git, capture_output=True, text=True, timeout=SLOW_S)
    except (OSError, subprocess.SubprocessError):
        return {}
    return {} if found.returncode else {"commit": found.stdout.strip()}


def _settings(job: Job) -> dict[str, Any]:
    """The parameters of the rule but for those that say where a source is; of what the sheet says a digest."""
    if job.stage in (TABLES, OVERVIEW):
        return {"rows": digest_of_rows(job.params["rows"])}
    # a region that is a rectangle is no source, and a file may take its place
    stands_for = {param for params in SOURCES.values() for param in params.values()} - {"region"}
    return {name: value for name, value in job.params.items() if name not in stands_for}


def _with_digests(kind: str, path: str, position: str | None, found: Prints, threads: int) -> Prints:
    """What was read from outside, with digests."""
    try:
        prints = with_digests(found, root_of(path), threads)
    except OSError as error:
        check_unchanged(path, found, prints_of(kind, path, position))
        raise unreachable(path, error) from error
    # behind the digests, so that they are of what was read
    check_unchanged(path, found, prints_of(kind, path, position))
    return prints


def keys_before(job: Job, before: str) -> dict[str, str]:
    """The keys of the records of a stage that the inputs of a job come from; empty where there is none."""
    if not before:
        return {}
    of_blocks = range(sum(os.path.basename(path).startswith("cells-") for path in job.inputs))
    blocks = [int(job.wildcards["block"])] if job.stage in BLOCKWISE else of_blocks
    names = names_of(before, job.wildcards["movie"], blocks) + of_outer(job.stage, job.params.get("within"))
    records = {name: read_record(job.results / FOLDER / f"{name}.json") for name in names}
    return {name: record.key if record else "" for name, record in records.items()}


def machine() -> str:
    """The machine that this process runs on: its name, its system and how many processors it has."""
    return f"{platform.node()}, {platform.platform()}, {os.cpu_count()} processors"


def versions() -> dict[str, str]:
    """The versions of Python, Sidewinder and the libraries that compute, as far as they are installed."""
    return {"python": platform.python_version(), "sidewinder": VERSION, **_commit(), **_installed()}


# a hundredth of a second, which tests with hundreds of records feel
@cache
def _installed() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
