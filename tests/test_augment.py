"""Augmentation: image and labels move together, nothing else does."""

import numpy as np

from sidewinder.augment import Augmentation, random_zoom, relight, sampling_grid, warp


def disk(size=128, radius=20):
    y, x = np.indices((size, size))
    return (np.hypot(y - size / 2, x - size / 2) < radius).astype(np.int32)


def test_image_and_labels_are_deformed_alike():
    rng = np.random.default_rng(0)
    labels = disk()
    grid = sampling_grid(96, np.array([64, 64]), 1.3, 6.0, rng)
    image = warp(labels.astype(np.float32), grid, labels=False)
    warped = warp(labels, grid, labels=True)
    assert warped.dtype == labels.dtype
    assert set(np.unique(warped)) <= {0, 1}
    assert np.mean((image > 0.5) == (warped == 1)) > 0.995


def test_zoom_scales_area():
    rng = np.random.default_rng(1)
    areas = []
    for _ in range(20):
        grid = sampling_grid(128, np.array([64, 64]), 1.5, 0.0, rng)
        areas.append(warp(disk(), grid, labels=True).sum())
    # a stretch of 8 % a side is part of the deformation
    assert abs(np.mean(areas) / (1.5**2 * disk().sum()) - 1) < 0.1


def test_without_deformation_the_crop_is_the_frame_turned():
    frame = np.random.default_rng(2).random((65, 65)).astype(np.float32)
    identity = np.stack(np.meshgrid(np.arange(65.0), np.arange(65.0), indexing="ij")).astype(np.float32)
    np.testing.assert_allclose(warp(frame, identity, labels=False), frame, atol=1e-6)


def test_zoom_aims_at_the_range_of_diameters():
    rng = np.random.default_rng(3)
    augmentation = Augmentation(diameter_px=(14, 70), zoom=(0.1, 10))
    reached = [30 * random_zoom(30, augmentation, rng) for _ in range(300)]
    assert min(reached) >= 14 - 1e-9
    assert max(reached) <= 70 + 1e-9
    assert max(reached) / min(reached) > 4
    assert 0.45 <= random_zoom(float("nan"), Augmentation(), rng) <= 1.8


def test_relight_keeps_shape_and_stays_positive():
    rng = np.random.default_rng(4)
    image = disk().astype(np.float32)
    for _ in range(20):
        changed = relight(image, rng)
        assert changed.shape == image.shape
        assert changed.dtype == np.float32
        assert changed.min() >= 0
        assert changed[64, 64] > changed[5, 5]  # a bright cell stays brighter than its background


def test_chance_comes_from_the_generator_only():
    first, second = (sampling_grid(32, np.zeros(2), 1.0, 4.0, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
