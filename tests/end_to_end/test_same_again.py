"""The same tables, byte for byte: run again, in blocks, on another number of cores, and after being killed."""

import os
import signal
import time

import pytest
import tifffile

TABLES = ("tracks.csv", "tracks.parquet", "lineage.csv")
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


def tables(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


@pytest.fixture
def short(workflow, demo):
    """A movie of eight frames in the working directory, and how to run it."""
    frames = tifffile.imread(demo.folder / "simulated" / "plain" / "01.ome.tif")[:8]
    tifffile.imwrite(workflow.folder / "short.tif", frames)
    workflow.sheet("movies.tsv", {"movie": "short", "path": "short.tif", "pixel_size_um": "0.5"})
    return workflow


def run_in_blocks(workflow, row, blocks, cores=2):
    """The tables of a run of one movie in so many blocks."""
    results = f"results-{blocks}-{cores}"
    workflow.sheet("movies.tsv", row | {"blocks": str(blocks)})
    targets = [f"{results}/{row['movie']}/{name}" for name in TABLES]
    config = ("movies=movies.tsv", f"results={results}", "exports=[]")
    result = workflow.run(*targets, "--cores", cores, "--config", *config)
    assert result.returncode == 0, result.stdout[-3000:]
    return tables(workflow.folder / results / row["movie"])


def test_run_again_and_in_blocks(demo, workflow):
    row = {
        "movie": "plain", "path": str(demo.folder / "simulated/plain/01.ome.tif"), "pixel_size_um": "0.5",
        "frame_interval_s": "300",
    }  # fmt: skip
    expected = tables(demo.folder / "results" / "plain")
    assert run_in_blocks(workflow, row, blocks=1, cores=1) == expected
    assert run_in_blocks(workflow, row, blocks=3) == expected


def test_more_blocks_than_frames_are_refused(short):
    tifffile.imwrite(short.folder / "short.tif", tifffile.imread(short.folder / "short.tif")[:2])
    short.sheet("movies.tsv", {"movie": "short", "path": "short.tif", "blocks": "3"})
    result = short.run("-n", "--config", "movies=movies.tsv")
    assert result.returncode != 0
    assert "movie short, column blocks: found 3, but the movie has 2 frames; a block has one frame at" in result.stdout


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
