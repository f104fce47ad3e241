"""Motion in the tables of cells that a stage carries about."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.track import Recording, TrackSettings, track_cells

N_FRAMES = 30
RECORDING = Recording(N_FRAMES, (300, 300), 0.5, 20.0)


@pytest.fixture(scope="module")
def motion(make_cells, scatter):
    """Cells that walk at random, and the same in a stage that drifts and jumps."""
    rng = np.random.default_rng(0)
    home = scatter(6, 20.0, 0) + 30
    still = home + rng.normal(0, 1, (N_FRAMES, *home.shape)).cumsum(axis=0)
    stage = rng.normal(0, 2, (N_FRAMES, 1, 2)).cumsum(axis=0)
    stage[12:] += 6
    both = []
    for places in (still, still + stage - stage[0]):
        rows = [(frame, *place, 200) for frame, at in enumerate(places) for place in at]
        both.append(track_cells(make_cells(rows), RECORDING, TrackSettings()))
    return both


def test_motion_is_that_of_cells_and_not_of_the_stage(motion):
    still, moved = motion
    assert len(still.lineage) == len(moved.lineage) == 36
    assert not np.allclose(still.tracks["y_px"], moved.tracks["y_px"], atol=5)
    # of 36 cells, what all move together is known to a fraction of their own steps
    for name in ("mean_speed_px_per_frame", "diffusion_px2_per_frame", "displacement_px"):
        assert moved.lineage[name].mean() == pytest.approx(still.lineage[name].mean(), rel=0.2)
    np.testing.assert_allclose(moved.tracks["speed_px_per_frame"], still.tracks["speed_px_per_frame"], atol=1)


def test_rows_and_tracks_say_the_same_of_motion(motion):
    _, moved = motion
    rows, tracks = moved.tracks.groupby("track_id"), moved.lineage.set_index("track_id")
    np.testing.assert_allclose(rows["speed_px_per_frame"].mean(), tracks["mean_speed_px_per_frame"])
    np.testing.assert_allclose(rows["speed_um_per_s"].mean(), tracks["mean_speed_um_per_s"])
    steps = rows[["y_drift_corrected_um", "x_drift_corrected_um"]].diff()
    path = np.hypot(*steps.T.to_numpy())
    np.testing.assert_allclose(pd.Series(path).groupby(moved.tracks["track_id"]).sum(), tracks["path_length_um"])


def test_without_the_stage_all_cells_of_a_frame_are_shifted_alike(motion):
    _, moved = motion
    shift = (moved.tracks["y_px"] - moved.tracks["y_drift_corrected_px"]).groupby(moved.tracks["frame"])
    np.testing.assert_allclose(shift.max(), shift.min(), atol=1e-9)
    assert shift.mean()[0] == 0
    assert shift.mean().abs().max() > 5
