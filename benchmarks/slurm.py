"""What Slurm and Snakemake cost beside the work: latency, jobs side by side, jobs that share a submission.

Needs root and Debian's Slurm (see tests/support/slurm.py), which it brings up on this machine; stages are stubs that
only sleep, so that what is measured is what is not work.

    python benchmarks/slurm.py

prints the tables of docs/measurements/cluster.md.
"""

import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from running import Stubbed, copy_workflow, stub_scripts  # noqa: E402
from slurm import Slurm  # noqa: E402

ACCOUNT = ("--default-resources", "mem_mb=2000", "runtime=60", "slurm_account=lab")
GPU = ("--set-resources", "infer:gpu=1", "infer:slurm_partition=gpu")
WORK_S = 10
N_MOVIES = 4


def run(checkout: Path, what: str, n_movies: int, *arguments: object) -> tuple[Stubbed, float]:
    """Make one output of each of some movies, each a job of `WORK_S` seconds; the experiment and its wall seconds."""
    experiment = Stubbed(checkout, Path(tempfile.mkdtemp()), "slurm")
    movies = [f"m{number}" for number in range(n_movies)]
    experiment.movies(*movies)
    rule = "preprocess" if what.startswith("image") else "infer"
    name = "{rule}/{movie}" + "/0" * (rule == "infer")
    experiment.behave({name.format(rule=rule, movie=movie): [f"takes {WORK_S}"] for movie in movies})
    targets = [f"results/work/{movie}/{what}" for movie in movies]
    if rule == "infer":
        images = [target.replace(what, "image.ome.zarr") for target in targets]
        done(experiment.run(*images, "--config", "movies=movies.tsv", *ACCOUNT, "--jobs", 8, *every(2)))
    start = time.monotonic()
    done(experiment.run(*targets, "--config", "movies=movies.tsv", *ACCOUNT, *arguments))
    return experiment, time.monotonic() - start


def every(seconds: int) -> tuple:
    """Look at the queue so often."""
    return "--slurm-init-seconds-before-status-checks", seconds


def done(result) -> None:
    """Stop where a run failed."""
    if result.returncode:
        raise SystemExit(result.stdout[-3000:])


def held_s(slurm: Slurm, job: str) -> float:
    """How long a job held its allocation."""
    start, end = (datetime.fromisoformat(slurm.details(job)[key]) for key in ("StartTime", "EndTime"))
    return (end - start).total_seconds()


def latency(slurm: Slurm, checkout: Path) -> None:
    """One job, looked at seldom and often."""
    print(f"\n|one job of {WORK_S} s|allocation held, s|whole run, s|\n|---|---|---|")
    for seconds in (20, 5):
        experiment, wall_s = run(checkout, "image.ome.zarr", 1, *every(seconds))
        (note,) = experiment.ran("preprocess")
        print(f"|a look every {seconds} s|{held_s(slurm, note['cluster_job']):.0f}|{wall_s:.0f}|", flush=True)


def side_by_side(checkout: Path) -> None:
    """The same work in so many jobs at a time."""
    n_movies = N_MOVIES
    print(f"\n|{n_movies} jobs of {WORK_S} s, so many at a time|wall s|efficiency|\n|---|---|---|")
    for n_jobs in (1, 4):
        _, wall_s = run(checkout, "image.ome.zarr", n_movies, "--jobs", n_jobs, *every(5))
        print(f"|{n_jobs}|{wall_s:.0f}|{n_movies * WORK_S / (n_jobs * wall_s):.0%}|", flush=True)


def shared(slurm: Slurm, checkout: Path) -> None:
    """The network's jobs, so many a submission, on one GPU."""
    n_movies = N_MOVIES
    print(f"\n|{n_movies} movies of {WORK_S} s on one GPU, movies a submission|submissions|GPU held, s|idle|wall s|")
    print("|---|---|---|---|---|")
    for size in (1, 4):
        arguments = (*GPU, "--group-components", f"gpu={size}", "--resources", "gpu=1", "in_turn=1", *every(5))
        experiment, wall_s = run(checkout, "maps-0.zarr", n_movies, *arguments)
        jobs = {note["cluster_job"] for note in experiment.ran("infer")}
        held = sum(held_s(slurm, job) for job in jobs)
        print(f"|{size}|{len(jobs)}|{held:.0f}|{1 - n_movies * WORK_S / held:.0%}|{wall_s:.0f}|", flush=True)


def main() -> None:
    """Print the tables."""
    slurm = Slurm(Path(tempfile.mkdtemp()))
    try:
        slurm.start()
        checkout = stub_scripts(copy_workflow(CHECKOUT, Path(tempfile.mkdtemp())))
        latency(slurm, checkout)
        side_by_side(checkout)
        shared(slurm, checkout)
    finally:
        slurm.stop()


if __name__ == "__main__":
    main()
