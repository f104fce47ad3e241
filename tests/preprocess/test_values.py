"""Grey values are stored as they are, or refused by name."""

import numpy as np
import pytest

from sidewinder.errors import UserError
from sidewinder.preprocess.values import as_stored, check_contrast


@pytest.mark.parametrize(
    ("dtype", "stored"),
    [
        ("bool", "uint8"),
        ("uint8", "uint8"),
        ("int16", "int16"),
        ("uint32", "uint32"),
        ("int64", "int32"),
        ("uint64", "uint32"),
        ("float16", "float32"),
        ("float32", "float32"),
        ("float64", "float64"),
    ],
)
def test_values_that_fit_are_kept(dtype, stored):
    limits = np.iinfo(stored) if np.dtype(stored).kind in "iu" and dtype != "bool" else None
    frame = np.array([[[0, 1, limits.min, limits.max] if limits else [0, 1, 1, 0]]], dtype)
    found = as_stored("m.tif: frame 0", frame)
    assert found.dtype == stored
    assert found.tolist() == frame.tolist()


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [
        pytest.param(
            "int64",
            2**31,
            r"m\.tif: frame 3 has int64 values from 0 to 2147483648; expected values that fit int32",
            marks=pytest.mark.case("raw data", "64-bit pixels that do not fit 32 bits"),
        ),
        ("int64", -(2**31) - 1, "has int64 values from -2147483649 to 0"),
        ("uint64", 2**64 - 1, "has uint64 values from 0 to 18446744073709551615; expected values that fit uint32"),
        pytest.param(
            "float64",
            1e300,
            r"has values as large as 1e\+300, beyond what float32 holds \(3\.4e\+38\)",
            marks=pytest.mark.case("raw data", "grey values beyond float32"),
        ),
        ("float64", -1e39, r"as large as 1e\+39"),
        ("float32", -np.inf, "frame 3 has 1 pixels that are infinite"),
        ("float16", np.inf, "frame 3 has 1 pixels that are infinite"),
    ],
)
def test_values_that_do_not_fit_are_refused(dtype, value, message):
    with pytest.raises(UserError, match=message):
        as_stored("m.tif: frame 3", np.array([[[0, value]]], dtype))


def channel(least: float, largest: float, hottest: float | None = None) -> list[dict]:
    """The statistics of a channel whose pixels lie between two values, but for a hot one."""
    highest = largest if hottest is None else hottest
    return [{"channel": "GFP", "quantiles": {"0": least, "1": least, "99.8": largest, "100": highest}}]


@pytest.mark.parametrize(
    ("least", "largest", "dtype"),
    [
        (1e-300, 5e-300, "float64"),
        pytest.param(
            1e9,
            1e9 + 1,
            "float64",
            marks=pytest.mark.case("raw data", "contrast that float32 cannot hold beside the offset"),
        ),
        (2**30, 2**30 + 500, "int32"),
    ],
)
def test_contrast_that_the_network_cannot_see_is_refused(least, largest, dtype):
    with pytest.raises(UserError, match=r"m\.tif: the values of channel GFP lie between .*float32 has steps of"):
        check_contrast("m.tif", channel(least, largest), np.dtype(dtype))
    # where the raw movie itself has no finer steps, nothing is lost
    check_contrast("m.tif", channel(least, largest), np.dtype("float32"))


@pytest.mark.parametrize(
    ("least", "largest", "hottest"),
    [(0.0, 0.0, None), (7, 7, None), (1e9, 1e9 + 2000, None), (0, 2**32 - 1, None), (0, 40, 1e12), (0, 0, 3)],
)
def test_other_contrast_is_not_nor_black_frames(least, largest, hottest):
    check_contrast("m.tif", channel(least, largest, hottest), np.dtype("float64"))
