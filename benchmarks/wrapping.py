"""What surrounds the network costs: CPU seconds of an experiment of small movies, and of the imports of each stage.

    python benchmarks/wrapping.py [movies]

prints the tables of docs/measurements/start-up.md: ten movies of one frame of 520 x 696 pixels by the local profile,
with jobs that are forked from one process and with a Python for each job, in turn; and what each stage imports.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile
from material import CHECKOUT

from sidewinder.driver import forked

SHAPE = (520, 696)
N_CELLS = 60
COMMAND = [sys.executable, "-m", "snakemake", "--snakefile", str(CHECKOUT / "Snakefile"), "--nocolor"]
COMMAND += ["--profile", str(CHECKOUT / "profiles" / "local"), "--cores", "2", "--config", "movies=movies.tsv"]
TABLES = ("tracks.parquet", "tracks.csv", "lineage.csv", "warnings.csv")
# starts as a fork server does, and imports what the script of a stage needs
IMPORTS = """
import sys, time
from pathlib import Path
from sidewinder.driver import fork_server
sys.path[:0] = [str(fork_server.SCRIPTS)]
start = time.process_time()
fork_server.preload(Path(sys.argv[1]))
print(time.process_time() - start)
"""


def make_movies(folder: Path, n_movies: int) -> None:
    """Movies of one frame of bright, round cells, and their sheet."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    rows = ["movie\tpath\tpixel_size_um"]
    for number in range(n_movies):
        frame = rng.normal(300, 30, SHAPE)
        for y_px, x_px in rng.uniform((10, 10), (SHAPE[0] - 10, SHAPE[1] - 10), (N_CELLS, 2)):
            frame += 2000 * np.exp(-((((y - y_px) ** 2 + (x - x_px) ** 2) / rng.uniform(36, 100)) ** 3))
        tifffile.imwrite(folder / f"{number}.tif", frame.clip(0).astype(np.uint16))
        rows.append(f"{number}\t{number}.tif\t0.5")
    (folder / "movies.tsv").write_text("\n".join(rows) + "\n")


def measured(folder: Path, fork: str) -> tuple[float, float]:
    """Wall and CPU seconds of a run, with all that it starts."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = os.environ | {forked.VARIABLE: fork}
    results = f"results={'forked' if fork == '1' else 'started'}"
    said = subprocess.run([*COMMAND, results], cwd=folder, env=environment, capture_output=True, text=True)
    if said.returncode:
        raise SystemExit(said.stderr[-3000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def same_tables(folder: Path) -> bool:
    """Whether the movies' tables are equal byte for byte."""
    tables = [table for name in TABLES for table in (folder / "forked").glob(f"*/{name}")]
    return bool(tables) and all(
        table.read_bytes() == (folder / "started" / table.relative_to(folder / "forked")).read_bytes()
        for table in tables
    )


def import_s(script: Path) -> float:
    """CPU seconds of what a stage imports."""
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT / "workflow")}
    command = [sys.executable, "-c", IMPORTS, str(script)]
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print the tables."""
    n_movies = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"| {n_movies} movies of one frame | CPU s a movie | wall s a movie |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_movies(folder, n_movies)
        for fork, way in (("0", "a Python started for each job"), ("1", "jobs forked from one process")):
            wall_s, cpu_s = measured(folder, fork)
            print(f"| {way} | {cpu_s / n_movies:.1f} | {wall_s / n_movies:.1f} |", flush=True)
        print(f"\nTables equal byte for byte: {same_tables(folder)}\n")
    print("| script | CPU s of imports |\n|---|---|")
    for script in sorted((CHECKOUT / "scripts").glob("*.py")):
        print(f"| `{script.name}` | {import_s(script):.2f} |", flush=True)


if __name__ == "__main__":
    main()
