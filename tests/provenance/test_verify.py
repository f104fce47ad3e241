"""Whether results are found to be as they were made, and what is said where they are not."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
import zarr

from sidewinder.errors import UserError
from sidewinder.export.colorizer import export_colorizer
from sidewinder.export.ctc import export_ctc
from sidewinder.export.geff import export_geff
from sidewinder.export.napari import export_napari
from sidewinder.export.trackmate import export_trackmate
from sidewinder.names import (
    EXPERIMENT,
    EXPORTS,
    LINEAGE,
    PRODUCTS,
    PUBLISHED,
    REPORT,
    SUMMARY,
    TRACKS,
    TRACKS_CSV,
    WARNINGS,
)
from sidewinder.provenance.consistency import contradictions
from sidewinder.provenance.keeping import Job, recorded
from sidewinder.provenance.record import BEFORE, OVERVIEW, TABLES
from sidewinder.provenance.verify import verify
from sidewinder.store import write_image, write_labels

MOVIE = Path("results/a")
SOUND = "1 of 2 movies have results; all of these are as they were made"
UNSOUND = "1 of 2 movies have results; 1 of these are not as they should be"
# frame, track: a gap, and a division
SEEN = [(0, 1), (1, 1), (3, 1), (4, 2), (5, 2), (4, 3), (0, 4), (1, 4)]
PARENTS = {1: 0, 2: 1, 3: 1, 4: 0}


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A movie's cells and tracks, as far as they are verified."""
    cells = pd.DataFrame(SEEN, columns=["frame", "track_id"]).sort_values(["track_id", "frame"], ignore_index=True)
    place = {name: cells["track_id"] * 4.0 for name in ("y_px", "x_px", "y_um", "x_um")}
    cells = cells.assign(movie="a", **place, area_px=9.0, area_um2=9.0, link_score=0.5, lineage_id=1)
    cells = cells.assign(touches_border=False)
    spans = cells.groupby("track_id")["frame"].agg(["min", "max"])
    lineage = pd.DataFrame({"movie": "a", "track_id": PARENTS.keys(), "parent_track_id": PARENTS.values()})
    return cells, lineage.assign(first_frame=spans["min"].to_numpy(), last_frame=spans["max"].to_numpy())


def publish(cells: pd.DataFrame, lineage: pd.DataFrame) -> None:
    """Write all that is made of a movie."""
    MOVIE.mkdir(parents=True)
    cells.to_parquet(MOVIE / TRACKS)
    cells.to_csv(MOVIE / TRACKS_CSV, index=False)
    lineage.to_csv(MOVIE / LINEAGE, index=False)
    (MOVIE / "overlay.png").write_text("picture")
    (MOVIE / "overlay.webp").write_text("video")
    (MOVIE / "overlay.mp4").write_text("video")
    (MOVIE / "report.html").write_text("page")
    (MOVIE / WARNINGS).write_text("movie,kind,first_frame,last_frame,message\n")
    labels = np.zeros((6, 20, 24), np.uint16)
    for frame, track in zip(cells["frame"], cells["track_id"], strict=True):
        labels[frame, track * 4 : track * 4 + 3, 2:5] = track
    write_image(
        MOVIE / PUBLISHED, labels[:, None], n_frames=6, shape_cyx=(1, 20, 24), dtype=np.uint16, pixel_size_um=1.0,
        frame_interval_s=1.0, channel_names=["0"], attributes={},
    )  # fmt: skip
    write_labels(MOVIE / PUBLISHED, labels, largest_label=9)
    export_ctc(MOVIE / PUBLISHED, MOVIE / TRACKS, MOVIE / LINEAGE, MOVIE / "ctc")
    export_geff(MOVIE / TRACKS, MOVIE / LINEAGE, MOVIE / "tracks.geff")
    export_napari(MOVIE / TRACKS, MOVIE / LINEAGE, *(MOVIE / name for name in PRODUCTS["napari"]))
    export_trackmate(MOVIE / PUBLISHED, MOVIE / TRACKS, MOVIE / LINEAGE, MOVIE / "trackmate.xml")
    export_colorizer(MOVIE / PUBLISHED, MOVIE / TRACKS, MOVIE / "colorizer", name="a")


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """What is made of a movie: once, because it takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("published"))
        publish(*tables())
        return MOVIE.resolve()


@pytest.fixture
def finished(experiment, published):
    """The experiment, of which movie `a` is done, with its records, and movie `b` is not begun."""
    shutil.copytree(published, MOVIE)
    cells, _ = tables()
    cells.to_parquet(Path("results", EXPERIMENT))
    for name in experiment.plan.tables_of_all()[1:]:
        Path("results", name).write_text("movie,cells\na,8\n")
    exports = [name for name in EXPORTS if name != "ome_zarr_04"]
    plan = replace(experiment.plan, config=experiment.plan.config | {"exports": exports})
    experiment = replace(experiment, plan=plan)
    for stage in (stage for stage in BEFORE if stage not in ("evaluate", "ome_zarr_04", "within")):
        outputs = tuple(f"{MOVIE}/{name}" for name in PRODUCTS.get(stage, ()))
        with recorded(experiment.job(stage, "a", 0 if stage in ("infer", "instances") else None, outputs)):
            pass
    Path("results", REPORT).write_text("page of all")
    for stage, names in {TABLES: plan.tables_of_all(), OVERVIEW: [REPORT]}.items():
        log, outputs = f"results/logs/{stage}/{stage}.log", [f"results/{name}" for name in names]
        with recorded(Job(log, {}, {"rows": plan.metadata()}, [], outputs, 1)):
            pass
    return experiment


def said(experiment) -> list[str]:
    lines, sound = verify(experiment.plan, "results", with_settings=True)
    assert sound == (len(lines) == 1)
    return lines


def test_finished_results_are_sound_and_stay_as_they_are(finished):
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    assert said(finished) == [SOUND]
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        pytest.param(
            lambda: swap(MOVIE / TRACKS_CSV, "9.0", "8.0"),
            "movie a: tracks.csv: is not as it was written: altered since",
            marks=pytest.mark.case("results", "verify: a number in a table was altered"),
        ),
        pytest.param(
            lambda: (MOVIE / "overlay.png").unlink(),
            "movie a: overlay.png: is missing",
            marks=pytest.mark.case("results", "verify: a file was deleted"),
        ),
        (lambda: (MOVIE / "ctc" / "more.txt").touch(), "movie a: ctc: is not as it was written: altered since"),
        pytest.param(
            lambda: cut(Path("results", EXPERIMENT)),
            f"{EXPERIMENT}: is not as it was written: altered since",
            marks=pytest.mark.case("results", "verify: a table of all movies is cut off"),
        ),
        (lambda: cut(Path("results", REPORT)), f"{REPORT}: is not as it was written: altered since"),
        (
            lambda: Path("results/records/overlay/a.json").unlink(),
            "movie a: overlay.png: there is no record of how it was made, so that it cannot be verified",
        ),
        pytest.param(
            lambda: Path("frames/t1.tif").write_text("longer than it was"),
            "movie a: its raw data have changed (1 file changed: t1.tif) since its results were made",
            marks=pytest.mark.case("results", "verify: the raw movie was replaced"),
        ),
    ],
    ids=["a number", "missing", "more", "cut off", "page", "no record", "raw"],
)
def test_what_is_not_as_it_should_be_is_named(finished, shown, alter, expected):
    alter()
    *problems, _ = said(finished)
    shown(problems[0], 1)
    assert problems == [expected]


@pytest.mark.case("results", "verify: the raw movie is gone")
def test_results_whose_raw_data_are_gone_cannot_be_compared(finished, shown):
    for path in Path("frames").iterdir():
        path.unlink()
    problem, last = said(finished)
    assert problem.startswith("movie a: its raw data cannot be compared: frames: no images in this folder")
    assert problem.endswith("; if they were moved to an archive, say where in the sheet's column archived")
    assert last == UNSOUND
    shown(problem, 1)


def test_raw_data_in_an_archive_are_not_lost(finished):
    for path in Path("frames").iterdir():
        path.unlink()
    finished.plan.rows["a"] = replace(finished.plan.rows["a"], archived="tape 12")
    lines, sound = verify(finished.plan, "results", with_settings=True)
    assert sound
    assert lines == ["movie a: its raw data are archived (tape 12), and were not compared", SOUND]


def test_tables_of_another_sheet_are_named(finished):
    finished.plan.rows["b"] = replace(finished.plan.rows["b"], extra={"dose": "1"})
    problem, _ = said(finished)
    assert problem == f"{EXPERIMENT}, {SUMMARY}: what the sheet says of the movies has changed since they were made"


def test_a_movie_that_the_tables_of_all_movies_lack_is_named(finished):
    tables()[0].iloc[1:].to_parquet(Path("results", EXPERIMENT))
    Path("results", SUMMARY).write_text("movie,cells\nb,8\n")
    assert said(finished)[2:-1] == [
        f"{EXPERIMENT}: has 7 rows of movie a, whose {TRACKS} has 8",
        f"{SUMMARY}: has no row of movie a",
    ]


@pytest.mark.case("results", "verify over results in a store")
def test_results_in_a_store_are_not_verified(finished):
    with pytest.raises(UserError, match="results in a store cannot be verified"):
        verify(replace(finished.plan, keeps_records=False), "results", with_settings=True)


def set_pixel() -> None:
    zarr.open_group(str(MOVIE / PUBLISHED), mode="r+")["labels/cells/0"][4, 0, 0] = 4


def set_mask() -> None:
    path = MOVIE / "ctc" / "mask004.tif"
    mask = tifffile.imread(path)
    mask[mask == 2] = 0
    tifffile.imwrite(path, mask)


def of_geff(name: str, index: object, value: int) -> Callable[[], None]:
    def change() -> None:
        zarr.open_group(str(MOVIE / "tracks.geff"), mode="r+")[name][index] = value

    return change


def cut_mask() -> None:
    path = MOVIE / "ctc" / "mask004.tif"
    path.write_bytes(path.read_bytes()[:20])


@pytest.mark.parametrize(
    ("alter", "name", "expected"),
    [
        (lambda: swap(MOVIE / TRACKS_CSV, "frame,", "frames,"), TRACKS_CSV, "has other columns than tracks.parquet"),
        (lambda: swap(MOVIE / TRACKS_CSV, "\n1,1,", "\n2,1,"), TRACKS_CSV, "has other cells than tracks.parquet: 8"),
        (lambda: swap(MOVIE / LINEAGE, "a,4,0", "a,5,0"), LINEAGE, "track 4 is not in both this table and"),
        (lambda: swap(MOVIE / LINEAGE, "a,4,0,0", "a,4,0,1"), LINEAGE, "track 4 begins or ends in other frames"),
        (lambda: swap(MOVIE / LINEAGE, "a,4,0", "a,4,9"), LINEAGE, "the parent of track 4 is 9, which is no track"),
        pytest.param(
            lambda: swap(MOVIE / LINEAGE, "a,4,0", "a,4,1"),
            LINEAGE,
            "the parent of track 4, 1, does not end before",
            marks=pytest.mark.case("results", "verify: a parent that does not end before its child begins"),
        ),
        pytest.param(
            set_pixel,
            PUBLISHED,
            "frame 4: 4 is not in both the pixels and tracks.parquet",
            marks=pytest.mark.case("results", "verify: a pixel of a track that is in no table"),
        ),
        (set_mask, "ctc", "frame 4: 2 is not in both the pixels and tracks.parquet"),
        (lambda: (MOVIE / "ctc" / "mask005.tif").unlink(), "ctc", "5 masks, expected 6"),
        (lambda: swap(MOVIE / "ctc" / "res_track.txt", "2 4 5", "2 4 4"), "ctc", "res_track.txt does not have the"),
        (of_geff("nodes/props/t/values", 0, 2), "tracks.geff", "its nodes are not the cells of tracks.parquet"),
        (of_geff("edges/ids", (0, 1), 3), "tracks.geff", "its edges are not the links of"),
        (
            lambda: swap(MOVIE / "trackmate.xml", 'FRAME="1"', 'FRAME="2"'),
            "trackmate.xml",
            "its spots are not the cells of tracks.parquet",
        ),
        (
            lambda: swap(MOVIE / "trackmate.xml", 'TARGET_ID="1"', 'TARGET_ID="2"'),
            "trackmate.xml",
            "its edges are not the links of",
        ),
        (lambda: cut(MOVIE / "trackmate.xml"), "trackmate.xml", "cannot be read ("),
        (
            lambda: swap(MOVIE / "napari_tracks.csv", "\n1,1,", "\n1,2,"),
            "napari_tracks.csv",
            "has other cells than tracks.parquet",
        ),
        (
            lambda: swap(MOVIE / "napari_graph.json", '"3": [1]', '"3": [4]'),
            "napari_graph.json",
            "does not have the parents of lineage.csv",
        ),
        (
            lambda: swap(MOVIE / "colorizer" / "tracks.json", "[1, ", "[4, "),
            "colorizer",
            "its objects are not the cells of tracks.parquet",
        ),
        (cut_mask, "ctc", "cannot be read ("),
        (
            lambda: (MOVIE / "tracks.geff" / "edges" / "ids" / ".zarray").write_text(""),
            "tracks.geff",
            "cannot be read (",
        ),
        (lambda: cut(MOVIE / TRACKS), TRACKS, "cannot be read ("),
    ],
)
def test_contradictions_are_found(tmp_path, monkeypatch, shown, published, alter, name, expected):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(published, MOVIE)
    assert list(contradictions(MOVIE)) == []
    alter()
    found = dict(contradictions(MOVIE))
    assert found[name].startswith(expected)
    shown(f"movie a: {name}: {found[name]}", 1)


def test_a_movie_without_cells_is_consistent(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells, lineage = tables()
    publish(cells.iloc[:0], lineage.iloc[:0])
    assert list(contradictions(MOVIE)) == []
