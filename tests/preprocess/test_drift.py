"""The drift of the stage under light that changes."""

from dataclasses import replace

import numpy as np

from sidewinder.preprocess.drift import find_drift
from sidewinder.preprocess.texture import texture_of
from sidewinder.simulate.movie import simulate
from sidewinder.simulate.scenes import SCENES

N_FRAMES = 16


def test_light_that_fades_and_flickers_does_not_move_the_stage():
    scene = replace(
        SCENES["plain"], n_frames=N_FRAMES, n_specks=60, seed=6, drift_px_per_frame=0.6, jumps_px={5: (5.0, -7.0)}
    )
    movie, offset = simulate(scene), float(scene.optics.offset_counts)
    # to a fifth, and each frame by itself to between 0.6 and 1
    left = 0.2 ** (np.arange(N_FRAMES) / (N_FRAMES - 1)) * np.random.default_rng(6).uniform(0.6, 1, N_FRAMES)
    frames = np.rint(np.maximum(movie.frames - offset, 0) * left[:, None, None] + offset).astype(np.uint16)
    drift = find_drift(lambda: ((number, texture_of(plane, None)) for number, plane in enumerate(frames)), N_FRAMES)
    assert drift.measured.all()
    missed = drift.yx_px - movie.drift_px
    # only differences of places mean anything; with frames as bright as they are it is 0.13
    assert np.sqrt(((missed - missed.mean(axis=0)) ** 2).mean()) < 0.1
    assert np.abs(movie.drift_px).max() > 5
