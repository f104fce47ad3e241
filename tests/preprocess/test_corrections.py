"""Flat field, bleaching and drift of simulated movies, whose light and stage are known."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.preprocess.bleaching import background_and_contrast, contrast_left
from sidewinder.preprocess.convert import convert
from sidewinder.preprocess.light import Fading, Light, light_of, seen_statistics
from sidewinder.simulate.movie import simulate
from sidewinder.simulate.optics import illumination
from sidewinder.simulate.scenes import SCENES
from sidewinder.store import open_image

OFFSET, VIGNETTING, N_FRAMES = SCENES["plain"].optics.offset_counts, 0.5, 10
# a black frame, and a copy of the one before
BLACK, COPIED = 4, 8
TIMES_S = [300.0 * frame + 3600 * (frame > 6) for frame in range(N_FRAMES)]
LEFT = 0.3 + 0.7 * np.exp(-np.arange(N_FRAMES) / 10)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """The path of a movie with uneven light, bleaching, drift, two bad frames and uneven times; its drift in px."""
    scene = replace(
        SCENES["plain"],
        n_frames=N_FRAMES,
        n_specks=60,
        seed=4,
        drift_px_per_frame=0.6,
        jumps_px={5: (5.0, -7.0)},
        optics=replace(SCENES["plain"].optics, vignetting=VIGNETTING, haze=0),
    )
    movie = simulate(scene)
    frames = (movie.frames - float(OFFSET)) * LEFT[:, None, None] + OFFSET
    frames = np.rint(np.maximum(frames, 0)).astype(np.uint16)
    frames[BLACK], frames[COPIED] = 0, frames[COPIED - 1]
    path = tmp_path_factory.mktemp("filmed") / "film.ome.tif"
    planes = {"DeltaT": TIMES_S, "DeltaTUnit": ["s"] * N_FRAMES}
    tifffile.imwrite(path, frames, metadata={"axes": "TYX", "Plane": planes})
    return path, movie.drift_px


@pytest.fixture(scope="module")
def corrected(filmed, tmp_path_factory):
    """That movie with all steps on."""
    output = tmp_path_factory.mktemp("corrected") / "image.ome.zarr"
    settings = {"flat_field": "estimated", "dark_field": OFFSET, "bleaching": True, "drift": True}
    convert(filmed[0], output, position=None, channel="0", settings=settings)
    return open_image(output)


def test_bad_frames_are_found_and_times_are_exact(corrected):
    assert corrected.no_image == {"black_frame": [BLACK], "copied_frame": [COPIED]}
    assert corrected.times_s.tolist() == TIMES_S


def test_the_drift_is_found_to_a_tenth_of_a_pixel(corrected, filmed):
    good = np.delete(np.arange(N_FRAMES), [BLACK, COPIED])
    missed = (corrected.drift_px - filmed[1])[good]
    # only differences of places mean anything
    assert np.sqrt(((missed - missed.mean(axis=0)) ** 2).mean()) < 0.1
    assert np.abs(filmed[1]).max() > 5
    measured = corrected.attributes["drift"]["measured"]
    assert np.flatnonzero(~np.array(measured)).tolist() == [BLACK, COPIED]


def test_the_light_is_found_to_two_percent(corrected):
    light = light_of(corrected, [0])
    shape = corrected.data.shape[2:]
    true = illumination(shape, VIGNETTING, tuple(0.4 * side for side in shape))
    ratio = light.flat[0] / true
    of_frames = light.fading.contrast[:, 0] / LEFT
    # how bright the whole is has no meaning
    for found in (ratio, of_frames):
        assert np.sqrt(np.mean((found / found.mean() - 1) ** 2)) < 0.02
    assert np.std(true) > 0.03 * np.mean(true)
    assert (light.dark == OFFSET).all()


def test_the_image_stays_raw_and_the_network_sees_it_corrected(corrected, filmed):
    np.testing.assert_array_equal(corrected.data[:, 0], tifffile.imread(filmed[0]))
    seen = light_of(corrected, [0]).correct(corrected.data[N_FRAMES - 1], N_FRAMES - 1)
    levels = [background_and_contrast(plane.ravel())[1] for plane in (corrected.data[0, 0], seen[0])]
    assert levels[1] == pytest.approx(levels[0], rel=0.1)
    quantiles = seen_statistics(corrected)[0]["quantiles"]
    assert quantiles["50"] < corrected.attributes["statistics"][0]["quantiles"]["50"] - OFFSET / 2


def test_rows_are_corrected_as_the_whole_frame_is():
    rng = np.random.default_rng(0)
    flat, dark = rng.uniform(0.5, 1.5, (2, 9, 7)).astype("f4"), rng.uniform(0, 9, (2, 9, 7)).astype("f4")
    light = Light(flat, dark, Fading(rng.uniform(50, 60, (3, 2)), rng.uniform(0.5, 1, (3, 2))))
    frame = rng.integers(0, 999, (2, 9, 7)).astype("u2")
    np.testing.assert_array_equal(light.correct(frame[:, 4:6], 2, 4), light.correct(frame, 2)[:, 4:6])
    expected = (frame[1, 3, 5] - dark[1, 3, 5]) / flat[1, 3, 5]
    expected = (expected - light.fading.background[2, 1]) / light.fading.contrast[2, 1] + light.fading.background[0, 1]
    assert light.correct(frame, 2)[1, 3, 5] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("trend", [1.0, 1.03], ids=["steady", "rising"])
def test_light_that_does_not_fall_is_left_alone(trend):
    noise = np.random.default_rng(1).normal(1, 0.02, 30)
    assert (contrast_left(100 * noise * trend ** np.arange(30)) == 1).all()


def test_cells_that_move_together_over_an_empty_dish_are_no_drift(tmp_path, caplog):
    together = {frame: (3.0, 3.0) for frame in (1, 2, 3)}
    scene = replace(SCENES["plain"], n_frames=4, n_specks=0, n_deaths=0, jumps_px=together)
    tifffile.imwrite(tmp_path / "m.tif", simulate(scene).frames, photometric="minisblack")
    with caplog.at_level(logging.WARNING):
        image = converted(tmp_path, {"drift": True})
    assert image.drift_px is None
    assert "no texture between cells that frames have in common was found" in caplog.text


def converted(folder, settings):
    """The movie m.tif of a folder with some steps on."""
    convert(folder / "m.tif", folder / "out", position=None, channel="0", settings=settings)
    return open_image(folder / "out")


@pytest.mark.parametrize("dark", [0, 9])
def test_a_given_flat_field_is_taken(tmp_path, dark):
    rng = np.random.default_rng(2)
    tifffile.imwrite(tmp_path / "m.tif", rng.integers(50, 999, (3, 20, 30)).astype("u2"), photometric="minisblack")
    flat = rng.uniform(1, 3, (20, 30)).astype("f4")
    tifffile.imwrite(tmp_path / "flat.tif", flat)
    light = light_of(converted(tmp_path, {"flat_field": str(tmp_path / "flat.tif"), "dark_field": dark}), [0])
    np.testing.assert_allclose(light.flat[0], flat / flat.mean(), rtol=1e-5)
    assert (light.dark == dark).all()
    assert light.fading is None


@pytest.mark.parametrize(
    ("flat", "said"),
    [
        (np.ones((20, 31), "f4"), r"float32 of shape \(20, 31\); expected numbers of shape \(20, 30\)"),
        (np.zeros((20, 30), "f4"), "has values down to 0; expected light, above 0 everywhere"),
        (np.full((20, 30), np.nan, "f4"), "has pixels that are no finite numbers"),
        (None, "not a readable TIFF file"),
    ],
    ids=["size", "zero", "nan", "missing"],
)
def test_a_flat_field_that_does_not_fit_is_refused(tmp_path, flat, said):
    tifffile.imwrite(tmp_path / "m.tif", np.arange(1800, dtype="u2").reshape(3, 20, 30), photometric="minisblack")
    if flat is not None:
        tifffile.imwrite(tmp_path / "flat.tif", flat)
    with pytest.raises(UserError, match=said):
        converted(tmp_path, {"flat_field": str(tmp_path / "flat.tif")})
    assert not (tmp_path / "out").exists()


def test_frames_too_small_to_estimate_the_light_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.arange(1800, dtype="u2").reshape(3, 20, 30), photometric="minisblack")
    with pytest.raises(UserError, match="frames of 20 x 30 px are too small to estimate it; expected 128 px"):
        converted(tmp_path, {"flat_field": "estimated"})
