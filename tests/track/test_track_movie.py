"""From the cell tables of blocks to the files that users get."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from outputs import track_outputs
from sidewinder.errors import UserError
from sidewinder.store import open_image, write_image
from sidewinder.track import movie, track_movie

N_FRAMES = 6
TRACKS = (
    "movie cell_id track_id frame source_frame time_s y_px x_px y_um x_um area_px area_um2 "
    "y_drift_corrected_px x_drift_corrected_px y_drift_corrected_um x_drift_corrected_um "
    "speed_um_per_s speed_px_per_frame mean_gfp nearest_neighbour_px nearest_neighbour_um touches_border repaired "
    "link_score parent_track_id lineage_id generation time_since_birth_s corrected"
).split()
LINEAGE = (
    "movie cell_id track_id parent_track_id lineage_id generation first_frame last_frame start_s end_s n_frames origin "
    "fate children cycle_s cycle_censored division_score min_link_score displacement_um path_length_um "
    "mean_speed_um_per_s straightness displacement_px path_length_px mean_speed_px_per_frame diffusion_um2_per_s "
    "msd_exponent diffusion_px2_per_frame"
).split()


@pytest.fixture
def run(tmp_path):
    """Writes cells in blocks, runs the stage, gives the folder of its outputs."""

    def run_stage(
        cells,
        n_blocks=1,
        *,
        pixel_size_um=0.5,
        frame_interval_s=90.0,
        name="out",
        settings=None,
        kept=None,
        sheet_s=None,
    ):
        folder = tmp_path / name
        folder.mkdir()
        image = folder / "image.ome.zarr"
        frames = (np.zeros((1, 90, 120), dtype=np.uint8) for _ in range(N_FRAMES))
        shape = {"n_frames": N_FRAMES, "shape_cyx": (1, 90, 120), "dtype": np.uint8}
        scale = {"pixel_size_um": pixel_size_um, "frame_interval_s": frame_interval_s}
        write_image(image, frames, **shape, **scale, channel_names=["gfp"], attributes=kept or {})
        blocks = []
        for block in range(n_blocks):
            first, end = block * N_FRAMES // n_blocks, (block + 1) * N_FRAMES // n_blocks
            blocks.append(folder / f"cells-{block}.parquet")
            rows = cells[(cells["frame"] >= first) & (cells["frame"] < end)]
            # as the stage before leaves it: an empty table has no types
            (rows if len(rows) else rows.astype(object)).to_parquet(blocks[-1], index=False)
        # there are no masks
        chosen = {"repair": False} | (settings or {})
        files = {"cells": blocks, "labels": [], "image": image} | track_outputs(folder)
        track_movie(**files, movie="m-1", settings=chosen, measure={}, frame_interval_s=sheet_s)
        return folder

    return run_stage


@pytest.fixture
def cells(make_cells):
    """A mother who divides before frame 3, and a cell that is missed in frame 2."""
    mother = [(frame, 45, 60) for frame in range(3)]
    daughters = [(frame, 45 + side, 60, 200) for frame in range(3, 6) for side in (-9, 9)]
    other = [(frame, 20 + frame, 100) for frame in (0, 1, 3, 4, 5)]
    made = make_cells(mother + daughters + other)
    made["mean_gfp"] *= 1.23456789
    made.insert(6, "nearest_neighbour_px", 18.0)
    return made


def test_tables_have_the_columns_and_units_of_the_design(run, cells):
    folder = run(cells)
    tracks = pd.read_parquet(folder / "tracks.parquet")
    assert tracks.columns.tolist() == TRACKS
    assert tracks["track_id"].tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    other = tracks[tracks["track_id"] == 1]
    assert other["frame"].tolist() == [0, 1, 3, 4, 5]
    assert other["time_s"].tolist() == [0, 90, 270, 360, 450]
    assert other["y_um"].tolist() == [10, 10.5, 11.5, 12, 12.5]
    assert other["area_um2"].tolist() == [78.5] * 5
    assert other["nearest_neighbour_um"].tolist() == [9] * 5
    assert other["y_drift_corrected_um"].tolist() == other["y_um"].tolist()
    np.testing.assert_array_equal(other["speed_px_per_frame"], [np.nan, 1, 1, 1, 1])
    np.testing.assert_array_equal(other["speed_um_per_s"], [np.nan, *[0.5 / 90] * 4])
    assert tracks["parent_track_id"].tolist() == [0] * 8 + [2] * 6
    assert tracks["lineage_id"].tolist() == [1] * 5 + [2] * 9
    lineage = pd.read_csv(folder / "lineage.csv")
    assert lineage.columns.tolist() == LINEAGE
    assert lineage["movie"].tolist() == ["m-1"] * 4
    assert lineage["fate"].tolist() == ["end", "division", "end", "end"]
    assert lineage["n_frames"].tolist() == [5, 3, 3, 3]
    assert lineage["end_s"].tolist() == [450, 180, 450, 450]
    assert lineage["path_length_um"].tolist() == [2.5, 0, 0, 0]
    assert lineage["origin"].tolist() == ["start", "start", "division", "division"]
    assert lineage["children"].fillna("").tolist() == ["", "3 4", "", ""]
    assert lineage["cell_id"].tolist() == ["m-1_1", "m-1_2", "m-1_3", "m-1_4"]
    assert (tracks["cell_id"] == tracks["movie"] + "_" + tracks["track_id"].astype(str)).all()


def test_links_say_which_label_is_which_track(run, cells):
    folder = run(cells)
    links = pd.read_parquet(folder / "label_tracks.parquet")
    assert links.columns.tolist() == ["frame", "label", "track_id"]
    assert links[["frame", "label"]].to_numpy().tolist() == cells[["frame", "label"]].to_numpy().tolist()
    # what was measured stays with its cell
    tracks = pd.read_parquet(folder / "tracks.parquet")
    joined = links.merge(cells, on=["frame", "label"]).sort_values(["track_id", "frame"])
    assert tracks["mean_gfp"].tolist() == joined["mean_gfp"].tolist()


def test_times_and_numbers_of_frames_are_those_kept_with_the_image(run, cells):
    kept = {"times_s": [0, 90, 180, 270, 3870, 3960], "source_frames": [0, 1, 2, 3, 43, 44]}
    folder = run(cells, kept=kept)
    other = pd.read_parquet(folder / "tracks.parquet").query("track_id == 1")
    assert other["time_s"].tolist() == [0, 90, 270, 3870, 3960]
    assert other["source_frame"].tolist() == [0, 1, 3, 43, 44]
    np.testing.assert_allclose(other["speed_um_per_s"], [np.nan, 0.5 / 90, 1 / 180, 0.5 / 3600, 0.5 / 90])
    lineage = pd.read_csv(folder / "lineage.csv").set_index("track_id")
    assert lineage.loc[1, ["start_s", "end_s", "mean_speed_um_per_s"]].tolist() == [0, 3960, pytest.approx(2.5 / 3960)]


@pytest.mark.parametrize("kept", [{"times_s": [0, 90, 180, 270, 3870, 3960]}, {}])
def test_the_interval_of_the_sheet_overrides_the_times_of_the_image(run, cells, kept):
    folder = run(cells, kept=kept | {"source_frames": [0, 1, 2, 3, 43, 44]}, sheet_s=10.0)
    other = pd.read_parquet(folder / "tracks.parquet").query("track_id == 1")
    assert other["time_s"].tolist() == [0, 10, 30, 430, 440]


def test_text_and_parquet_say_the_same(run, cells):
    folder = run(cells)
    text = pd.read_csv(folder / "tracks.csv", dtype={"repaired": "str"})
    tracks = pd.read_parquet(folder / "tracks.parquet")
    pd.testing.assert_frame_equal(text.fillna({"repaired": ""}), tracks, rtol=1e-7, check_dtype=False)
    first = (folder / "tracks.csv").read_text().splitlines()[1]
    assert first == "m-1,m-1_1,1,0,0,0,20,100,10,50,314,78.5,20,100,10,50,,,124.69136,18,9,False,,,0,1,0,,False"


def test_parquet_is_typed(run, cells):
    types = {field.name: str(field.type) for field in pq.read_schema(run(cells) / "tracks.parquet")}
    assert {types.pop(name) for name in ("movie", "cell_id", "repaired")} <= {"string", "large_string"}
    assert types.pop("touches_border") == types.pop("corrected") == "bool"
    whole = {"track_id", "frame", "source_frame", "parent_track_id", "lineage_id", "generation"}
    assert types == {name: "int64" if name in whole else "double" for name in types}


def test_unknown_scales_leave_columns_empty(run, cells):
    folder = run(cells, pixel_size_um=None, frame_interval_s=None)
    tracks = pd.read_csv(folder / "tracks.csv")
    in_um = [
        "y_um",
        "x_um",
        "area_um2",
        "y_drift_corrected_um",
        "x_drift_corrected_um",
        "speed_um_per_s",
        "nearest_neighbour_um",
    ]
    assert tracks.columns[tracks.isna().all()].tolist() == ["time_s", *in_um, "repaired", "time_since_birth_s"]
    lineage = pd.read_csv(folder / "lineage.csv")
    lengths = ["displacement_um", "path_length_um", "mean_speed_um_per_s"]
    too_short = ["diffusion_um2_per_s", "msd_exponent", "diffusion_px2_per_frame"]
    assert lineage.columns[lineage.isna().all()].tolist() == ["start_s", "end_s", "cycle_s", *lengths, *too_short]
    first = (folder / "tracks.csv").read_text().splitlines()[1]
    assert first == "m-1,m-1_1,1,0,0,,20,100,,,314,,20,100,,,,,124.69136,18,,False,,,0,1,0,,False"


@pytest.mark.parametrize("n_blocks", [2, 3, 6, 9])
def test_blocks_make_no_difference(run, cells, n_blocks):
    whole, blocks = run(cells), run(cells, n_blocks, name="blocks")
    for name in ("tracks.parquet", "tracks.csv", "lineage.csv", "label_tracks.parquet"):
        assert (whole / name).read_bytes() == (blocks / name).read_bytes(), name


@pytest.mark.parametrize("n_blocks", [1, 3])
def test_a_movie_without_cells_has_empty_tables(run, cells, n_blocks):
    some, none = run(cells), run(cells.iloc[:0], n_blocks, name="none")
    for name in ("tracks.parquet", "label_tracks.parquet"):
        assert pq.read_table(none / name).num_rows == 0
        assert pq.read_schema(none / name).equals(pq.read_schema(some / name))
    assert (none / "tracks.csv").read_text() == ",".join(TRACKS) + "\n"
    assert (none / "lineage.csv").read_text() == ",".join(LINEAGE) + "\n"


@pytest.mark.case("config", "micrometres without a pixel size")
def test_micrometres_need_a_pixel_size(run, cells):
    with pytest.raises(UserError, match="give pixel_size_um in the sheet, or search_range_px"):
        run(cells, pixel_size_um=None, settings={"search_range_um": 20})


def test_the_search_range_is_said(run, cells, caplog):
    caplog.set_level("INFO", logger="sidewinder")
    run(cells, settings={"search_range_um": 10})
    run(cells, name="auto")
    assert "search range 20.0 px (10.0 um), as given" in caplog.messages
    said = [message for message in caplog.messages if "from the movie" in message]
    assert len(said) == 1
    assert said[0].startswith("search range ")
    assert "14 cells in 4 tracks, 1 divisions" in caplog.messages


@pytest.mark.case("results", "more cells than can be tracked in one movie")
def test_more_cells_than_memory_holds_are_refused(run, cells, monkeypatch):
    monkeypatch.setattr(movie, "MOST_CELLS_OF_A_MOVIE", len(cells))
    run(cells, n_blocks=2)
    monkeypatch.setattr(movie, "MOST_CELLS_OF_A_MOVIE", len(cells) - 1)
    with pytest.raises(UserError, match=rf"^the movie has {len(cells)} cells in all frames; .* split it into several"):
        run(cells, n_blocks=2, name="again")


def test_the_drift_has_a_row_a_frame(run, cells):
    places = [[0.5 * frame, -frame] for frame in range(N_FRAMES)]
    folder = run(cells, kept={"drift": {"yx_px": places, "measured": [True, False] * 3}})
    table = movie.drift_table("m-1", open_image(folder / "image.ome.zarr"))
    assert table.columns.tolist() == "movie frame source_frame time_s y_px x_px y_um x_um measured".split()
    assert table[["y_px", "x_px"]].to_numpy().tolist() == places
    assert table["x_um"].tolist() == [-0.5 * frame for frame in range(N_FRAMES)]
    assert table["measured"].tolist() == [True, False] * 3
    tracks = pd.read_parquet(folder / "tracks.parquet")
    np.testing.assert_allclose(tracks["x_drift_corrected_px"], tracks["x_px"] + tracks["frame"])


def test_a_drift_that_was_not_found_has_empty_places(run, cells):
    table = movie.drift_table("m-1", open_image(run(cells) / "image.ome.zarr"))
    assert table[["y_px", "x_px", "y_um", "x_um"]].isna().all(axis=None)
    assert not table["measured"].any()
