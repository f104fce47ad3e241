"""How tracks spread, against motion of which it is known and against every pair of frames."""

import numpy as np
import pytest

from sidewinder.track.diffusion import mean_squared_displacements, measure_diffusion
from sidewinder.track.recording import Recording

RECORDING = Recording(n_frames=500, shape_yx=(100, 200), pixel_size_um=0.5, frame_interval_s=20.0)


def brownian(n_tracks, n_frames, step_px, seed=0):
    steps = np.random.default_rng(seed).normal(0, step_px, (n_tracks, n_frames, 2))
    track, frame = np.divmod(np.arange(n_tracks * n_frames), n_frames)
    return track, frame, steps.cumsum(axis=1).reshape(-1, 2)


def test_mean_squared_displacements_are_means_over_all_pairs_of_frames():
    rng = np.random.default_rng(0)
    track, frame, yx = brownian(7, 30, 2.0)
    # gaps of many lengths, a track of one row, one of two rows far apart
    seen = rng.random(len(track)) < 0.6
    seen[(track == 3) & (frame > 0)] = seen[(track == 4) & (frame > 0) & (frame < 29)] = False
    seen[frame == 0] = seen[(track == 4) & (frame == 29)] = True
    track, frame, yx = track[seen], frame[seen], yx[seen]
    expected = np.full((7, 6), np.nan)
    for of in range(7):
        places = dict(zip(frame[track == of], yx[track == of], strict=True))
        for lag in range(1, 7):
            pairs = [((places[t + lag] - places[t]) ** 2).sum() for t in places if t + lag in places]
            expected[of, lag - 1] = np.mean(pairs) if pairs else np.nan
    assert np.isnan(expected[3:5]).all()
    msd, lag = mean_squared_displacements(track, frame, yx, 6)
    np.testing.assert_allclose(msd, expected)
    np.testing.assert_array_equal(lag, np.where(np.isnan(expected), np.nan, np.arange(1, 7)))


def test_brownian_motion():
    # MSD = 4 D t, and 2 sigma^2 of each step
    found = measure_diffusion(*brownian(1000, 400, 3.0), RECORDING)
    assert found["diffusion_px2_per_frame"].mean() == pytest.approx(4.5, rel=0.02)
    assert found["diffusion_um2_per_s"].mean() == pytest.approx(4.5 * 0.25 / 20, rel=0.02)
    assert found["msd_exponent"].mean() == pytest.approx(1, abs=0.02)


def test_errors_of_places_are_no_diffusion():
    track, frame, yx = brownian(1000, 400, 1.0)
    noisy = yx + np.random.default_rng(1).normal(0, 2.0, yx.shape)
    found = measure_diffusion(track, frame, noisy, RECORDING)
    assert found["diffusion_px2_per_frame"].mean() == pytest.approx(0.5, rel=0.05)


def test_frames_that_were_missed_do_not_matter():
    track, frame, yx = brownian(1000, 400, 3.0)
    seen = np.random.default_rng(1).random(len(track)) < 0.7
    found = measure_diffusion(track[seen], frame[seen], yx[seen], RECORDING)
    assert found["diffusion_px2_per_frame"].mean() == pytest.approx(4.5, rel=0.02)
    assert found["msd_exponent"].mean() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("n_frames", "n_lags"), [(12, 3), (19, 4), (40, 10), (200, 10)])
def test_a_straight_line(n_frames, n_lags):
    frame = np.arange(n_frames)
    found = measure_diffusion(np.zeros(n_frames, int), frame, np.outer(frame, [3.0, 4.0]), RECORDING).loc[0]
    assert found["msd_exponent"] == pytest.approx(2)
    lag = np.arange(1, n_lags + 1)
    assert found["diffusion_px2_per_frame"] == pytest.approx(np.polyfit(lag, 25 * lag**2, 1)[0] / 4)


def test_short_tracks_and_cells_that_stay_are_empty_or_zero():
    frame, track = np.r_[np.arange(11), np.arange(20)], np.repeat([0, 1], [11, 20])
    yx = np.random.default_rng(0).normal(size=(31, 2))
    yx[track == 1] = 5
    found = measure_diffusion(track, frame, yx, RECORDING)
    assert found.loc[0].isna().all()
    assert found.loc[1].fillna(-1).tolist() == [0, -1, 0]


@pytest.mark.parametrize("n_rows", [0, 1])
def test_no_tracks_and_single_cells(n_rows):
    found = measure_diffusion(np.zeros(n_rows, int), np.zeros(n_rows, int), np.zeros((n_rows, 2)), RECORDING)
    assert len(found) == n_rows
    assert found.isna().all(axis=None)


def test_what_needs_an_unknown_scale_is_empty():
    found = measure_diffusion(*brownian(1, 50, 1.0), Recording(50, (10, 10), None, 20.0))
    assert found.isna().loc[0].tolist() == [True, False, False]


def test_a_pause_is_no_diffusion():
    """Steps go by the time that they took: frames 20 s apart, but for a pause of an hour after every tenth."""
    pauses = 3580.0 * (np.arange(500) // 10)
    taken_s = 20.0 * np.arange(500) + pauses
    rng, n_tracks = np.random.default_rng(2), 300
    steps = rng.normal(0, 1, (n_tracks, 500, 2)) * np.sqrt(2 * 0.3 * np.diff(taken_s, prepend=-20.0))[:, None]
    track, frame = np.divmod(np.arange(n_tracks * 500), 500)
    recording = Recording(500, (100, 200), pixel_size_um=0.5, frame_interval_s=20.0, taken_s=taken_s)
    found = measure_diffusion(track, frame, steps.cumsum(axis=1).reshape(-1, 2), recording)
    assert found["diffusion_um2_per_s"].mean() == pytest.approx(0.3 * 0.25, rel=0.03)
    assert found["msd_exponent"].mean() == pytest.approx(1, abs=0.03)
    # in frames, the pauses are steps like others
    assert found["diffusion_px2_per_frame"].mean() > 10 * 0.3 * 20
