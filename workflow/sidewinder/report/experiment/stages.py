"""What each stage took: time, memory, and how long its jobs waited, from the benchmarks that Snakemake keeps."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sidewinder.names import BLOCKWISE
from sidewinder.report.one_file import rounded

Ends = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Ran:
    """A job that has run.

    Parameters
    ----------
    stage, name : str
        Its stage, and its movie, with a block's number where there are blocks.
    ended : float
        In seconds since 1970.
    took_s, memory_mb : float
        How long it took, and the most memory that it had. NaN where that is not known.
    """

    stage: str
    name: str
    ended: float
    took_s: float
    memory_mb: float

    @property
    def movie(self) -> str:
        """The movie that it was of."""
        return self.name.rpartition("-")[0] if self.stage in BLOCKWISE else self.name


def jobs_in(benchmarks: str | Path) -> list[Ran]:
    """The jobs of which there are benchmarks, `{stage}/{name}.tsv` in a folder; what is no benchmark is left out."""
    return [job for path in sorted(Path(benchmarks).glob("*/*.tsv")) for job in _read(path)]


def _read(path: Path) -> Iterator[Ran]:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            row = next(csv.DictReader(file, delimiter="\t"))
        values = [_number(row.get(name)) for name in ("s", "max_rss")]
        yield Ran(path.parent.name, path.stem, path.stat().st_mtime, *values)
    except (OSError, ValueError, csv.Error, StopIteration):
        return


def _number(text: str | None) -> float:
    """A cell of a benchmark; `-` and `NA` stand for what was not measured."""
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def facts_of_stages(jobs: list[Ran], before: Mapping[str, str]) -> list[dict[str, Any]]:
    """Sums and medians of each stage.

    Parameters
    ----------
    jobs : list of Ran
        As of `jobs_in`.
    before : dict of str to str
        From which stage the inputs of a stage come, in the order of the stages; others are left out. A job has waited
        from the end of that, or of the one before it where that has not run, to its own beginning.
    """
    by_stage: dict[str, list[Ran]] = {stage: [] for stage in before}
    jobs = [job for job in jobs if job.stage in by_stage]
    of_jobs, of_movies = {(job.stage, job.name): job.ended for job in jobs}, dict[tuple[str, str], float]()
    for job in jobs:
        by_stage[job.stage].append(job)
        key = (job.stage, job.movie)
        of_movies[key] = max(of_movies.get(key, job.ended), job.ended)
    waited = {
        stage: [wait for job in ran for wait in _waited_s(job, before, of_jobs, of_movies)]
        for stage, ran in by_stage.items()
    }
    return [_facts_of(stage, ran, waited[stage]) for stage, ran in by_stage.items() if ran]


def _facts_of(stage: str, jobs: list[Ran], waited: list[float]) -> dict[str, Any]:
    took, memory = [job.took_s for job in jobs], [job.memory_mb for job in jobs]
    return {
        "stage": stage,
        "jobs": len(jobs),
        "median_s": rounded(_median(took)),
        "longest_s": rounded(_most(took)),
        "sum_s": rounded(float(np.nansum(took))),
        "median_mb": rounded(_median(memory)),
        "most_mb": rounded(_most(memory)),
        "waited_s": rounded(_median(waited)),
        "longest_wait_s": rounded(_most(waited)),
    }


def _waited_s(job: Ran, before: Mapping[str, str], of_jobs: Ends, of_movies: Ends) -> Iterator[float]:
    """How long a job has waited for the machine, where that is known."""
    stage = before.get(job.stage, "")
    while stage and (stage, job.movie) not in of_movies:
        stage = before.get(stage, "")
    # a block comes from the same block
    same = of_jobs.get((stage, job.name)) if {stage, job.stage} <= BLOCKWISE.keys() else None
    end = of_movies.get((stage, job.movie)) if same is None else same
    began = job.ended - job.took_s
    if end is not None and np.isfinite(began):
        # a benchmark is written a moment after its job has ended
        yield max(began - end, 0.0)


def _most(values: list[float]) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else float("nan")


def _median(values: list[float]) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")
