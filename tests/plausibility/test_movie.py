"""The stage: from files to the table of warnings."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sidewinder.plausibility import check_movie
from sidewinder.store import write_image

SHAPE = (40, 50)
COLUMNS = ["movie", "kind", "first_frame", "last_frame", "message"]


@dataclass(frozen=True)
class Files:
    """The files of a movie of two channels, of which `cells` is segmented, in two blocks."""

    folder: Path
    n_frames: int
    counts: tuple[int, ...]

    def write(self, frames: np.ndarray, area_px: float = 60, at_edge: bool = False, **attributes) -> None:
        """Write what the stages before leave: so many cells in each frame, of one size."""
        other = np.zeros_like(frames)
        write_image(
            self.folder / "image", np.stack([other, frames], axis=1), n_frames=self.n_frames, shape_cyx=(2, *SHAPE),
            dtype=frames.dtype, pixel_size_um=0.5, frame_interval_s=None, channel_names=("other", "cells"),
            attributes=attributes,
        )  # fmt: skip
        rows = [
            (frame, cell, area_px, at_edge) for frame, n in enumerate(self.counts) for cell in range(1, n + 1)
        ]  # fmt: skip
        cells = pd.DataFrame(rows, columns=["frame", "track_id", "area_px", "touches_border"])
        cells = cells.astype({"frame": int, "track_id": int, "area_px": float, "touches_border": bool})
        tracks = cells.sort_values(["track_id", "frame"]).assign(repaired="", parent_track_id=0)
        tracks.to_parquet(self.folder / "tracks", index=False)
        half = self.n_frames // 2
        for block, of in enumerate((range(half), range(half, self.n_frames))):
            cells[cells["frame"].isin(of)].to_parquet(self.folder / f"cells{block}", index=False)
            np.save(self.folder / f"uncertainty{block}.npy", np.full((len(of), 2, 2), 10, np.uint8))
        (self.folder / "model").mkdir(exist_ok=True)
        (self.folder / "model" / "card.yaml").write_text("pixel_size_um: 0.25\nobject_diameter_px: [12, 70]\n")

    def check(self, channel: str = "cells") -> list[dict[str, str]]:
        """The warnings."""
        check_movie(
            image=self.folder / "image", cells=[self.folder / f"cells{block}" for block in range(2)],
            uncertainty=[self.folder / f"uncertainty{block}.npy" for block in range(2)],
            tracks=self.folder / "tracks", model=self.folder / "model", output=self.folder / "warnings.csv",
            movie="well_1", channel=channel,
        )  # fmt: skip
        with open(self.folder / "warnings.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert rows[0] == COLUMNS
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]


@pytest.fixture
def files(tmp_path):
    """Makes the files of a movie with so many cells in each frame."""
    return lambda *counts: Files(tmp_path, len(counts), counts)


def picture(n_frames: int) -> np.ndarray:
    return np.random.default_rng(0).poisson(200, (n_frames, *SHAPE)).astype(np.uint16)


def test_a_good_movie_has_only_the_header(files):
    movie = files(*[8] * 6)
    movie.write(picture(6))
    assert movie.check() == []
    assert (movie.folder / "warnings.csv").read_bytes() == b"movie,kind,first_frame,last_frame,message\n"


def test_warnings_are_sorted_by_kind_and_frame_and_always_the_same(files, caplog):
    caplog.set_level("INFO", "sidewinder")
    movie = files(0, 8, 8, 0, 8, 8, 30, 30)
    frames = picture(8)
    frames[1], frames[5] = 0, 0
    frames[7] = np.minimum(frames[7], 205)
    movie.write(frames, area_px=600, at_edge=True, no_image={"black_frame": [1, 5]})
    found = movie.check()
    assert [(row["kind"], row["first_frame"], row["last_frame"]) for row in found] == [
        ("frames_without_cells", "0", "0"),
        ("frames_without_cells", "3", "3"),
        ("sudden_change_of_count", "5", "6"),
        ("black_frame", "1", "1"),
        ("black_frame", "5", "5"),
        ("saturated", "7", "7"),
        ("giant_object", "1", "2"),
        ("giant_object", "4", "7"),
        ("most_cells_touch_the_border", "0", "7"),
    ]
    assert {row["movie"] for row in found} == {"well_1"}
    assert all(row["message"][-1].isalpha() and len(row["message"].split()) > 15 for row in found)
    assert "WARNING: black_frame: Frame 1: no light, all pixels are 0" in caplog.text
    # the terminal has had it from preprocess
    assert {record.levelname for record in caplog.records if "black_frame" in record.getMessage()} == {"INFO"}
    assert {record.levelname for record in caplog.records if "WARNING" in record.getMessage()} == {"INFO", "WARNING"}
    before = (movie.folder / "warnings.csv").read_bytes()
    movie.check()
    assert (movie.folder / "warnings.csv").read_bytes() == before


def test_the_card_s_sizes_are_scaled_to_the_movie(files):
    movie = files(*[8] * 4)
    # 5 px of 0.5 um are 10 of the model's, a little below the 12 of its card; 4 px are 8, far below
    movie.write(picture(4), area_px=np.pi * 5.1**2 / 4)
    assert movie.check() == []
    movie.write(picture(4), area_px=np.pi * 4**2 / 4)
    (warning,) = movie.check()
    assert "cells have a diameter of 4 px (median), the model is for 6 to 35 px" in warning["message"]


def test_it_is_the_segmented_channel_that_is_looked_at(files):
    movie = files(*[8] * 4)
    frames = np.minimum(picture(4), 205)
    movie.write(frames)
    assert [row["kind"] for row in movie.check("cells")] == ["saturated"]
    assert movie.check("other") == movie.check("0,1") == []


def test_pixels_without_data_are_not_saturated_and_frames_without_image_not_empty(files):
    movie = files(8, 8, 0, 8)
    frames = picture(4)
    frames[:, :, :12] = 65535
    movie.write(frames, no_data=[0, 1, 3], no_image={"out_of_focus_frame": [2]})
    assert [(row["kind"], row["first_frame"]) for row in movie.check()] == [("out_of_focus_frame", "2")]


def test_a_frame_that_holds_no_data_at_all(files):
    movie = files(8, 0, 8, 8)
    frames = picture(4).astype(np.float32)
    frames[1] = np.nan
    movie.write(frames, no_data=[1], no_image={"black_frame": [1]})
    (warning,) = movie.check()
    assert warning["message"].startswith("Frame 1: no light, no pixel holds data")


@pytest.mark.parametrize("counts", [(0,), (0, 0), (0, 0, 0)], ids=str)
def test_an_empty_movie_is_one_warning(files, counts):
    movie = files(*counts)
    movie.write(picture(len(counts)))
    (warning,) = movie.check()
    assert (warning["kind"], warning["last_frame"]) == ("no_cells", str(len(counts) - 1))


@pytest.mark.parametrize("counts", [(1,), (5,), (1, 1), (1,) * 9], ids=str)
def test_a_short_movie_or_one_of_a_single_cell_is_good(files, counts):
    movie = files(*counts)
    movie.write(picture(len(counts)))
    assert movie.check() == []
