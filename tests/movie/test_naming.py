"""Natural order and gaps in the numbering."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidewinder.movie.naming import in_natural_order, places_in_sequence


@settings(deadline=None)
@given(st.sets(st.integers(0, 10**9), min_size=1), st.integers(1, 10), st.randoms())
def test_any_numbers_in_any_padding(numbers, width, random):
    names = [f"frame_{number:0{width}d}.tif" for number in numbers]
    random.shuffle(names)
    assert in_natural_order(names) == [f"frame_{number:0{width}d}.tif" for number in sorted(numbers)]


@pytest.mark.parametrize(
    ("numbers", "missing", "places"),
    [
        pytest.param(
            [12, 13, 20], "14-19", (0, 1, 8), marks=pytest.mark.case("raw data", "numbers of frames are missing")
        ),
        ([0, 1, 3, 4, 7], "2, 5-6", (0, 1, 3, 4, 7)),
        ([0, 10, 20, 40], "30", (0, 1, 2, 4)),
        ([0, 10, 20, 45], "5, 15, 25-40", (0, 2, 4, 9)),
        ([*range(0, 60, 2), 61], "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, ...", (*range(0, 60, 2), 61)),
        ([0, 1, 2], None, ()),
        ([5, 10, 15], None, ()),
        ([7], None, ()),
    ],
)
def test_missing_numbers_are_said_and_leave_their_time_free(caplog, shown, numbers, missing, places):
    assert places_in_sequence("exp1", numbers) == places
    if missing is None:
        assert caplog.text == ""
    else:
        (record,) = caplog.records
        assert record.levelname == "WARNING"
        shown(record.getMessage(), 0)
        assert record.getMessage() == (
            f"exp1: the numbers {missing} are missing between {numbers[0]} and {numbers[-1]}; "
            "the time of these frames is left free"
        )
