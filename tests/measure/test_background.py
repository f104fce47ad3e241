"""The background around cells, against its definition pixel by pixel and against frames of which it is known."""

import numpy as np
import pytest
from scipy import ndimage as ndi

from sidewinder.measure import measure_frame
from sidewinder.measure.background import FAR_WEIGHT, GLOW_PX, REACH_TILES, TILE_PX, clear_of, measure_background


def discs(shape, pitch, radius):
    """Labels of discs on a lattice."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    inside = (y % pitch - pitch // 2) ** 2 + (x % pitch - pitch // 2) ** 2 <= radius**2
    return np.where(inside, (y // pitch) * (shape[1] // pitch + 1) + x // pitch + 1, 0)


def by_definition(values, clear, y_px, x_px):
    """One place, one tile after the other."""
    weight = weighted = 0.0
    for top in range(0, values.shape[0], TILE_PX):
        for left in range(0, values.shape[1], TILE_PX):
            tile = slice(top, top + TILE_PX), slice(left, left + TILE_PX)
            pixels = values[tile][clear[tile]]
            if pixels.size:
                y, x = top + (TILE_PX - 1) / 2, left + (TILE_PX - 1) / 2
                far = max(abs((y_px + 0.5) // TILE_PX - top // TILE_PX), abs((x_px + 0.5) // TILE_PX - left // TILE_PX))
                near = np.exp(-((y - y_px) ** 2 + (x - x_px) ** 2) / 2 / TILE_PX**2) if far <= REACH_TILES else 0
                weight += (near + FAR_WEIGHT) * pixels.size
                weighted += (near + FAR_WEIGHT) * pixels.size * np.median(pixels.astype(float))
    return weighted / weight if weight else np.nan


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32])
@pytest.mark.parametrize("shape", [(1, 1), (31, 33), (32, 64), (150, 401)])
def test_it_is_what_it_is_defined_as(shape, dtype):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, shape).astype(dtype)
    clear = ndi.gaussian_filter(rng.normal(size=shape), 10) > 0
    clear[shape[0] // 2 :, shape[1] // 2 :] = False
    y_px, x_px = rng.uniform(0, np.array(shape)[:, None] - 1, (2, 30))
    found = measure_background(values, clear, y_px, x_px)
    expected = [by_definition(values, clear, *place) for place in zip(y_px, x_px, strict=True)]
    np.testing.assert_allclose(found, expected)


def test_clear_is_what_is_away_from_cells():
    labels = np.zeros((40, 50), int)
    labels[10:14, 20:30], labels[0, 0], labels[-1, 25] = 1, 2, 3
    near = ndi.maximum_filter(labels > 0, 2 * GLOW_PX + 1, mode="constant")
    np.testing.assert_array_equal(clear_of(labels > 0), ~near)


def test_an_even_background_is_found_whatever_cells_glow():
    labels = discs((256, 320), 40, 11)
    image = 200 + ndi.gaussian_filter(np.where(labels, 1000.0, 0), 1)
    cells = measure_frame(labels, image[None], ("a",))
    np.testing.assert_allclose(cells["background_a"], 200, atol=0.1)
    blurred = ndi.mean(image - 200, labels, cells["label"])
    np.testing.assert_allclose(cells["corrected_mean_a"], blurred, atol=0.1)
    np.testing.assert_allclose(cells["corrected_sum_a"], blurred * cells["area_px"], rtol=1e-3)


def test_a_slanting_background_and_specks_are_followed():
    labels = discs((640, 800), 40, 11)
    y, x = np.mgrid[:640, :800]
    slope = 100 + 0.2 * y + 0.1 * x
    image = slope + np.where(labels, 500, 0)
    specks = (np.random.default_rng(0).random(image.shape) < 0.05) & (labels == 0)
    cells = measure_frame(labels, np.where(specks, 60000, image)[None], ("a",)).set_index("label")
    truth = 100 + 0.2 * cells["y_px"] + 0.1 * cells["x_px"]
    error = cells["background_a"] - truth
    inner = cells["y_px"].between(100, 540) & cells["x_px"].between(100, 700)
    # of a range of 208; at the edge the background is known on one side only, on the average a tile away
    assert error[inner].abs().max() < 1.5
    assert error.abs().max() < 0.3 * TILE_PX
    np.testing.assert_allclose(cells.loc[inner, "corrected_mean_a"], 500, atol=1.5)
    np.testing.assert_allclose(cells.loc[inner, "corrected_sum_a"], 500 * cells.loc[inner, "area_px"], rtol=0.003)


def test_where_cells_fill_everything_near_the_frame_decides():
    labels = np.ones((400, 900), int)
    labels[:, 300:] = 2
    labels[:, 880:] = 0
    image = np.where(labels == 0, 70, 1000).astype(np.uint16)
    cells = measure_frame(labels, image[None], ("a",))
    assert cells["background_a"].tolist() == [70, 70]
    # no pixel is away from cells
    labels[:, 878:], labels[5, 899] = 2, 0
    image[5, 899] = 60
    assert measure_frame(labels, image[None], ("a",))["background_a"].tolist() == [60, 60]


def test_without_any_background_it_is_empty():
    cells = measure_frame(np.ones((50, 60), int), np.full((1, 50, 60), 7, np.uint8), ("a",))
    assert cells[["background_a", "corrected_mean_a", "corrected_sum_a"]].isna().all(axis=None)
    assert cells["mean_a"].tolist() == [7]


def test_each_channel_has_its_own():
    labels = discs((80, 80), 40, 8)
    image = np.where(labels, 90, np.array([10, 20])[:, None, None]).astype(np.uint8)
    cells = measure_frame(labels, image, ("a", "b"))
    assert set(cells["corrected_mean_a"]) == {80}
    assert set(cells["corrected_mean_b"]) == {70}
