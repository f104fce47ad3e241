"""A sheet that is filled in from a folder or a file."""

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr

from sidewinder.draft.ask import sheet_asked
from sidewinder.draft.write import write_draft
from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie
from sidewinder.sheet import read_sheet

CALIBRATED = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "TimeIncrement": 60}


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stack(path, n_frames=3, axes="TYX", shape=(8, 9), **about):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    lengths = {"T": n_frames, "C": 2, "Z": 4}
    data = np.zeros((*(lengths[axis] for axis in axes[:-2]), *shape), np.uint16)
    tifffile.imwrite(path, data, metadata={"axes": axes, **CALIBRATED, **about})


def frames(folder, name="t{}.tif", n=3):
    os.makedirs(folder, exist_ok=True)
    for t in range(n):
        tifffile.imwrite(f"{folder}/{name.format(t)}", np.full((8, 9), t, np.uint16), photometric="minisblack")


def draft(source, sheet="s.tsv"):
    """The rows that were written, as the workflow reads them, and what was said."""
    lines = write_draft(source, sheet)
    return list(read_sheet(sheet).values()), lines


def test_stacks_are_a_movie_each(here):
    for name in ("wt_2", "wt_10", "ko_1"):
        stack(f"data/{name}.ome.tif")
    rows, lines = draft("data")
    assert [(row.movie, row.path, row.pixel_size_um, row.frame_interval_s, row.extra) for row in rows] == [
        ("ko_1", "data/ko_1.ome.tif", 0.5, 60, {"condition": "ko"}),
        ("wt_2", "data/wt_2.ome.tif", 0.5, 60, {"condition": "wt"}),
        ("wt_10", "data/wt_10.ome.tif", 0.5, 60, {"condition": "wt"}),
    ]
    run = "snakemake --profile profiles/local --directory . --config movies=s.tsv"
    assert lines == [f"s.tsv: 3 movies; look it over, then, in the checkout: {run}"]


def test_paths_are_as_seen_from_the_sheet_s_folder(here):
    stack("data/screen/wt_1.ome.tif")
    (inside,), (line,) = draft("data/screen", "data/movies.tsv")
    assert inside.path == "data/screen/wt_1.ome.tif"
    assert "\tscreen/wt_1.ome.tif" in Path("data/movies.tsv").read_text()
    assert line.endswith("--directory data --config movies=movies.tsv")
    os.mkdir("sheets")
    (beside,), _ = draft("data/screen", "sheets/s.tsv")
    assert beside.path == str(here / "data/screen/wt_1.ome.tif")


def test_a_file_of_many_positions_is_opened_once(here, monkeypatch):
    with tifffile.TiffWriter("plate.ome.tif") as tif:
        for position in range(5):
            data = np.zeros((position + 2, 8, 9), np.uint16)
            tif.write(data, metadata={"axes": "TYX", "Name": f"site {position}", **CALIBRATED})
    opened, true = [], tifffile.TiffFile.__init__
    monkeypatch.setattr(tifffile.TiffFile, "__init__", lambda self, *a, **k: opened.append(self) or true(self, *a, **k))
    rows, _ = draft("plate.ome.tif")
    assert len(opened) == 1
    assert opened[0].filehandle.closed
    assert [(row.position, row.pixel_size_um, row.frame_interval_s) for row in rows] == [
        (f"site {position}", 0.5, 60) for position in range(5)
    ]
    assert [open_movie(row.path, row.position).shape[0] for row in rows] == [2, 3, 4, 5, 6]


def test_positions_of_a_folder_of_frames(here):
    for site in (1, 2):
        frames("data", f"exp_B02_s{site}_t{{}}.tif")
    rows, lines = draft("data")
    assert [(row.movie, row.path, row.position) for row in rows] == [
        ("data_s1", "data", "s1"),
        ("data_s2", "data", "s2"),
    ]
    assert [open_movie(row.path, row.position).shape for row in rows] == [(3, 1, 8, 9)] * 2
    assert lines[1:] == [
        "2 of 2 movies say no pixel size: fill in pixel_size_um",
        "2 of 2 movies say no time: fill in frame_interval_s",
    ]
    # also in the sheet, for who opens it later
    assert Path("s.tsv").read_text().startswith(f"# {lines[1]}\n# {lines[2]}\nmovie\tpath\tposition\n")


def test_folders_of_stacks(here):
    for name in ("a", "b"):
        stack(f"data/{name}/m.ome.tif")
    rows = draft("data")[0]
    assert [(row.movie, row.path) for row in rows] == [("a_m", "data/a/m.ome.tif"), ("b_m", "data/b/m.ome.tif")]


def test_folders_of_frames_are_movies_and_time_points_are_none(here):
    for name in ("wt_1", "ko_1"):
        frames(f"data/{name}")
    assert [row.path for row in draft("data")[0]] == ["data/ko_1", "data/wt_1"]
    for t in range(3):
        frames(f"plate/TimePoint_{t}", "a_B02_w1{}.tif", n=1)
    assert [row.path for row in draft("plate", "p.tsv")[0]] == ["plate"]


def test_wells_and_channels_of_a_plate(here):
    plate = zarr.open_group("p.ome.zarr", mode="w", zarr_format=2)
    wells = ["A/1", "B/12"]
    plate.attrs["plate"] = {"version": "0.4", "wells": [{"path": well} for well in wells]}
    for well in wells:
        group = plate.create_group(well)
        group.attrs["well"] = {"images": [{"path": "0"}]}
        image = group.create_group("0")
        image.create_array("0", data=np.ones((2, 2, 8, 9), "uint16"))
        axes = [{"name": "t", "type": "time"}, {"name": "c", "type": "channel"}]
        axes += [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
        scale = [{"type": "scale", "scale": [1, 1, 0.5, 0.5]}]
        image.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]
        image.attrs["omero"] = {"channels": [{"label": "TL"}, {"label": "H2B"}]}
    rows, lines = draft("p.ome.zarr")
    assert [(row.movie, row.position, row.channel, row.extra["well"]) for row in rows] == [
        ("p_A_1_0", "A/1/0", "TL", "A01"),
        ("p_B_12_0", "B/12/0", "TL", "B12"),
    ]
    assert "2 of 2 movies have several channels: column channel names the first" in lines


def test_times_of_frames_are_not_overridden_by_an_interval(here):
    planes = {"DeltaT": [0.0, 5.0, 25.0], "TheT": [0, 1, 2], "TheC": [0] * 3, "TheZ": [0] * 3}
    stack("m.ome.tif", Plane=planes)
    (row,), lines = draft("m.ome.tif")
    assert row.frame_interval_s is None
    assert lines[1] == "1 of 1 movies say when each frame was taken, which is used where frame_interval_s is empty"


def test_what_is_left_to_the_user(here):
    stack("data/a1.ome.tif", axes="TZYX")
    stack("data/b2.ome.tif", axes="TYX", n_frames=5)
    Path("data/c3.ome.tif").write_bytes(b"II*\0cut off")
    rows, lines = draft("data")
    assert [(row.movie, row.z) for row in rows] == [("a1", None), ("b2", None)]
    header, *cells = [line.split("\t") for line in Path("s.tsv").read_text().splitlines() if line[0] != "#"]
    assert header[:3] == ["movie", "path", "z"]
    assert [row[2] for row in cells] == ["", ""]
    assert "1 of 2 movies have z-slices: say in column z what becomes of them" in lines[1]
    assert lines[-1].startswith("not read, and not in the sheet: data/c3.ome.tif: ")


def test_nothing_is_overwritten(here):
    stack("data/a.ome.tif")
    Path("movies.tsv").write_text("mine")
    with pytest.raises(UserError, match=r"^movies\.tsv is there already and is not overwritten; name another file: sh"):
        write_draft("data/", None)
    assert Path("movies.tsv").read_text() == "mine"
    Path("movies.tsv").unlink()
    write_draft("data/", None)
    assert [row.path for row in read_sheet("movies.tsv").values()] == ["data/a.ome.tif"]


def test_nothing_to_write(here):
    os.mkdir("empty")
    for source, said in [("empty", "empty: no images in this folder"), ("gone", "gone: no such file or folder")]:
        with pytest.raises(UserError, match=said):
            write_draft(source, "s.tsv")
    stack("a.ome.tif")
    with pytest.raises(UserError, match=r"no/s\.tsv cannot be written: No such file"):
        write_draft("a.ome.tif", "no/s.tsv")
    assert not Path("s.tsv").exists()


def test_names_are_different_and_allowed(here):
    for name in ("a b", "a+b", "A_b"):
        stack(f"data/{name}.ome.tif")
    assert [row.movie for row in draft("data")[0]] == ["A_b", "a_b_2", "a_b_3"]


def test_asked_by_a_config(here):
    stack("data/a.ome.tif")
    assert sheet_asked({"source": "data", "sheet": "mine.tsv", "movies": "x"})[0].startswith("mine.tsv: 1 movies")
    with pytest.raises(UserError, match=r"say where the movies are: snakemake sheet --config source="):
        sheet_asked({})


def test_no_pixel_is_read(here, monkeypatch):
    stack("data/a.ome.tif")
    stack("data/b.ome.tif")
    monkeypatch.setattr(tifffile.TiffPage, "asarray", None)
    monkeypatch.setattr(tifffile.FileHandle, "read_array", None)
    assert len(draft("data")[0]) == 2
