"""When frames were taken, as files say it, and what cannot be that."""

import pytest

from sidewinder.movie.times import are_even, median_interval_s, times_from_first, warn_of_uneven


def test_times_count_from_the_first_frame():
    assert times_from_first("m", 3, [4.25, 5.5, 9.0]) == (0.0, 1.25, 4.75)


@pytest.mark.parametrize("said", [(), (None, None, None), (0.0, 0.0, 0.0), (float("nan"),) * 3])
def test_a_clock_that_was_not_looked_at_says_nothing(said, caplog):
    assert times_from_first("m", 3, said) is None
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ((0.0, None, 2.0), "m: says of 2 of its 3 frames when they were taken; expected all"),
        ((0.0, 1.0), "m: says of 2 of its 3 frames"),
        ((0.0, 5.0, 4.0), "m: says that frame 2 was taken at 4 s, and frame 1 at 5 s; times that do not rise"),
    ],
)
def test_what_cannot_be_times_is_said_and_not_used(said, message, caplog):
    assert times_from_first("m", 3, said) is None
    assert message in caplog.text


def test_a_single_frame_needs_no_time():
    assert times_from_first("m", 1, [7.0]) is None


def test_the_interval_is_the_median():
    assert median_interval_s([0, 5.0001, 10.0002, 3610.0]) == 5.0001


def test_uneven_times_are_warned_about(caplog):
    warn_of_uneven("m", [0, 300.2, 600.1, 900.0])
    assert caplog.text == ""
    warn_of_uneven("m", [0, 300, 600, 4200, 4260])
    assert (
        "m: the frames were taken at uneven times, from 60 to 3600 s apart (median 300 s, longest before frame 3)"
        in (caplog.text)
    )


def test_one_per_cent_is_even():
    assert are_even([0, 100, 200.9])
    assert not are_even([0, 100, 202, 302])
