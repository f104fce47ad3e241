"""How long a run looks for changes before it begins: raw data of many files, and the records of all stages.

Tiny files, which were read a moment ago: on this machine's own disk the time is that of names and sizes.

    python benchmarks/fingerprints.py

prints the table of docs/measurements/reliability.md.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "workflow"))

from sidewinder.fingerprint import with_digests  # noqa: E402
from sidewinder.plan import Plan  # noqa: E402
from sidewinder.provenance.comparison import Comparison  # noqa: E402
from sidewinder.provenance.record import BEFORE, FOLDER, Record, names_of, write_record  # noqa: E402
from sidewinder.provenance.sources import prints_of  # noqa: E402
from sidewinder.sheet import Row  # noqa: E402

MODELS = CHECKOUT / "workflow" / "models"
CONFIG = {"model": "nuclei", "train": {"model": "mine"}, "instances": {}, "track": {}}
# movies, files of each; 0 is one that is no folder
EXPERIMENTS = ((10_000, 0), (400, 500))
COLUMNS = ("movies", "files of each", "changed", "wall s", "CPU s")


def raw_movie(path: Path, n_files: int) -> None:
    """Write a movie of files that hold a few bytes."""
    if n_files == 0:
        path.write_bytes(b"movie")
        return
    path.mkdir()
    for frame in range(n_files):
        (path / f"t{frame:03}.tif").write_bytes(b"frame")


def made(n_movies: int, n_files: int) -> Plan:
    """Write raw movies, and the records that the jobs of all stages would have left."""
    rows = {name: Row(2, name, name) for name in (f"movie_{number:05}" for number in range(n_movies))}
    plan = Plan(rows, CONFIG, MODELS)
    model = with_digests(prints_of("model", str(MODELS / "nuclei")), MODELS / "nuclei")
    for movie in rows:
        raw_movie(Path(movie), n_files)
        keys: dict[str, str] = {}
        for stage, before in BEFORE.items():
            sources = {"raw": with_digests(prints_of("raw", movie), movie)} if stage == "preprocess" else {}
            sources |= {"model": model} if stage == "infer" else {}
            above = {name: keys[name] for name in names_of(before, movie, [0])} if before else {}
            record = Record(plan.settings_of(stage, movie), above, sources)
            (name,) = names_of(stage, movie, [0])
            keys[name] = record.key
            write_record(Path(FOLDER, f"{name}.json"), record)
    return plan


def looked(plan: Plan) -> tuple[int, float, float]:
    """Look for changes; in how many movies there are some, wall and CPU seconds."""
    wall_s, cpu_s = time.monotonic(), time.process_time()
    changes = Comparison(plan, ".", with_settings=True).changes()
    return sum(bool(one.why) for one in changes), time.monotonic() - wall_s, time.process_time() - cpu_s


def main() -> None:
    """Print the table."""
    print("|" + "|".join(COLUMNS) + "|")
    print("|" + "---|" * len(COLUMNS))
    for n_movies, n_files in EXPERIMENTS:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            plan = made(n_movies, n_files)
            n_changed, wall_s, cpu_s = looked(plan)
            print(f"|{n_movies:,}|{n_files or 'one file'}|{n_changed}|{wall_s:.1f}|{cpu_s:.1f}|", flush=True)
            os.chdir(CHECKOUT)


if __name__ == "__main__":
    main()
