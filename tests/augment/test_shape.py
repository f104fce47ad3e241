"""Crops in another shape: image and labels move together, nothing else does."""

from dataclasses import replace

import numpy as np

from sidewinder.augment import Augmentation, random_zoom, relight, sampling_grid, warp
from sidewinder.infer.rescale import Rescaling

STILL = Augmentation(elastic_px=0, rotation=False, stretch=0)
DARK = Augmentation(contrast=0, blur=0, noise=0)


def disk(size=128, radius=20):
    y, x = np.indices((size, size))
    return (np.hypot(y - size / 2, x - size / 2) < radius).astype(np.int32)


def test_image_and_labels_are_deformed_alike():
    rng = np.random.default_rng(0)
    labels = disk()
    grid = sampling_grid(96, np.array([64, 64]), 1.3, Augmentation(), rng)
    image = warp(labels.astype(np.float32), grid, labels=False)
    warped = warp(labels, grid, labels=True)
    assert warped.dtype == labels.dtype
    assert set(np.unique(warped)) <= {0, 1}
    assert np.mean((image > 0.5) == (warped == 1)) > 0.995


def test_zoom_scales_area():
    rng = np.random.default_rng(1)
    areas = []
    for _ in range(20):
        grid = sampling_grid(128, np.array([64, 64]), 1.5, replace(STILL, rotation=True), rng)
        areas.append(warp(disk(), grid, labels=True).sum())
    assert abs(np.mean(areas) / (1.5**2 * disk().sum()) - 1) < 0.02


def test_switched_off_the_crop_is_the_frame():
    frame = np.random.default_rng(2).random((65, 65)).astype(np.float32)
    rng = np.random.default_rng(0)
    grid = sampling_grid(65, np.array([32, 32]), 1.0, STILL, rng)
    crop = warp(frame, grid, labels=False)
    np.testing.assert_allclose(crop, frame, atol=1e-5)
    np.testing.assert_allclose(relight(crop, DARK, rng), frame, atol=1e-5)


def test_beyond_the_edges_the_frame_is_mirrored():
    frame = np.random.default_rng(2).random((20, 30)).astype(np.float32)
    y, x = np.meshgrid(np.arange(-7.0, 33.0), np.arange(-9.0, 41.0), indexing="ij")
    crop = warp(frame, np.stack([y, x]).astype(np.float32), labels=False)
    np.testing.assert_allclose(crop, np.pad(frame, ((7, 13), (9, 11)), "reflect"), atol=1e-6)


def test_made_smaller_a_crop_is_as_smooth_as_a_rescaled_frame():
    frame = np.random.default_rng(2).random((400, 400)).astype(np.float32)
    rescaled = Rescaling((400, 400), (160, 160)).apply(frame[None], 0, 0, 160)[0]
    grid = sampling_grid(160, np.array([199.5, 199.5]), 0.4, STILL, np.random.default_rng(0))
    smooth, sharp = (warp(frame, grid, labels=False, zoom=zoom) for zoom in (0.4, 1.0))
    assert abs(smooth.std() / rescaled.std() - 1) < 0.15
    assert sharp.std() > 1.5 * rescaled.std()


def test_zooms_fill_the_range_that_is_wanted_within_what_is_allowed():
    rng = np.random.default_rng(3)
    zooms = [random_zoom(0.5, 2.0, Augmentation(zoom=(0.1, 10)), rng) for _ in range(300)]
    assert 0.5 <= min(zooms) < 0.55
    assert 1.9 < max(zooms) <= 2.0
    assert abs(np.mean(np.log(zooms))) < 0.1
    assert random_zoom(5.0, 6.0, Augmentation(zoom=(0.1, 2)), rng) == 2


def test_chance_comes_from_the_generator_only():
    first, second = (sampling_grid(32, np.zeros(2), 1.0, Augmentation(), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
