"""Motion in the tables of cells that a stage carries about."""

from dataclasses import replace

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


@pytest.fixture(scope="module")
def family(make_cells):
    """A founder divides before frame 3, one of her daughters before frame 7; a cell comes in, another appears."""
    rows = [(frame, 100, 100, 314) for frame in range(3)]
    rows += [(frame, 100, 110, 190) for frame in range(3, 12)]
    rows += [(frame, 100, 91, 190) for frame in range(3, 7)]
    rows += [(frame, y, 91, 110) for frame in range(7, 12) for y in (93, 107)]
    rows += [(frame, 3, 200, 200) for frame in range(4, 12)] + [(frame, 200, 200, 200) for frame in range(5, 12)]
    # a pause of an hour behind frame 4
    times_s = np.arange(12) * 10.0 + 3600 * (np.arange(12) > 4)
    return track_cells(make_cells(rows), Recording(12, (300, 300), None, 10.0, times_s), TrackSettings())


def test_how_tracks_begin_and_how_long_a_cycle_is(family):
    lineage = family.lineage.sort_values(["first_frame", "track_id"])
    founder, *daughters, entered, appeared, first, second = lineage.itertuples()
    assert (founder.origin, founder.fate, founder.cycle_censored) == ("start", "division", True)
    assert (entered.origin, appeared.origin) == ("entered", "appeared")
    assert [one.origin for one in (*daughters, first, second)] == ["division"] * 4
    divided, whole = sorted(daughters, key=lambda one: one.fate)
    assert (divided.fate, whole.fate) == ("division", "end")
    # from frame 3, where she is born, to frame 7, where hers are: four intervals and the pause
    assert (divided.cycle_s, divided.cycle_censored) == (3640, False)
    assert divided.children == f"{first.track_id} {second.track_id}"
    others = [founder, whole, entered, appeared, first, second]
    assert all(np.isnan(one.cycle_s) and one.cycle_censored and not one.children for one in others[1:])
    assert np.isnan(founder.cycle_s)


def test_rows_say_how_old_a_cell_is_whose_birth_was_seen(family):
    tracks = family.tracks
    born = tracks["parent_track_id"] > 0
    assert born.sum() == 9 + 4 + 5 + 5
    assert tracks.loc[~born, "time_since_birth_s"].isna().all()
    since = tracks[born].groupby("track_id")["time_since_birth_s"]
    assert sorted(since.agg(list)) == sorted(
        [[0, 10, *range(3620, 3690, 10)], [0, 10, 3620, 3630], [0, 10, 20, 30, 40], [0, 10, 20, 30, 40]]
    )


def test_cells_that_migrate_together_keep_their_motion_where_the_drift_is_known(make_cells, scatter):
    rng = np.random.default_rng(4)
    stage = rng.normal(0, 2, (N_FRAMES, 2)).cumsum(axis=0)
    stage -= stage[0]
    home = scatter(6, 20.0, 0) + 60
    places = [home + (1.5 * frame, 0) + stage[frame] for frame in range(N_FRAMES)]
    rows = [(frame, *place, 200) for frame, at in enumerate(places) for place in at]
    tracked = track_cells(make_cells(rows), replace(RECORDING, drift_px=stage), TrackSettings())
    assert len(tracked.lineage) == 36
    np.testing.assert_allclose(tracked.lineage["mean_speed_px_per_frame"], 1.5)
    moved = tracked.tracks["y_px"] - tracked.tracks["y_drift_corrected_px"]
    np.testing.assert_allclose(moved, stage[tracked.tracks["frame"], 0], atol=1e-9)
