"""How the workflow carries thousands of movies: time and memory of a job's parse, of the DAG and of a whole run.

The run is Snakemake's own, with the profile for Slurm; only the stages are stubs, which make empty files.

    python benchmarks/scale.py 1000 10000

prints the table of docs/measurements/cluster.md.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--snakefile", str(CHECKOUT / "Snakefile"), "--nocolor"]
PROFILE = ["--profile", str(CHECKOUT / "profiles" / "slurm")]
STUB = ["--executor", "touch-stub", "--jobs", "1000", "--max-jobs-per-timespan", "100000/1s"]
COLUMNS = ("movies", "what", "wall s", "CPU s", "peak MB", "jobs", "submissions", "files", "of those .snakemake")


def measured(command: list[str], folder: Path) -> tuple[float, float, float, str]:
    """Run a command; wall and CPU seconds, peak MB, what it said."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    support = {"PYTHONPATH": str(CHECKOUT / "benchmarks" / "support"), "BENCHMARK_START_S": str(start)}
    environment = os.environ | support
    with open(folder / "said.txt", "w+") as said:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        said.seek(0)
        text = said.read()
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{text[-3000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, cpu_s, usage.ru_maxrss * 1024 / 1e6, text


def experiment(folder: Path, n_movies: int) -> list[str]:
    """Make a sheet and its raw files; the arguments of a run."""
    (folder / "raw").mkdir()
    names = [f"movie_{number:06d}" for number in range(n_movies)]
    for name in names:
        (folder / "raw" / f"{name}.tif").touch()
    rows = [f"{name}\traw/{name}.tif\tdrug\n" for name in names]
    (folder / "movies.tsv").write_text("".join(["movie\tpath\tcondition\n", *rows]))
    return ["--config", "movies=movies.tsv"]


def n_files(folder: Path) -> int:
    """Files and folders below a folder."""
    return sum(len(folders) + len(files) for _, folders, files in os.walk(folder))


def rows_of(n_movies: int) -> list[tuple]:
    """A job's parse, the DAG, and a whole run, for so many movies."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = experiment(folder, n_movies)
        one = ["--target-jobs", "preprocess:movie=movie_000001", "--allowed-rules", "preprocess", "--cores", "1", "-n"]
        wall_s, cpu_s, peak_mb, _ = measured([*SNAKEMAKE, *one, "--mode", "remote", *config], folder)
        rows.append((n_movies, "a job's own parse", wall_s, cpu_s, peak_mb, "", "", "", ""))
        before = n_files(folder)
        wall_s, cpu_s, peak_mb, said = measured([*SNAKEMAKE, *PROFILE, *STUB, "--quiet", "rules", *config], folder)
        ready_s, ready_cpu_s = map(float, re.search(r"^ready: (\S+) (\S+)", said, re.MULTILINE).groups())
        n_jobs = int(re.search(r"^total +(\d+)", said, re.MULTILINE)[1])
        rows.append((n_movies, "DAG, until the first submission", ready_s, ready_cpu_s, "", n_jobs, "", "", ""))
        n_submissions = int(re.search(r"^submissions: (\d+)", said, re.MULTILINE)[1])
        made, own = n_files(folder) - before, n_files(folder / ".snakemake")
        rows.append((n_movies, "whole run, stubbed", wall_s, cpu_s, peak_mb, n_jobs, n_submissions, made, own))
    return rows


def main() -> None:
    """Print the table."""
    print("|" + "|".join(COLUMNS) + "|")
    print("|" + "---|" * len(COLUMNS))
    for n_movies in map(int, sys.argv[1:]):
        for row in rows_of(n_movies):
            cells = [f"{cell:.1f}" if isinstance(cell, float) else f"{cell}" for cell in row]
            print("|" + "|".join(cells) + "|", flush=True)


if __name__ == "__main__":
    main()
