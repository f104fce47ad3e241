"""Natural order and gaps in the numbering."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidewinder.errors import UserError
from sidewinder.movie.naming import in_natural_order, warn_of_order


@settings(deadline=None)
@given(st.sets(st.integers(0, 10**9), min_size=1), st.integers(1, 10), st.randoms())
def test_any_numbers_in_any_padding(numbers, width, random):
    names = [f"frame_{number:0{width}d}.tif" for number in numbers]
    random.shuffle(names)
    assert in_natural_order("f", names) == [f"frame_{number:0{width}d}.tif" for number in sorted(numbers)]


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        pytest.param([12, 13, 20], "14-19", marks=pytest.mark.case("raw data", "numbers of frames are missing")),
        ([0, 1, 3, 4, 7], "2, 5-6"),
        ([0, 10, 20, 40], "30"),
        ([0, 10, 20, 45], "5, 15, 25-40"),
        ([*range(0, 60, 2), 61], "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, ..."),
        ([0, 1, 2], None),
        ([5, 10, 15], None),
        ([7], None),
    ],
)
def test_missing_numbers_are_said(caplog, shown, numbers, missing):
    warn_of_order("exp1", [f"t{n}.tif" for n in numbers])
    if missing is None:
        assert caplog.text == ""
    else:
        (record,) = caplog.records
        assert record.levelname == "WARNING"
        shown(record.getMessage(), 0)
        assert record.getMessage() == (
            f"exp1: the numbers {missing} are missing between {numbers[0]} and {numbers[-1]}; "
            f"the {len(numbers)} frames that are there count as consecutive"
        )


def test_a_number_that_counts_frames_is_found_among_others(caplog):
    names = ["run7_t8_900s.tif", "run7_t9_930s.tif", "run7_t11_1000s.tif"]
    assert in_natural_order("f", names[::-1]) == names
    assert caplog.text == ""
    warn_of_order("f", names)
    assert "the numbers 10 are missing between 8 and 11" in caplog.text


def test_times_of_day_are_in_order_and_warned_about(caplog):
    names = ["09h50.tif", "10h10.tif", "10h50.tif", "11h10.tif"]
    assert in_natural_order("f", names[::-1]) == names
    warn_of_order("f", names)
    assert "no single number in the file names counts the frames" in caplog.text


@pytest.mark.parametrize("kind", ["c", "_ch", "z", "_s", "xy", "pos", "Position-", "w", "-f"])
def test_numbers_beside_the_frames_are_refused(kind):
    img = "img_" if kind[0].isalpha() else "img"
    names = [f"{img}{kind}{i}_t{t}.tif" for i in (1, 2) for t in range(3)]
    with pytest.raises(UserError, match="beside the frames; expected one file a frame: give a glob such as"):
        in_natural_order("f", names)


@pytest.mark.parametrize("name", ["c{}.tif", "p{}.tif", "img_s{}.tif"])
def test_a_single_number_may_have_any_letter(caplog, name):
    names = [name.format(i) for i in range(12)]
    assert in_natural_order("f", sorted(names)) == names
    warn_of_order("f", names)
    assert caplog.text == ""
