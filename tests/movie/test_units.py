"""Lengths and times in the units that files use."""

import pytest

from sidewinder.movie.units import length_um, pixel, time_s


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1, "um", 1.0),
        (1, "Micron", 1.0),
        (1, " µm", 1.0),
        (1, "μm", 1.0),
        (1, "\\u00B5m", 1.0),
        (1, "micrometer", 1.0),
        (65, "nm", 0.065),
        (0.1, "nanometer", 0.0001),
        (2, "mm", 2000.0),
        (2, "cm", 20000.0),
        (3e-7, "m", 0.3),
        (5, "Å", 0.0005),
        (5, "angstrom", 0.0005),
        (1, "inch", None),
        (1, "pixel", None),
        (1, "", None),
        (1, None, None),
        (0, "um", None),
        (-1, "um", None),
        (float("nan"), "um", None),
        (float("inf"), "um", None),
        (None, "um", None),
    ],
)
def test_lengths(caplog, value, unit, expected):
    assert length_um("m.tif", value, unit) == expected
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("s", 6.0), ("sec", 6.0), ("ms", 0.006), ("us", 6e-6), ("min", 360.0), ("hour", 21600.0), ("d", 518400.0)],
)
def test_times(unit, expected):
    assert time_s("m.tif", 6, unit) == expected


def test_a_strange_unit_is_said(caplog):
    assert time_s("m.tif", 6, "fortnight") is None
    assert caplog.messages == [
        "m.tif: the unit 'fortnight' of the frame interval is not understood; the frame interval counts as not known"
    ]


@pytest.mark.parametrize(
    ("x_um", "y_um", "expected"),
    [
        (0.5, 0.5, (0.5, 1.0)),
        (0.5, 0.5002, (0.5, 1.0)),
        (0.25, 1.0, (0.5, 4.0)),
        (1.0, 0.25, (0.5, 0.25)),
        (0.5, None, (0.5, 1.0)),
        (None, 0.5, (0.5, 1.0)),
        (None, None, (None, 1.0)),
    ],
)
def test_a_pixel_has_the_side_of_the_square_of_its_area_and_an_aspect(x_um, y_um, expected):
    assert tuple(pixel("m.tif", x_um, y_um).values()) == expected


def test_of_a_pixel_more_than_ten_times_as_long_as_wide_one_side_is_wrong(caplog):
    assert pixel("m.tif", 0.3, 3.1) == {"pixel_size_um": None, "pixel_aspect": 1.0}
    assert "m.tif: pixels are 0.3 um wide and 3.1 um high, of which one must be wrong" in caplog.text
