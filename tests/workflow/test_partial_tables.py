"""The tables of all movies after a run in which a movie failed: made of the others, and never taken for complete."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reported import carried
from running import Stubbed, stub_scripts
from sidewinder.names import LONG_AGO_S
from sidewinder.store import write_image

NOTHING_LEFT = "Nothing to be done"


@pytest.fixture
def stubbed(clean_checkout, tmp_path) -> Stubbed:
    """Movies good and bad, of which bad cannot be tracked; all stages make the same files, but the tables are real."""
    checkout = stub_scripts(Path(shutil.copytree(clean_checkout, tmp_path / "checkout", symlinks=True)))
    for script in ("experiment.py", "report_all.py"):
        shutil.copy2(clean_checkout / "scripts" / script, checkout / "scripts")
    size = {"n_frames": 1, "shape_cyx": (1, 4, 4), "dtype": np.uint8, "attributes": {}, "channel_names": ["a"]}
    scales = {"pixel_size_um": 0.5, "frame_interval_s": None}
    made = tmp_path / "made"
    write_image(made / "movie.ome.zarr", np.zeros((1, 1, 4, 4), np.uint8), **size, **scales)
    pd.DataFrame({"movie": ["x"], "track_id": [1], "frame": [0]}).to_parquet(made / "tracks.parquet")
    (made / "lineage.csv").write_text("movie,track_id,lineage_id,fate\nx,1,1,end\n")
    stubbed = Stubbed(checkout, tmp_path, arguments=("--config", "movies=movies.tsv", "exports=[]"))
    stubbed.movies("good", "bad")
    stubbed.behave({"track/bad": ["fails"] * 2})
    return stubbed


def states(stubbed: Stubbed) -> dict[str, tuple[str, str, str]]:
    """State, reason and number of cells of each movie in the summary."""
    with open(stubbed.folder / "results" / "summary.csv", newline="") as file:
        return {row["movie"]: (row["state"], row["reason"], row["cells"]) for row in csv.DictReader(file)}


def on_page(stubbed: Stubbed) -> dict[str, str]:
    """State of each movie on the page of all movies."""
    facts = json.loads(carried(stubbed.folder / "results" / "report.html", "facts"))
    return {movie["movie"]: movie["state"] for movie in facts["movies"]}


def in_experiment(stubbed: Stubbed) -> list[str]:
    return pd.read_parquet(stubbed.folder / "results" / "experiment.parquet")["movie"].tolist()


def test_tables_of_the_others_are_made_and_made_again_as_soon_as_anything_differs(stubbed):
    tables = [stubbed.folder / "results" / name for name in ("experiment.parquet", "summary.csv")]
    alone = stubbed.run("results/bad/tracks.csv")
    assert alone.returncode == 1
    assert not any(path.exists() for path in tables), "made though the run was not asked for them"
    result = stubbed.run()
    assert result.returncode == 1
    assert result.stdout.splitlines().count("1 of 2 movies is not in results/experiment.parquet: bad") == 1
    assert "Why stands in results/summary.csv, in the columns state and reason." in result.stdout
    assert states(stubbed) == {"good": ("done", "", "1"), "bad": ("failed", "track/bad: this one fails", "")}
    assert in_experiment(stubbed) == ["good"]
    assert on_page(stubbed) == {"good": "done", "bad": "failed"}
    assert [path.stat().st_mtime for path in tables] == [LONG_AGO_S] * 2

    # the movie that failed is taken out: with what Snakemake remembers, and without
    (stubbed.folder / "movies.tsv").write_text("movie\tpath\ngood\tgood.tif\n")
    shutil.move(stubbed.folder / ".snakemake", stubbed.folder / "remembered")
    assert "experiment: the tables of all movies" in stubbed.run("-n").stdout
    shutil.rmtree(stubbed.folder / ".snakemake")
    shutil.move(stubbed.folder / "remembered", stubbed.folder / ".snakemake")
    n_ran = len(stubbed.ran())
    result = stubbed.run()
    assert (result.returncode, len(stubbed.ran())) == (0, n_ran), "more was made than the tables"
    assert states(stubbed) == {"good": ("done", "", "1")}
    assert on_page(stubbed) == {"good": "done"}

    # it is put back and succeeds
    stubbed.movies("good", "bad")
    assert stubbed.run().returncode == 0
    assert states(stubbed) == {"good": ("done", "", "1"), "bad": ("done", "", "1")}
    assert in_experiment(stubbed) == ["good", "bad"]
    assert on_page(stubbed) == {"good": "done", "bad": "done"}
    assert NOTHING_LEFT in stubbed.run("-n").stdout


def test_what_an_earlier_run_made_of_a_movie_that_fails_now_is_in_no_table(stubbed):
    stubbed.behave({"preprocess/bad": ["works", "fails", "fails"], "overlay/good": ["works", "fails"]})
    assert stubbed.run().returncode == 0
    assert in_experiment(stubbed) == ["good", "bad"]
    result = stubbed.run("--forcerun", "preprocess")
    assert result.returncode == 1
    # its old files are there, and of another movie the picture alone is missing
    assert (stubbed.folder / "results" / "bad" / "tracks.parquet").exists()
    assert states(stubbed) == {
        "good": ("failed", "overlay/good: this one fails", "1"),
        "bad": ("failed", "preprocess/bad: this one fails", ""),
    }
    assert in_experiment(stubbed) == ["good"]
    assert "1 of 2 movies is in results/experiment.parquet, but not done: good" in result.stdout
    status = stubbed.run("status")
    named = [line for line in status.stdout.splitlines() if line.startswith(("2 movies", "failed"))]
    assert [line.split(" (log")[0] for line in named] == [
        "2 movies: 0 done, 2 failed; 0 of 3 frames",
        "failed       good: overlay/good: this one fails",
        "failed       bad: preprocess/bad: this one fails",
    ]
    result = stubbed.run("results/bad/tracks.csv", "--forcerun", "preprocess")
    assert result.returncode == 1
    of_earlier = (
        "results/experiment.parquet and results/summary.csv are of an earlier run: this one was not asked for them"
    )
    assert of_earlier in result.stdout.splitlines()
