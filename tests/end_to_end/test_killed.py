"""The same tables, byte for byte: in blocks, on another number of cores, and killed on the way."""

import os
import signal
from dataclasses import replace

import tifffile

from noted import Noted, noted_checkout
from polling import wait_for
from running import PATIENCE_S
from short_movie import TABLES, tables
from trees import leftovers

TARGETS = tuple(f"results/short/{name}" for name in TABLES)
CONFIG = ("--config", "movies=movies.tsv", "exports=[]", "infer={keep: false}")
ROW = {"movie": "short", "path": "short.tif", "pixel_size_um": "0.5", "frame_interval_s": "300"}
JOBS = ["infer/short/0", "infer/short/1", "instances/short/0", "instances/short/1", "preprocess/short", "track/short"]


def begun(experiment: Noted, name: str) -> int:
    """Wait until a job has begun; its process."""
    processes = lambda: [note.process for note in experiment.notes("begun") if note.name == name]  # noqa: E731
    wait_for(processes, name, PATIENCE_S)
    return processes()[-1]


def test_killed_in_blocks_and_on_one_core(short, tmp_path_factory):
    """Fifty random kills, over every rule, are in tests/chaos."""
    short.sheet("movies.tsv", ROW)
    checkout, folder = (tmp_path_factory.mktemp(name) for name in ("checkout", "killed"))
    noted_checkout(short.checkout, checkout)
    # tables name the commit that they were made with: both of the copy, which has none
    result = replace(short, checkout=checkout).run(*TARGETS, "--cores", 2, *CONFIG)
    assert result.returncode == 0, result.stdout[-3000:]
    expected = tables(short.folder / "results" / "short")
    assert len(expected["tracks.csv"]) > 10_000
    killed = Noted(checkout, folder, arguments=(*TARGETS, "--cores", 1, *CONFIG))
    (short.folder / "short.tif").rename(folder / "short.tif")
    killed.sheet("movies.tsv", ROW | {"blocks": "2"})
    run = killed.start()
    # a job alone: the run goes on with the other block
    os.kill(begun(killed, "infer/short/0"), signal.SIGKILL)
    begun(killed, "infer/short/1")
    # the process of the run alone: its job ends by itself
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    result = killed.run()
    assert result.returncode == 0, result.stdout[-3000:]
    assert tables(folder / "results" / "short") == expected
    assert sorted(note.name for note in killed.notes("ended")) == JOBS
    assert [note.name for note in killed.notes("begun")].count("infer/short/0") == 2
    assert leftovers(folder) == []
    assert list(folder.glob("results/work/short/maps-*")) == []


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


def test_more_blocks_than_frames_are_refused(short):
    tifffile.imwrite(short.folder / "short.tif", tifffile.imread(short.folder / "short.tif")[:2])
    short.sheet("movies.tsv", ROW | {"blocks": "3"})
    result = short.run("-n", *CONFIG)
    assert result.returncode != 0
    assert "movie short, column blocks: found 3, but the movie has 2 frames; a block has one frame at" in result.stdout
