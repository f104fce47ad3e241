"""Whether jobs may write where they have to."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sidewinder.driver.ending import listed
from sidewinder.errors import UserError

if TYPE_CHECKING:
    from sidewinder.driver.snakemake_inside import Job


def check_writable(results: str | Path, jobs: Iterable["Job"]) -> None:
    """Refuse to begin where folders of the results that are there may not be written to.

    Parameters
    ----------
    results : path
        The results folder.
    jobs : iterable of Job
        What is to be run.

    Raises
    ------
    UserError
        Names the folders, at most ten.
    """
    stages: set[str] = set()
    movies: dict[str, None] = {}
    for job in jobs:
        stages.add(Path(job.log).parent.name)
        movies |= {job.wildcards["movie"]: None} if "movie" in job.wildcards else {}
    there = list(_there(Path(results), stages, movies))
    files = [str(folder) for folder in there if not folder.is_dir()]
    if files:
        raise UserError(
            f"the results cannot be written: {listed(files)} must be a folder, and is not; move away what is there, or "
            "name another results folder"
        )
    closed = [str(folder) for folder in there if not os.access(folder, os.W_OK | os.X_OK)]
    mounted = [folder for folder in closed if _is_mounted_read_only(folder)]
    if mounted:
        raise UserError(
            f"the results cannot be written: {listed(mounted)} is on a file system that is mounted read-only; have it "
            "mounted so that it can be written to, or name another results folder"
        )
    if closed:
        raise UserError(
            f"the results cannot be written: no right to write to {listed(closed)}; give yourself that right "
            "(chmod u+w, or ask the owner), or name another results folder"
        )


def _is_mounted_read_only(folder: str) -> bool:
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _there(results: Path, stages: Iterable[str], movies: Iterable[str]) -> Iterator[Path]:
    """The folders to which these movies' jobs write, as far as they are there; few are asked for that are not."""
    wanted = {"": [*movies, "work", "logs", "benchmarks"], "work": movies, "logs": stages, "benchmarks": stages}
    for above, names in wanted.items():
        try:
            there = set(os.listdir(results / above))
        except OSError:
            continue
        yield from (results / above / name for name in sorted(names) if name in there)
