"""The same tables, byte for byte, after being killed in any stage; and a good movie beside a bad one."""

import os
import signal
import time

from short_movie import tables

# one name of each kind of thing that a stage works on: the run is killed while it is there
STAGES = {
    "preprocess": "logs/preprocess/short.log",
    "infer": "logs/infer/short-0.log",
    "instances": "logs/instances/short-0.log",
    "track": "logs/track/short.log",
    "publish": "logs/publish/short.log",
    "experiment": "logs/experiment/experiment.log",
}
PATIENCE_S = 120


def test_killed_in_any_stage_and_started_again(short):
    result = short.run("--config", "movies=movies.tsv", "results=undisturbed")
    assert result.returncode == 0, result.stdout[-3000:]
    for stage, log in STAGES.items():
        run = short.start("--config", "movies=movies.tsv", "results=killed")
        patience = time.monotonic() + PATIENCE_S
        # as soon as the stage's job is at work, all of the run is gone
        while not (short.folder / "killed" / log).is_file():
            assert run.poll() is None, f"the run ended before {stage} began"
            assert time.monotonic() < patience, f"{stage} did not begin"
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        (short.folder / "killed" / log).unlink()
    result = short.run("--config", "movies=movies.tsv", "results=killed")
    assert result.returncode == 0, result.stdout[-3000:]
    assert tables(short.folder / "killed" / "short") == tables(short.folder / "undisturbed" / "short")
    left = [path for path in (short.folder / "killed").rglob("*") if path.name.endswith((".tmp", ".old"))]
    assert left == []


def test_a_good_movie_beside_a_bad_one(short):
    (short.folder / "bad.tif").write_bytes((short.folder / "short.tif").read_bytes()[:5000])
    short.sheet("movies.tsv", {"movie": "good", "path": "short.tif"}, {"movie": "bad", "path": "bad.tif"})
    result = short.run("--config", "movies=movies.tsv")
    assert result.returncode != 0
    assert (short.folder / "results" / "good" / "movie.ome.zarr" / "zarr.json").is_file()
    assert (short.folder / "results" / "good" / "overlay.png").is_file()
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("movie bad: ") and "(log: " in line]
    assert "bad.tif" in line
    assert "Traceback" not in result.stdout
    assert not (short.folder / "results" / "bad").exists()
