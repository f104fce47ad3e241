"""Tracks in pixels of 0.5 x 0.25 um: distances along y and x count alike."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.link.tracked import Tracked
from sidewinder.measure import measure_frame
from sidewinder.repair import consume_and_repair
from sidewinder.settings import TrackSettings
from sidewinder.store import Image
from sidewinder.track import Recording, track_cells
from sidewinder.track.movie import drift_table

N_FRAMES, HEIGHT_UM, WIDTH_UM = 6, 0.5, 0.25
RECORDING = Recording(N_FRAMES, (200, 400), (HEIGHT_UM * WIDTH_UM) ** 0.5, 10.0, pixel_aspect=HEIGHT_UM / WIDTH_UM)


def cells_at(places_um: np.ndarray) -> pd.DataFrame:
    """Cells (T, N, 2) as the stage before leaves them: places in the frame's own pixels."""
    rows = [
        (frame, label, y / HEIGHT_UM, x / WIDTH_UM, 80, False)
        for frame, of_frame in enumerate(places_um)
        for label, (y, x) in enumerate(of_frame, start=1)
    ]
    return pd.DataFrame(rows, columns=["frame", "label", "y_px", "x_px", "area_px", "touches_border"])


def moving(*steps_um: tuple[float, float]) -> np.ndarray:
    begin = np.array([(30.0, 20.0 + 30 * n) for n in range(len(steps_um))])
    return begin + np.arange(N_FRAMES)[:, None, None] * np.array(steps_um)


def test_a_cell_along_y_is_as_fast_as_one_along_x():
    made = track_cells(cells_at(moving((2.0, 0.0), (0.0, 2.0))), RECORDING, TrackSettings(search_range_um=5.0))
    assert made.lineage["mean_speed_um_per_s"].tolist() == pytest.approx([0.2, 0.2])
    assert made.lineage["displacement_um"].tolist() == pytest.approx([10.0, 10.0])
    along_y = made.tracks[made.tracks["track_id"] == 1]
    assert along_y["y_um"].tolist() == pytest.approx([30, 32, 34, 36, 38, 40])
    assert along_y["y_px"].tolist() == pytest.approx([60, 64, 68, 72, 76, 80])
    assert along_y["x_px"].tolist() == pytest.approx([80] * 6)
    assert along_y["y_drift_corrected_px"].tolist() == pytest.approx([60, 64, 68, 72, 76, 80])
    assert along_y["area_um2"].tolist() == pytest.approx([80 * HEIGHT_UM * WIDTH_UM] * 6)
    assert made.tracks["speed_um_per_s"].dropna().tolist() == pytest.approx([0.2] * 10)


@pytest.mark.parametrize("step_um", [(3.0, 0.0), (0.0, 3.0)])
@pytest.mark.parametrize(("search_range_um", "n_tracks"), [(3.5, 1), (2.5, 6)])
def test_the_search_range_reaches_as_far_along_both(step_um, search_range_um, n_tracks):
    settings = TrackSettings(search_range_um=search_range_um, divisions=False, max_gap_frames=0)
    assert len(track_cells(cells_at(moving(step_um)), RECORDING, settings).lineage) == n_tracks


def test_a_cell_that_was_missed_is_put_where_it_was():
    labels = np.zeros((5, 60, 60), np.int32)
    for frame in range(5):
        labels[frame, 10 + 4 * frame : 20 + 4 * frame, 10 + 6 * frame : 30 + 6 * frame] = 1
    whole, labels = labels.copy(), np.where(np.arange(5)[:, None, None] == 2, 0, labels)

    def measure(frame: int, image: np.ndarray) -> pd.DataFrame:
        return RECORDING.in_sides(measure_frame(image, np.zeros((0, 60, 60)), (), pixel_aspect=2.0))

    cells = pd.concat([measure(0, image).assign(frame=frame) for frame, image in enumerate(labels)])
    cells = cells.assign(track=0).reset_index(drop=True)
    tracked = Tracked(cells, np.array([-1]), np.array([np.nan]), np.zeros((5, 2)), 20.0, RECORDING.sides)
    repaired = consume_and_repair(tracked, labels.__getitem__, measure, lambda _: True, lambda _: None)
    (found,) = (rows for frame, rows in repaired.repairs.groupby("frame") if frame == 2)
    assert (found["row"].min(), found["row"].max()) == (18, 27)
    assert set(found["first"]) == {22}
    assert set(found["last"]) == {41}
    assert whole[2, 18:28, 22:42].all()


def test_the_drift_in_um_has_each_side_of_a_pixel():
    drift = {"yx_px": [[0.0, 0.0], [2.0, 3.0]], "measured": [True, True]}
    image = Image(np.zeros((2, 1, 8, 8)), 0.5**0.5, None, ("a",), {"drift": drift}, pixel_aspect=2.0)
    table = drift_table("m", image)
    # pixels of 1 x 0.5 um
    np.testing.assert_allclose(table[["y_um", "x_um"]], [[0, 0], [2, 1.5]])
    np.testing.assert_array_equal(table[["y_px", "x_px"]], drift["yx_px"])
