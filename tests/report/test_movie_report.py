"""The report of a movie: what the page holds equals the tables, whatever the movie is like."""

import base64
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from reported import EVIL, SIDE_PX, carried, reported
from sidewinder.errors import UserError
from sidewinder.repair import joined_repairs
from sidewinder.report.movie import fitting
from sidewinder.report.movie.coding import coded
from sidewinder.report.movie.columns import in_steps
from sidewinder.report.movie.facts import read_warnings
from sidewinder.report.movie.outlines import nearest, runs_of
from sidewinder.report.movie.page import PAGE, write_report
from sidewinder.report.one_file import PLACEHOLDER
from sidewinder.store import write_image, write_labels


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A page of 14 frames, 2 channels, 6 tracks and 2 divisions."""
    return reported(tmp_path_factory.mktemp("reported"))


def pictures_of(made) -> list[np.ndarray]:
    blob, start, found = base64.b64decode(carried(made.page, "pictures")), 0, []
    for size in made.array("picture_bytes"):
        found.append(np.asarray(Image.open(io.BytesIO(blob[start : start + size])).convert("L")))
        start += int(size)
    assert start == len(blob)
    return found


def test_numbers_on_the_page_are_those_of_the_tables(made):
    tracks, lineage = made.tracks, made.lineage
    assert made.decoded("place").tolist() == tracks["frame"].tolist()
    for name in "yx":
        np.testing.assert_allclose(made.decoded(name) / 8 - 0.5, tracks[f"{name}_px"], atol=0.07)
    assert [one["name"] for one in made.facts["columns"]] == [
        "area_um2", "speed_um_per_s", "eccentricity", "n_neighbours", "link_score", "corrected_mean_GFP",
    ]  # fmt: skip
    for one in made.facts["columns"]:
        column = tracks[one["name"]].to_numpy(float)
        assert np.isnan(made.values(one["name"])).tolist() == np.isnan(column).tolist()
        np.testing.assert_allclose(made.values(one["name"]), column, atol=one["size"] / 2 + 1e-12)
        assert one["size"] <= max((np.nanmax(column) - np.nanmin(column)) / 4094, 1)
    assert (made.values("n_neighbours") == tracks["n_neighbours"]).all()
    for name in ("track_id", "parent_track_id", "lineage_id", "generation", "first_frame", "last_frame", "n_frames"):
        assert made.array(name).tolist() == lineage[name].tolist()
    np.testing.assert_array_equal(made.array("division_score"), lineage["division_score"].astype(np.float32))
    assert made.array("n_shown").tolist() == tracks.groupby("track_id").size().tolist()


def test_outlines_are_the_pixels_of_the_labels(made):
    labels = np.zeros_like(made.labels)
    row_of, n_runs, run = made.tracks.reset_index(), made.decoded("runs"), 0
    rows, starts, lengths = (made.decoded(f"run_{name}") for name in ("row", "start", "length"))
    for index, track, frame in row_of.sort_values(["frame", "track_id"])[["index", "track_id", "frame"]].itertuples(
        index=False
    ):
        for _ in range(n_runs[index]):
            labels[frame, rows[run], starts[run] : starts[run] + lengths[run]] = track
            run += 1
    assert run == len(rows)
    np.testing.assert_array_equal(labels, made.labels)


def test_pictures_are_those_of_each_frame_and_channel(made):
    pictures = pictures_of(made)
    assert len(pictures) == 14 * 2
    for index, picture in enumerate(pictures):
        cell = made.labels[index // 2] > 0
        assert picture.shape == cell.shape
        assert picture[cell].mean() > 200 > 60 > picture[~cell].mean()


def test_what_is_listed(made):
    facts = made.facts
    assert [one["kind"] for one in facts["warnings"]] == ["sudden_change_of_count", "black_frame", "giant_object"]
    assert facts["warnings"][1] == {"kind": "black_frame", "first": 2, "last": 3, "message": "Frames 2 to 3: dark"}
    assert facts["uncertain"] == [
        {"kind": "link", "track": 4, "frame": 8, "score": 0.31},
        {"kind": "division", "track": 1, "frame": 4, "score": 0.42},
    ]
    assert facts["counts"] == {
        "cells": len(made.tracks), "tracks": 6, "divisions": 2, "lineages": 2, "repaired": {"merged": 1},
        "corrected": 0,
    }  # fmt: skip
    series = facts["series"]
    assert series["cells"] == made.tracks.groupby("frame").size().tolist()
    assert np.flatnonzero(series["divisions"]).tolist() == [4, 8]
    median = made.tracks.groupby("frame")["area_um2"].median()
    np.testing.assert_allclose(series["area_um2_50"], median, rtol=1e-5)
    assert sum(facts["lengths"]["tracks"]) == 6
    assert facts["times_s"][-1] == 13 * 60
    assert facts["model"] == {"name": "model", "card": f"about: {EVIL}\n"}
    assert facts["origin"]["sheet"] == f"movie\tdose\nm\t{EVIL}"
    assert "track:\n  repair: true" in facts["origin"]["config"]
    assert "results/m/report.html" in facts["origin"]["commands"]
    assert facts["reduced"] == [
        "Pictures have 8 bits and are lossy (WebP, quality 80).",
        "Of the 15 columns of tracks.csv the page has 6 (report.columns in the config), each in at most 4095 steps "
        "between its smallest and its largest value.",
    ]


def test_names_of_users_are_text_and_the_same_movie_gives_the_same_bytes(made, tmp_path):
    assert "<" not in carried(made.page, "facts")
    assert made.facts["channels"][1]["name"] == EVIL
    assert reported(tmp_path).page.read_bytes() == made.page.read_bytes()


@pytest.mark.parametrize(
    "kind",
    [
        {"empty": True},
        {"n_frames": 1, "model": "", "made": [], "columns": []},
        {"channels": "abc", "pixel_size_um": None},
    ],
    ids=str,
)
def test_every_kind_of_movie_has_a_page(kind, tmp_path):
    made = reported(tmp_path, **kind)
    assert len(made.decoded("place")) == len(made.tracks) == made.facts["counts"]["cells"]
    assert len(pictures_of(made)) == made.facts["n_frames"] * len(made.facts["channels"])
    assert (made.facts["model"] is None) == ("model" in kind)
    assert made.facts["measures"][0] == ("area_px" if "pixel_size_um" in kind or "empty" in kind else "area_um2")


def test_columns_are_those_that_the_config_names(tmp_path, caplog):
    made = reported(tmp_path, columns=["area_*", "solidty", "area_px"])
    assert [one["name"] for one in made.facts["columns"]] == ["area_px", "area_um2"]
    (said,) = (record.getMessage() for record in caplog.records if "WARNING" in record.getMessage())
    assert said == "report: WARNING: report.columns: the movie has no column of numbers solidty; left out"


def test_long_movies_show_some_of_their_frames(tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "MOST_PICTURES", 10)
    made = reported(tmp_path)
    assert made.facts["frames"] == [0, 3, 6, 9, 12]
    shown = made.tracks[made.tracks["frame"] % 3 == 0]
    assert (made.decoded("place") * 3).tolist() == shown["frame"].tolist()
    assert made.array("n_shown").sum() == len(shown)
    # what is counted is counted in all frames
    assert made.facts["series"]["cells"] == made.tracks.groupby("frame").size().tolist()
    assert "of 5 of the 14 frames: one in 3" in made.facts["reduced"][1]


def test_pictures_become_smaller_where_the_page_would_be_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "BUDGET_BYTES", 14 * 600)
    monkeypatch.setattr(fitting, "CHOICES", ((1024, 80), (48, 20), (24, 20)))
    made = reported(tmp_path)
    assert made.facts["picture_shape"] in ([48, 48], [24, 24])
    assert pictures_of(made)[0].shape == tuple(made.facts["picture_shape"])
    scale = made.facts["picture_shape"][0] / 96
    np.testing.assert_allclose(made.decoded("x") / 8, (made.tracks["x_px"] + 0.5) * scale, atol=0.07)
    assert "the movie has 96 × 96 px" in made.facts["reduced"][1]


def test_movie_and_tables_of_different_runs_are_refused(made, tmp_path, monkeypatch):
    whole = pd.read_parquet
    monkeypatch.setattr(
        "sidewinder.report.movie.tables.read_frame", lambda path: whole(path).query("track_id != 4"), raising=True
    )
    with pytest.raises(UserError, match=r"movie.ome.zarr, frame 0: track 4 is not in the table of tracks"):
        reported(tmp_path)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("movie;kind;first_frame;last_frame;message\nm;black_frame;0;1;dark\n", "has no column kind"),
        ("kind,first_frame,last_frame,message\nblack_frame,one,2,dark\n", "cannot be read (invalid literal for int"),
    ],
)
def test_warnings_that_were_altered_are_named(tmp_path, text, said):
    (tmp_path / "warnings.csv").write_text(text)
    with pytest.raises(UserError, match=re.escape(f"{tmp_path}/warnings.csv: {said}")):
        read_warnings(tmp_path / "warnings.csv")


def test_numbers_are_coded_without_loss():
    numbers = np.array([0, 65535, 3, 3, 32768, 1, 65535], np.int64)
    low, high = coded(numbers).astype(int)
    folded = low | high << 8
    assert (np.cumsum((folded >> 1) ^ -(folded & 1)) & 65535).tolist() == numbers.tolist()
    assert coded(np.arange(5)).tolist() == [[0, 2, 2, 2, 2], [0, 0, 0, 0, 0]]


def test_runs_end_at_the_edges_and_at_other_cells():
    runs = runs_of(np.array([[1, 1, 2], [0, 0, 2], [1, 0, 1]]))
    found = zip(runs.cell, runs.row, runs.start, runs.length, strict=True)
    assert [tuple(map(int, one)) for one in found] == [
        (1, 0, 0, 2),
        (1, 2, 0, 1),
        (1, 2, 2, 1),
        (2, 0, 2, 1),
        (2, 1, 2, 1),
    ]
    assert nearest(np.arange(16).reshape(4, 4), (2, 2)).tolist() == [[5, 7], [13, 15]]


def test_steps_keep_whole_numbers_and_empty_cells():
    whole = in_steps([7, np.nan, 9, 2])
    assert (whole.steps.tolist(), whole.low, whole.size) == ([6, 0, 8, 1], 2.0, 1.0)
    broken = in_steps([0.25, 1.0, np.inf])
    assert broken.steps.tolist() == [1, 4095, 0]
    assert in_steps([np.nan]).steps.tolist() == [0]
    assert in_steps([]).facts("a") == {"name": "a", "low": 0.0, "size": 1.0, "largest": 0}


def test_the_page_has_a_place_for_each_part(made):
    template = (PAGE / "page.html").read_text(encoding="utf-8")
    assert sorted(PLACEHOLDER.findall(template)) == ["arrays", "facts", "pictures", "script", "style"]
    order = (PAGE / "ORDER").read_text().split()
    assert {path.name for path in PAGE.glob("*.js")} == {name for name in order if not name.startswith("../../common/")}
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", "".join(path.read_text() for path in PAGE.iterdir()))
    assert json.loads(carried(made.page, "facts")) == made.facts


@pytest.mark.long
def test_a_movie_of_500_frames_of_500_cells_is_a_page_below_20_mb(tmp_path):
    side, n_frames, n_cells = 1024, 500, 529
    rng, (y, x) = np.random.default_rng(0), np.indices((side, side))
    # a grid of cells whose outlines change, in twenty variants, each moved by some pixels
    cell, (dy, dx) = (y // 45 * 23 + x // 45 + 1).clip(0, n_cells), (y % 45 - 22, x % 45 - 22)
    inside = (y < 23 * 45) & (x < 23 * 45)
    variants = []
    for turn in range(20):
        radius = 15 + 3 * np.cos(2 * np.arctan2(dy, dx) + cell) + np.sin(5 * np.arctan2(dy, dx) + turn)
        variants.append(np.where(inside & (np.hypot(dy, dx) < radius), cell, 0).astype(np.uint16))
    noise = rng.poisson(200, (side + 50, side + 50)).astype(np.uint16)

    def labels():
        for frame in range(n_frames):
            yield np.roll(variants[frame % 20], frame % 7, axis=1)

    def frames():
        for frame, found in enumerate(labels()):
            top, left = (7 * frame) % 50, (11 * frame) % 50
            light = gaussian_filter((found > 0) * np.float32(600), 2) * (1 + 0.5 * np.sin(cell))
            yield (light + noise[top : top + side, left : left + side]).astype(np.uint16)[None]

    movie = tmp_path / "movie.ome.zarr"
    write_image(
        movie, frames(), n_frames=n_frames, shape_cyx=(1, side, side), dtype=np.uint16, pixel_size_um=0.5,
        frame_interval_s=60.0, channel_names=["GFP"], attributes={},
    )  # fmt: skip
    write_labels(movie, labels(), largest_label=n_cells)
    track, frame = (np.ravel(one) for one in np.indices((n_cells, n_frames)))
    measured = {name: rng.gamma(5, 2, track.size) for name in ("area_px", "area_um2", "speed_um_per_s", "solidity")}
    measured |= {name: rng.gamma(5, 2, track.size) for name in ("speed_px_per_frame", "eccentricity", "major_axis_um")}
    places = {"y_px": track // 23 * 45 + 22.0 + measured["solidity"] / 9, "x_px": track % 23 * 45 + 22.0 + frame % 7}
    scores = {"link_score": rng.beta(20, 1, track.size), "n_neighbours": rng.integers(2, 8, track.size)}
    table = pd.DataFrame({"track_id": track + 1, "frame": frame, "repaired": "", **places, **measured, **scores})
    table.assign(corrected_mean_GFP=rng.gamma(5, 90, track.size)).to_parquet(tmp_path / "tracks.parquet")
    ids, whole = np.arange(1, n_cells + 1), {"first_frame": 0, "last_frame": n_frames - 1, "n_frames": n_frames}
    family = {"track_id": ids, "parent_track_id": 0, "lineage_id": ids, "generation": 0, "fate": "end"}
    scored = {"division_score": np.nan, "min_link_score": 0.5}
    pd.DataFrame({**family, **whole, **scored}).to_csv(tmp_path / "lineage.csv", index=False)
    (tmp_path / "warnings.csv").write_text("movie,kind,first_frame,last_frame,message\n")
    joined_repairs({}).to_parquet(tmp_path / "repairs.parquet")
    pd.DataFrame({"frame": frame, "label": track + 1, "track_id": track + 1}).to_parquet(tmp_path / "known.parquet")
    names = ("tracks.parquet", "lineage.csv", "warnings.csv", "repairs.parquet", "known.parquet", "report.html")
    tables = (tmp_path / name for name in names)
    write_report(movie, *tables, movie="m", channel="0", columns="auto", model="", row={}, made=[])
    size = (tmp_path / "report.html").stat().st_size
    facts = json.loads(carried(tmp_path / "report.html", "facts"))
    assert 5_000_000 < size < 20_000_000
    assert len(facts["frames"]) == n_frames
    assert len(facts["columns"]) == 8
    assert max(facts["picture_shape"]) >= 384


def test_pixels_that_are_not_square_become_square_and_the_region_has_an_outline(tmp_path):
    region = np.zeros((SIDE_PX, SIDE_PX), bool)
    region[24:72, 12:84] = True
    made = reported(tmp_path, channels=("GFP",), written={"pixel_aspect": 4.0, "region": region})
    # twice as high, half as wide
    assert made.facts["picture_shape"] == [192, 48]
    assert pictures_of(made)[0].shape == (192, 48)
    ((*line,),) = made.facts["region"]
    assert {tuple(point) for point in np.round(line)} <= {(x, y) for x in (5, 6, 41, 42) for y in (47, 48, 143, 144)}
    assert line[0] == line[-1]
    # centres are stretched as the pixels are
    first = made.facts["n_frames"] and np.flatnonzero(made.tracks["track_id"] == 4)[0]
    y, x = (made.decoded(name)[first] / 8 for name in "yx")
    assert (y, x) == pytest.approx(
        ((made.tracks["y_px"][first] + 0.5) * 2, (made.tracks["x_px"][first] + 0.5) / 2), abs=0.1
    )
    assert "so that pixels are square" in made.facts["reduced"][1]
    assert reported(tmp_path, channels=("GFP",)).facts["region"] == []
