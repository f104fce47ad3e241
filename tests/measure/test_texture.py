"""Textures of cells, each by its own pixels alone."""

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage as ndi

from sidewinder.measure import column_names, measure_frame
from sidewinder.measure.texture import DISTANCE_PX, LEVELS, measure_textures
from sidewinder.names import TEXTURES
from sidewinder.settings import MeasureSettings

# as scikit-image has them at 45 and 135 degrees
STEPS = [(0, DISTANCE_PX), (2, 2), (DISTANCE_PX, 0), (2, -2)]


@pytest.fixture(scope="module")
def scene():
    """Cells that touch, one that is too small for any pair, one at the corner of the frame, and two channels."""
    rng = np.random.default_rng(4)
    seeds = np.zeros((60, 70), int)
    for label, place in enumerate([(15, 20), (15, 36), (40, 20), (0, 69)], start=1):
        seeds[place] = label
    distance, nearest = ndi.distance_transform_edt(seeds == 0, return_indices=True)
    labels = np.where(distance < 12, seeds[tuple(nearest)], 0).astype(np.uint32)
    labels[50:52, 50:52] = 9
    smooth = ndi.gaussian_filter(rng.normal(0, 900, labels.shape), 2) + 500
    return labels, np.stack([rng.normal(800, 90, labels.shape), smooth]).astype(np.float32)


def pair_by_pair(values, inside):
    """The co-occurrence matrix of one cell, as its definition says."""
    least, largest = values[inside].min(), values[inside].max()
    matrix = np.zeros((LEVELS, LEVELS))
    level = {
        tuple(place): min(int((float(values[tuple(place)]) - least) / (float(largest) - least) * LEVELS), LEVELS - 1)
        for place in np.argwhere(inside).tolist()
    }
    for (y, x), one in level.items():
        for dy, dx in STEPS:
            other = level.get((y + dy, x + dx))
            if other is not None:
                matrix[one, other] += 1
                matrix[other, one] += 1
    return matrix / matrix.sum()


def test_they_are_those_of_the_definition(scene):
    labels, image = scene
    found = measure_textures(image[0], labels, np.array([1, 2, 3, 4, 9]), TEXTURES)
    i, j = np.mgrid[:LEVELS, :LEVELS]
    for place, label in enumerate((1, 2, 3, 4)):
        share = pair_by_pair(image[0], labels == label)
        mean, some = (share * i).sum(), share[share > 0]
        variance = (share * (i - mean) ** 2).sum()
        expected = {
            "contrast": (share * (i - j) ** 2).sum(),
            "dissimilarity": (share * abs(i - j)).sum(),
            "homogeneity": (share / (1 + (i - j) ** 2)).sum(),
            "energy": np.sqrt((share**2).sum()),
            "correlation": (share * (i - mean) * (j - mean)).sum() / variance,
            "entropy": -(some * np.log(some)).sum(),
        }
        assert {name: of[place] for name, of in found.items()} == pytest.approx(expected)
    assert all(np.isnan(of[4]) for of in found.values())


def test_smooth_cells_are_told_from_noisy_ones(scene):
    cells = measure_frame(*scene, ("noise", "smooth"), MeasureSettings(textures=True)).set_index("label").loc[[1, 2, 3]]
    assert (cells["texture_correlation_noise"].abs() < 0.2).all()
    assert (cells["texture_correlation_smooth"] > 0.3).all()
    assert (cells["texture_contrast_smooth"] < cells["texture_contrast_noise"]).all()


def test_brightness_and_what_lies_beside_change_nothing(scene):
    labels, image = scene
    settings = MeasureSettings(textures=("contrast", "entropy"))
    cells = measure_frame(labels, image, ("a", "b"), settings)
    asked = [name for name in cells if name.startswith("texture_")]
    assert asked == [f"texture_{name}_{channel}" for channel in "ab" for name in settings.textures]
    bleached = np.where(labels > 0, image / 4, 60000)
    pd.testing.assert_frame_equal(measure_frame(labels, bleached, ("a", "b"), settings)[asked], cells[asked])


def test_a_cell_of_one_grey_value_and_no_cells():
    labels = np.zeros((20, 20), np.int32)
    settings = MeasureSettings(textures=True)
    none = measure_frame(labels, np.ones((1, 20, 20)), ("a",), settings)
    assert list(none) == column_names(("a",), settings)
    labels[4:12, 4:12] = 1
    (cell,) = measure_frame(labels, np.full((1, 20, 20), 7, np.uint8), ("a",), settings).itertuples()
    assert (cell.texture_contrast_a, cell.texture_entropy_a, cell.texture_homogeneity_a) == (0, 0, 1)
    assert (cell.texture_energy_a, cell.texture_correlation_a) == (1, 1)
