"""What is measured of a cell, against scipy and arithmetic."""

import numpy as np
from scipy import ndimage as ndi

from sidewinder.measure import column_name, column_names, measure_frame


def scene():
    labels = np.zeros((40, 60), dtype=np.int32)
    labels[5:15, 8:20] = 1
    labels[30:40, 50:55] = 2  # touches the lower edge
    y, x = np.ogrid[:40, :60]
    labels[(y - 25) ** 2 / 100 + (x - 30) ** 2 / 36 <= 1] = 4
    image = np.random.default_rng(0).integers(0, 4000, size=(2, 40, 60)).astype(np.uint16)
    return labels, image


def test_place_size_and_intensity_agree_with_scipy():
    labels, image = scene()
    cells = measure_frame(labels, image, ("GFP", "DAPI"))
    assert list(cells["label"]) == [1, 2, 4]
    labels, index = np.where(labels == 4, 3, labels), np.arange(1, 4)  # scipy warns of numbers that are left out
    np.testing.assert_array_equal(cells["area_px"], ndi.sum_labels(labels > 0, labels, index))
    centres = np.array(ndi.center_of_mass(labels > 0, labels, index))
    np.testing.assert_allclose(cells[["y_px", "x_px"]], centres)
    for values, name in zip(image, ("GFP", "DAPI"), strict=True):
        values = values.astype(float)
        np.testing.assert_allclose(cells[f"mean_{name}"], ndi.mean(values, labels, index))
        np.testing.assert_allclose(cells[f"std_{name}"], ndi.standard_deviation(values, labels, index))
        np.testing.assert_allclose(cells[f"min_{name}"], ndi.minimum(values, labels, index))
        np.testing.assert_allclose(cells[f"max_{name}"], ndi.maximum(values, labels, index))
        np.testing.assert_allclose(cells[f"sum_{name}"], ndi.sum_labels(values, labels, index))


def test_shape_of_an_ellipse():
    labels, image = scene()
    ellipse = measure_frame(labels, image, ("a", "b")).set_index("label").loc[4]
    assert abs(ellipse["major_axis_px"] - 20) < 1
    assert abs(ellipse["minor_axis_px"] - 12) < 1
    assert abs(ellipse["eccentricity"] - np.sqrt(1 - 0.36)) < 0.03
    assert abs(ellipse["orientation_rad"]) < 0.01  # long axis along y
    assert ellipse["solidity"] > 0.9


def test_the_edge_is_noticed():
    labels, image = scene()
    assert list(measure_frame(labels, image, ("a", "b"))["touches_border"]) == [False, True, False]


def test_the_edge_of_what_holds_data_is_noticed_and_is_no_background():
    labels, image = np.zeros((40, 60), int), np.full((1, 40, 60), 50.0)
    labels[10:16, 4:10], labels[10:16, 20:26], labels[10:16, 40:46] = 1, 2, 3
    missing = np.zeros((40, 60), bool)
    missing[:, 48:] = missing[9, 22] = True
    image[:, missing] = np.nan
    cells = measure_frame(labels, image, ("a",), missing=missing)
    assert list(cells["touches_border"]) == [False, True, False]
    assert list(measure_frame(labels, image, ("a",))["touches_border"]) == [False, False, False]
    np.testing.assert_allclose(cells["background_a"], 50)
    missing[:, 47] = True
    assert list(measure_frame(labels, image, ("a",), missing=missing)["touches_border"]) == [False, True, True]


def test_no_cells_and_one_pixel_give_the_same_columns_and_types():
    _, image = scene()
    empty = measure_frame(np.zeros((40, 60), np.int32), image, ("a", "b"))
    one = np.zeros((40, 60), np.int32)
    one[3, 4] = 1
    single = measure_frame(one, image, ("a", "b"))
    assert list(empty.columns) == list(single.columns) == column_names(("a", "b"))
    assert list(empty.dtypes) == list(single.dtypes)
    assert (len(empty), len(single)) == (0, 1)
    assert single.loc[0, "mean_a"] == image[0, 3, 4]


def test_names_of_channels_become_columns():
    assert column_name("GFP 488 (raw)") == "GFP_488_raw"
    assert column_name("   ") == "channel"
    names = column_names(("a b", "a-b"))
    assert {"mean_a_b_0", "mean_a_b_1"} <= set(names)
    assert len(names) == len(set(names))
