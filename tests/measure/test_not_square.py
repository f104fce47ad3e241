"""Cells in pixels that are not square are measured as if these were."""

import numpy as np
import pytest

from sidewinder.measure import measure_frame
from sidewinder.pixel_size import of_pixel
from sidewinder.settings import MeasureSettings

SIDES_UM = [(0.5, 0.25), (0.25, 0.5), (0.6, 0.2)]


def drawn(height_um, width_um, half_y_um, half_x_um, places_um):
    """Ellipses with these half axes along y and x."""
    shape = (round(60 / height_um), round(60 / width_um))
    y, x = (np.arange(n) * side for n, side in zip(shape, (height_um, width_um), strict=True))
    labels = np.zeros(shape, np.int32)
    for label, (b, a) in enumerate(places_um, start=1):
        labels[((y[:, None] - b) / half_y_um) ** 2 + ((x - a) / half_x_um) ** 2 <= 1] = label
    return labels


def measured(height_um, width_um, half_y_um, half_x_um, *places_um, settings=None, image=None):
    labels = drawn(height_um, width_um, half_y_um, half_x_um, places_um)
    size_um, aspect = of_pixel(height_um, width_um)
    image = np.zeros((0, *labels.shape)) if image is None else image
    channels = ("c",) * len(image)
    return measure_frame(labels, image, channels, settings or MeasureSettings(), pixel_aspect=aspect), size_um


@pytest.mark.parametrize("sides_um", SIDES_UM)
def test_a_circle_has_equal_axes_in_um(sides_um):
    cells, um = measured(*sides_um, 8, 8, (30.1, 29.8))
    (cell,) = cells.to_dict("records")
    assert cell["major_axis_px"] * um == pytest.approx(16, rel=0.01)
    assert cell["minor_axis_px"] * um == pytest.approx(16, rel=0.01)
    assert cell["area_px"] * um**2 == pytest.approx(np.pi * 64, rel=0.01)
    # axes that differ by a hundredth
    assert cell["eccentricity"] < 0.2
    assert cell["solidity"] > 0.97
    assert cell["perimeter_px"] * um == pytest.approx(2 * np.pi * 8, rel=0.02)
    # places are the frame's own pixels
    assert (cell["y_px"] * sides_um[0], cell["x_px"] * sides_um[1]) == pytest.approx((30.1, 29.8), abs=0.05)


@pytest.mark.parametrize("sides_um", SIDES_UM)
def test_an_ellipse_keeps_its_axes_whichever_way_it_lies(sides_um):
    along_y, um = measured(*sides_um, 10, 5, (30, 30))
    along_x, _ = measured(*sides_um, 5, 10, (30, 30))
    for cells, angle in ((along_y, 0), (along_x, np.pi / 2)):
        assert cells["major_axis_px"][0] * um == pytest.approx(20, rel=0.01)
        assert cells["minor_axis_px"][0] * um == pytest.approx(10, rel=0.02)
        assert abs(cells["orientation_rad"][0]) == pytest.approx(angle, abs=0.01)


def test_neighbours_are_as_far_along_y_as_along_x():
    along_y, um = measured(0.5, 0.25, 4, 4, (20, 30), (32, 30))
    along_x, _ = measured(0.5, 0.25, 4, 4, (30, 20), (30, 32))
    for cells in (along_y, along_x):
        assert cells["nearest_neighbour_px"][0] * um == pytest.approx(12, abs=0.1)
        assert cells["n_neighbours"].tolist() == [1, 1]


def test_a_ring_is_as_wide_along_y_as_along_x():
    # light from 2 to 4 um around the circle, where alone the ring is
    around = drawn(0.5, 0.25, 12, 12, [(30, 30)]) - drawn(0.5, 0.25, 10, 10, [(30, 30)])
    um = of_pixel(0.5, 0.25)[0]
    settings = MeasureSettings(ring_px=[2.3 / um, 3.7 / um])
    cells, _ = measured(0.5, 0.25, 8, 8, (30, 30), settings=settings, image=100.0 * around[None])
    assert cells["ring_mean_c"][0] > 95
