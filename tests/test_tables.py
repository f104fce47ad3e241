"""The tables of all movies together."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sidewinder.errors import UserError
from sidewinder.names import COUNTS, LONG_AGO_S, OUTCOME, SCALES
from sidewinder.store import write_image
from sidewinder.tables import collect_experiment

TABLES = (
    "experiment.parquet", "experiment.csv", "experiment_lineage.parquet", "experiment_lineage.csv", "summary.csv",
)  # fmt: skip
LINEAGE_COLUMNS = ["movie", "track_id", "parent_track_id", "lineage_id", "fate"]


def make_movie(
    results: Path, movie: str, n_frames: int, tracks: pd.DataFrame, lineage: list, pixel_size_um=None
) -> None:
    """A movie's folder as the stages before leave it."""
    write_image(
        results / movie / "movie.ome.zarr",
        np.zeros((n_frames, 1, 4, 4), np.uint8),
        n_frames=n_frames,
        shape_cyx=(1, 4, 4),
        dtype=np.uint8,
        pixel_size_um=pixel_size_um,
        frame_interval_s=None,
        channel_names=["nuclei"],
        attributes={},
    )
    tracks.insert(0, "movie", movie)
    tracks.to_parquet(results / movie / "tracks.parquet", index=False)
    pd.DataFrame([[movie, *row] for row in lineage], columns=LINEAGE_COLUMNS).to_csv(
        results / movie / "lineage.csv", index=False
    )


@pytest.fixture
def results(tmp_path) -> Path:
    """Two movies with different channels, one of them with a division and an empty frame, and one without cells."""
    cells = [(1, 0, 9.5, 3), (1, 1, 9.0, 4), (2, 2, 8.0, 5), (3, 2, 7.0, 6)]
    gfp = pd.DataFrame(cells, columns=["track_id", "frame", "y_px", "mean_GFP"])
    lineage = [(1, 0, 1, "division"), (2, 1, 1, "end"), (3, 1, 1, "lost")]
    make_movie(tmp_path, "b", 4, gfp, lineage, pixel_size_um=0.5)
    (tmp_path / "b" / "scores.csv").write_text("movie,SEG,TRA\nb,0.875,0.9990\n")
    rfp = pd.DataFrame([(1, 0, 1.5, 2.25)], columns=["track_id", "frame", "y_px", "mean_RFP"])
    make_movie(tmp_path, "a", 1, rfp, [(1, 0, 1, "end")])
    # grey values of one file are whole numbers, of another fractions
    make_movie(tmp_path, "none", 2, gfp[:0].drop(columns="movie").astype({"mean_GFP": np.float64}), [])
    return tmp_path


ROWS = [{"movie": "b", "dose": "0.50", "well": "01"}, {"movie": "a", "well": "02"}, {"movie": "none"}]


def collect(results: Path, rows: list[dict], scores: tuple = (), **more) -> tuple[pd.DataFrame, str]:
    """The two tables, of the movies of which there are files."""
    names = {"movies": "movie.ome.zarr", "tracks": "tracks.parquet", "lineages": "lineage.csv"}
    whole = [results / row["movie"] for row in rows if (results / row["movie"]).exists()]
    inputs = {name: [folder / file for folder in whole] for name, file in names.items()}
    outputs = {
        "experiment_parquet": results / "experiment.parquet",
        "lineage_parquet": results / "experiment_lineage.parquet",
        "summary_csv": results / "summary.csv",
    }
    collect_experiment(rows, **inputs, scores=scores, **outputs, **{"with_csv": True, **more})
    return pd.read_parquet(outputs["experiment_parquet"]), outputs["summary_csv"].read_text()


def test_experiment_has_all_tracks_with_what_the_sheet_says(results):
    experiment, _ = collect(results, ROWS)
    assert list(experiment) == ["movie", "dose", "well", "track_id", "frame", "y_px", "mean_GFP", "mean_RFP"]
    assert experiment["movie"].tolist() == ["b", "b", "b", "b", "a"]
    np.testing.assert_array_equal(experiment["dose"], [0.5] * 4 + [np.nan])
    assert experiment["well"].tolist() == ["01"] * 4 + ["02"]
    assert experiment["track_id"].dtype == np.int64
    assert experiment["y_px"].tolist() == [9.5, 9.0, 8.0, 7.0, 1.5]
    np.testing.assert_array_equal(experiment["mean_GFP"], [3, 4, 5, 6, np.nan])
    np.testing.assert_array_equal(experiment["mean_RFP"], [np.nan] * 4 + [2.25])


def test_lineage_of_all_has_a_row_a_track_with_what_the_sheet_says(results):
    collect(results, ROWS)
    lineage = pd.read_parquet(results / "experiment_lineage.parquet")
    assert list(lineage) == ["movie", "dose", "well", *LINEAGE_COLUMNS[1:]]
    assert lineage["movie"].tolist() == ["b", "b", "b", "a"]
    assert lineage["well"].tolist() == ["01", "01", "01", "02"]
    assert lineage["parent_track_id"].tolist() == [0, 1, 1, 0]
    assert lineage["fate"].tolist() == ["division", "end", "lost", "end"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "-20"], [1, -20]),
        (["1", "2.5e-3"], [1.0, 0.0025]),
        ([".5", "3."], [0.5, 3.0]),
        (["01", "2"], ["01", "2"]),
        (["1e5000", "2"], ["1e5000", "2"]),
        (["7", "seven"], ["7", "seven"]),
        (["nan", "1"], ["nan", "1"]),
    ],
)
def test_a_column_of_the_sheet_is_numbers_where_all_of_it_is(results, texts, expected):
    rows = [{"movie": movie, "dose": text} for movie, text in zip("ba", texts, strict=True)]
    experiment, _ = collect(results, rows)
    found = experiment.groupby("movie", sort=False)["dose"].first().tolist()
    assert (found, [type(one) for one in found]) == (expected, [type(one) for one in expected])


def test_text_says_the_same_and_no_spreadsheet_makes_formulas_of_it(results):
    rows = [{"movie": "b", "dose": "0.50", "note": 'so, "so"'}, {"movie": "a", "note": "=1+1"}]
    experiment, _ = collect(results, rows)
    assert experiment["note"].tolist()[3:] == ['so, "so"', "=1+1"]
    text = pd.read_csv(results / "experiment.csv")
    assert text["note"].tolist() == ['so, "so"'] * 4 + ["'=1+1"]
    pd.testing.assert_frame_equal(text.drop(columns="note"), experiment.drop(columns="note"), check_dtype=False)
    lineage = pd.read_parquet(results / "experiment_lineage.parquet")
    text = pd.read_csv(results / "experiment_lineage.csv")
    pd.testing.assert_frame_equal(text.drop(columns="note"), lineage.drop(columns="note"), check_dtype=False)


def test_text_that_is_not_wanted_is_not_left_from_an_earlier_run(results):
    collect(results, ROWS)
    collect(results, ROWS, with_csv=False)
    assert {path.name for path in results.glob("experiment*")} == {"experiment.parquet", "experiment_lineage.parquet"}


def test_summary_has_a_row_a_movie(results):
    _, summary = collect(results, ROWS, scores=(results / "b" / "scores.csv",))
    assert summary.split("\n") == [
        f"movie,dose,well,{','.join((*OUTCOME, *COUNTS, *SCALES))},SEG,TRA",
        # cells in the four frames: 1, 1, 2, 0
        "b,0.50,01,done,,,4,4,3,1,1,1.0,0.5,,0.875,0.9990",
        "a,,02,done,,,1,1,1,0,1,1.0,,,,",
        "none,,,done,,,2,0,0,0,0,0.0,,,,",
        "",
    ]


def test_scores_that_are_not_asked_for_are_not_shown(results):
    _, summary = collect(results, ROWS)
    assert summary.startswith(f"movie,dose,well,{','.join((*OUTCOME, *COUNTS, *SCALES))}\nb,")


def test_warnings_are_named_by_their_kinds_each_once_with_its_frames(results):
    warnings = results / "a" / "warnings.csv"
    found = ["saturated,0,1", "model_does_not_fit,0,8", "saturated,7,7"]
    warnings.write_text("movie,kind,first_frame,last_frame,message\n" + "".join(f"a,{one},so\n" for one in found))
    none = results / "b" / "warnings.csv"
    none.write_text("movie,kind,first_frame,last_frame,message\n")
    _, summary = collect(results, ROWS, warnings=(warnings, none))
    said = "saturated (frames 0 to 1, 7); model_does_not_fit (frames 0 to 8)"
    assert [row["warnings"] for row in csv.DictReader(summary.splitlines())] == ["", said, ""]


def test_what_is_not_done_has_its_reason_in_place_of_its_counts(results):
    rows = [{"movie": "bad", "well": "=03"}, *ROWS, {"movie": "late"}]
    not_done = {
        "bad": ("failed", "bad.tif: is cut off"),
        "late": ("missing", "-"),
        "b": ("failed", "no_GT, b: no truth"),
    }
    experiment, summary = collect(results, rows, not_done=not_done)
    # what has tracks is there, whatever else of it failed
    assert experiment["movie"].tolist() == ["b", "b", "b", "b", "a"]
    assert list(experiment) == ["movie", "well", "dose", "track_id", "frame", "y_px", "mean_GFP", "mean_RFP"]
    assert summary.splitlines() == [
        f"movie,well,dose,{','.join((*OUTCOME, *COUNTS, *SCALES))}",
        "bad,'=03,,failed,bad.tif: is cut off,,,,,,,,,",
        'b,01,0.50,failed,"no_GT, b: no truth",,4,4,3,1,1,1.0,0.5,',
        "a,02,,done,,,1,1,1,0,1,1.0,,",
        "none,,,done,,,2,0,0,0,0,0.0,,",
        "late,,,missing,'-,,,,,,,,,",
    ]
    for name in TABLES:
        assert (results / name).stat().st_mtime == LONG_AGO_S, "Snakemake would take it for complete"


def test_where_no_movie_is_done_the_tables_are_empty(results):
    rows = [{"movie": "x", "dose": "1"}, {"movie": "y"}]
    experiment, summary = collect(results, rows, not_done=dict.fromkeys("xy", ("failed", "no")))
    assert (list(experiment), len(experiment)) == (["movie", "dose"], 0)
    assert [line.split(",")[:4] for line in summary.splitlines()[1:]] == [
        ["x", "1", "failed", "no"],
        ["y", "", "failed", "no"],
    ]


@pytest.mark.case("results", "a table of a movie is damaged")
@pytest.mark.parametrize("name", ["tracks.parquet", "lineage.csv", "movie.ome.zarr/zarr.json", "scores.csv"])
def test_a_damaged_file_is_named_and_costs_its_movie_alone(results, name):
    (results / "b" / name).write_bytes(b"PAR1 \xff")
    scores = (results / "b" / "scores.csv",)
    with pytest.raises(UserError, match=rf"^movie b: .*/b/{name.split('/')[0]}: ") as caught:
        collect(results, ROWS, scores)
    assert not (results / "experiment.parquet").exists()
    experiment, summary = collect(results, ROWS, scores, not_done={})
    # scores are no part of the tracks
    assert experiment["movie"].tolist() == ["b"] * 4 * (name == "scores.csv") + ["a"]
    states = {line.split(",")[0]: line.split(",")[3] for line in summary.splitlines()[1:]}
    assert states == {"b": "failed", "a": "done", "none": "done"}
    assert str(caught.value).removeprefix("movie b: ") in summary.replace('"', "").splitlines()[1]


def test_the_same_movies_give_the_same_bytes(results):
    written = []
    for _ in range(2):
        collect(results, ROWS)
        written.append([(results / name).read_bytes() for name in TABLES])
    assert written[0] == written[1]


def test_a_column_of_the_sheet_may_not_hide_a_measurement(results):
    with pytest.raises(UserError) as caught:
        collect(results, [ROWS[0] | {"mean_RFP": "x"}, ROWS[1]])
    assert str(caught.value) == (
        "the sheet's column 'mean_RFP' is called like one of tracks.parquet; call it something else"
    )
    assert not (results / "experiment.parquet").exists()
