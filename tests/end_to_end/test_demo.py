"""The simulated experiment from nothing to tables: numbers, files, formats, and that it is done when done."""

import json
import os
from pathlib import Path

import numpy as np
import ome_zarr_models
import pandas as pd
import pytest
import tifffile
import zarr
from ctc_metrics.scripts.validate import validate_sequence

CHECKOUT = Path(__file__).resolve().parents[2]
MOVIES = ("plain", "crowded", "rough")
PRODUCTS = {"overlay.png", "report.html", "movie.ome.zarr", "tracks.parquet", "tracks.csv", "lineage.csv",
            "warnings.csv", "ctc", "tracks.geff", "scores.csv", "provenance.json"}  # fmt: skip


@pytest.fixture(params=MOVIES)
def movie(request):
    return request.param


def test_it_scores_as_promised(demo):
    summary = pd.read_csv(demo.folder / "results" / "summary.csv").set_index("movie")
    assert list(summary.index) == list(MOVIES)
    assert summary.loc["plain", "SEG"] >= 0.85
    assert summary.loc["plain", "TRA"] >= 0.97
    assert (summary["SEG"] >= [0.85, 0.80, 0.70]).all()
    assert (summary["TRA"] >= [0.97, 0.93, 0.88]).all()
    truth = pd.read_csv(demo.folder / "simulated/plain/01_GT/TRA/man_track.txt", sep=" ", header=None)
    true_cells = (truth[2] - truth[1] + 1).sum()
    assert abs(summary.loc["plain", "cells"] / true_cells - 1) < 0.05
    true_divisions = truth.loc[truth[3] > 0, 3].nunique()
    assert abs(summary.loc["plain", "divisions"] - true_divisions) <= 0.5 * true_divisions


def test_it_ends_with_the_table_and_where_to_look(demo):
    said = (demo.folder / "said.txt").read_text()
    ending = said[said.rindex("movie    cells") :]
    assert [line.split()[0] for line in ending.splitlines()[:4]] == ["movie", *MOVIES]
    assert ending.splitlines()[0].split() == ["movie", "cells", "tracks", "divisions", "SEG", "DET", "TRA"]
    assert "report.html" in ending


def test_snakemakes_report_has_the_main_results_with_captions_and_labels(demo, tmp_path):
    page = tmp_path / "report.html"
    result = demo.run(
        "--report", page, "--config", f"movies={os.path.relpath(CHECKOUT / 'config/demo.tsv', demo.folder)}"
    )
    assert result.returncode == 0, result.stdout[-3000:]
    text = page.read_text(encoding="utf-8")
    categories = json.JSONDecoder().raw_decode(text, text.index("{", text.index("var categories")))[0]
    assert categories["Experiment"] == {"Other": ["results/report.html", "results/summary.csv"]}
    of_movie = {f"results/{movie}/{name}" for movie in MOVIES for name in ("report.html", "overlay.png", "scores.csv")}
    assert set(categories["Movies"]["Other"]) == of_movie
    assert '"labels": {"movie": "plain", "what": "overlay"}' in text
    assert "<p>Six frames of movie plain, spread evenly over it" in text


def test_long_steps_show_progress(demo):
    # a line a job in the terminal, each frame in the log
    assert "\nmovie plain: infer, " in (demo.folder / "said.txt").read_text()
    log = (demo.folder / "results/logs/infer/plain-0.log").read_text()
    assert "infer: 40/40 frames, " in log
    assert "frames/s, 0 s left" in log


def test_each_movie_has_its_files(demo, movie):
    assert {path.name for path in (demo.folder / "results" / movie).iterdir()} == PRODUCTS


def test_tables_image_and_masks_tell_one_story(demo, movie):
    folder = demo.folder / "results" / movie
    tracks = pd.read_parquet(folder / "tracks.parquet")
    lineage = pd.read_csv(folder / "lineage.csv")
    assert list(tracks.columns[:11]) == [
        "movie",
        "cell_id",
        "track_id",
        "frame",
        "source_frame",
        "time_s",
        "y_px",
        "x_px",
        "y_um",
        "x_um",
        "area_px",
    ]
    descent = ["parent_track_id", "lineage_id", "generation"]
    assert list(tracks.columns[-7:]) == ["repaired", "link_score", *descent, "time_since_birth_s", "corrected"]
    assert tracks[["track_id", "frame"]].apply(tuple, axis=1).is_monotonic_increasing
    assert sorted(tracks["track_id"].unique()) == list(range(1, len(lineage) + 1))
    np.testing.assert_allclose(tracks["y_um"], 0.5 * tracks["y_px"])
    np.testing.assert_allclose(tracks["time_s"], 300 * tracks["frame"])
    labels = zarr.open_array(folder / "movie.ome.zarr" / "labels" / "cells" / "0", mode="r")
    image = zarr.open_array(folder / "movie.ome.zarr" / "0", mode="r")
    raw = tifffile.imread(demo.folder / "simulated" / movie / "01.ome.tif")
    for frame in (0, labels.shape[0] // 2, labels.shape[0] - 1):
        np.testing.assert_array_equal(image[frame, 0], raw[frame])
        rows = tracks[tracks["frame"] == frame].set_index("track_id")
        ids, areas = np.unique(labels[frame][labels[frame] > 0], return_counts=True)
        assert dict(zip(ids, areas, strict=True)) == rows["area_px"].to_dict()
        for track_id, row in rows.iterrows():
            here = np.argwhere(labels[frame] == track_id)
            np.testing.assert_allclose(here.mean(axis=0), [row["y_px"], row["x_px"]])
            assert raw[frame][labels[frame] == track_id].mean() == pytest.approx(row["mean_nuclei"])


def test_the_csv_is_the_parquet_table(demo, movie):
    folder = demo.folder / "results" / movie
    csv, parquet = (
        pd.read_csv(folder / "tracks.csv", dtype={"repaired": "str"}),
        pd.read_parquet(folder / "tracks.parquet"),
    )
    assert list(csv.columns) == list(parquet.columns)
    pd.testing.assert_frame_equal(csv.fillna({"repaired": ""}), parquet, check_dtype=False, rtol=1e-7)


def test_formats_pass_their_validators(demo, movie):
    folder = demo.folder / "results" / movie
    group = zarr.open_group(folder / "movie.ome.zarr", mode="r")
    opened = ome_zarr_models.open_ome_zarr(group, version="0.5")
    assert opened.ome_zarr_version == "0.5"
    assert [axis.name for axis in opened.ome_attributes.multiscales[0].axes] == ["t", "c", "y", "x"]
    assert validate_sequence(str(folder / "ctc"))["Valid"] == 1


def test_a_second_run_does_nothing(demo):
    before = {path: path.stat().st_mtime_ns for path in (demo.folder / "results").rglob("*") if path.is_file()}
    result = demo.run("--config", f"movies={demo.checkout / 'config' / 'demo.tsv'}")
    assert result.returncode == 0
    assert "Nothing to be done" in result.stdout
    after = {path: path.stat().st_mtime_ns for path in (demo.folder / "results").rglob("*") if path.is_file()}
    before.pop(demo.folder / "results" / ".lock", None)
    after.pop(demo.folder / "results" / ".lock", None)
    assert after == before
