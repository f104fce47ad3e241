"""Radix selection against sorting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sidewinder.preprocess.order import RankSelection, restore, sortable

DTYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "uint64", "int64", "float64"]


def finite_arrays(min_size: int = 1):
    def of(dtype):
        floats = {"allow_nan": False, "allow_infinity": False} if np.dtype(dtype).kind == "f" else {}
        return hnp.arrays(dtype, st.integers(min_size, 60), elements=hnp.from_dtype(np.dtype(dtype), **floats))

    return st.sampled_from(DTYPES).flatmap(of)


@settings(deadline=None)
@given(finite_arrays())
def test_keys_have_the_order_of_the_values_and_lead_back(values):
    keys = sortable(values)
    assert keys.dtype == f"u{values.dtype.itemsize}"
    np.testing.assert_array_equal(values[np.argsort(keys, kind="stable")], np.sort(values))
    np.testing.assert_array_equal(restore(keys, values.dtype), values)


@settings(deadline=None)
@given(finite_arrays(), st.data())
def test_ranks_are_those_of_the_sorted_values(values, data):
    ranks = data.draw(st.lists(st.integers(1, len(values)), min_size=1, max_size=8))
    pieces = np.array_split(values, data.draw(st.integers(1, 4)))
    selection = RankSelection(values.dtype)
    passes = 0
    while True:
        for piece in pieces:
            selection.count(piece)
        if passes == 0:
            assert selection.n_counted == len(values)
        passes += 1
        if not selection.end_pass(ranks):
            break
    assert passes == max(1, values.dtype.itemsize // 2)
    found = selection.values()
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, np.sort(values)[np.array(ranks) - 1])


@pytest.mark.parametrize("dtype", ["uint32", "int32", "uint64", "int64"])
def test_values_on_both_sides_of_every_digit(dtype):
    digits = range(16, 8 * np.dtype(dtype).itemsize - 1, 16)
    edges = [0, *(digit * (1 << bits) for bits in digits for digit in (1, 2, 3))]
    values = np.array([edge + small for edge in edges for small in (0, 1, 1, 5)], dtype)
    selection = RankSelection(dtype)
    selection.count(values)
    while selection.end_pass(range(1, len(values) + 1)):
        selection.count(values)
    np.testing.assert_array_equal(selection.values(), np.sort(values))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_both_zeros_are_one_value(dtype):
    selection = RankSelection(dtype)
    values = np.array([0.0, -0.0, -0.0, 0.0, 1.0], dtype)
    selection.count(values)
    while selection.end_pass([1, 4, 5]):
        selection.count(values)
    assert selection.values().tolist() == [0, 0, 1]
    assert not np.signbit(selection.values()).any()


def test_close_floats_are_told_apart():
    values = np.nextafter(np.full(1000, 1000.0, "float32"), np.float32(2000))
    values[:500] = 1000.0
    selection = RankSelection(values.dtype)
    selection.count(values)
    while selection.end_pass([500, 501]):
        selection.count(values)
    assert selection.values().tolist() == [1000.0, float(values[-1])]
