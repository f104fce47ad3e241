"""How far an experiment is, in one line."""

import pytest

from sidewinder.driver.overview import MOST_NAMED, MovieState, duration, named, overview, time_left


def movies(**states: tuple[int, int | None]) -> list[MovieState]:
    """So many movies of each state, each of so many frames."""
    return [MovieState(f"{state}{i}", state, n_frames=n) for state, (count, n) in states.items() for i in range(count)]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({}, "0 movies: 0 done"),
        ({"waiting": (1, None)}, "1 movie: 0 done, 1 waiting"),
        ({"done": (2, 1200), "failed": (1, 100)}, "3 movies: 2 done, 1 failed; 2,400 of 2,500 frames"),
        (
            {"done": (12, 92), "failed": (3, None), "running": (8, 92), "waiting": (377, None)},
            "400 movies: 12 done, 3 failed, 8 running, 377 waiting; 1,104 of about 36,800 frames",
        ),
        ({"submitted": (1000, None), "interrupted": (1, 7)}, "1,001 movies: 0 done, 1,000 submitted, 1 interrupted; "),
    ],
)
def test_the_overview_counts_movies_and_frames(states, expected):
    line = overview(movies(**states))
    assert line == expected or (expected.endswith("; ") and line.startswith(expected))


def test_the_time_that_is_left_goes_by_the_frames_of_this_run():
    these = [*movies(done=(3, 10), failed=(1, 10), running=(1, 40)), MovieState("next", "waiting")]
    # 20 frames in 100 s; 40 and, for the one that is not known, the mean of 16 are left
    assert time_left(these, {"done0", "done1"}, elapsed_s=100) == "about 5 min left"
    assert overview(these, "about 5 min left").endswith("; about 5 min left")
    assert time_left(these, set(), elapsed_s=100) == "time left not known yet"


def test_movies_count_alike_while_no_number_of_frames_is_known():
    assert time_left(movies(done=(1, None), waiting=(3, None)), {"done0"}, elapsed_s=10) == "about 30 s left"


def test_no_time_is_left_where_no_movie_is():
    assert time_left(movies(done=(1, 10), failed=(1, None)), {"done0"}, elapsed_s=10) == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (99, "99 s"), (100, "2 min"), (5900, "98 min"), (6000, "2 h"), (172_000, "48 h"), (500_000, "6 days")],
)
def test_durations_are_said_as_people_do(seconds, expected):
    assert duration(seconds) == expected


def test_movies_that_need_a_look_are_named_and_no_more_than_a_screen_holds():
    these = [MovieState(f"m{i}", "failed", f"why {i}") for i in range(MOST_NAMED + 1500)]
    these += [
        MovieState("r", "running", "infer"),
        MovieState("c", "interrupted", "cut"),
        MovieState("d", "done"),
        MovieState("w", "waiting"),
    ]
    lines = named(these)
    assert lines[0] == "failed       m0: why 0"
    assert len(lines) == MOST_NAMED + 3
    assert lines[MOST_NAMED:] == ["failed       ... and 1,500 more", "running      r: infer", "interrupted  c: cut"]
