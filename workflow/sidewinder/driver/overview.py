"""How far an experiment is, in one line."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

# `submitted`: handed to a cluster, where it runs or waits in the queue
STATES = ("done", "failed", "running", "submitted", "interrupted", "waiting")
ENDED = ("done", "failed")
NAMED = ("failed", "running", "interrupted")
MOST_NAMED = 20  # of each state
WIDTH = max(map(len, NAMED))


@dataclass(frozen=True)
class MovieState:
    """How far a movie is.

    Parameters
    ----------
    name : str
        The movie's name.
    state : str
        One of `STATES`.
    what : str
        What is to be said of it: why it failed, or at which stage it is.
    n_frames : int or None
        None where not known yet.
    """

    name: str
    state: str
    what: str = ""
    n_frames: int | None = None


def overview(movies: Sequence[MovieState], left: str = "") -> str:
    """Say how far the movies are, all together.

    Parameters
    ----------
    movies : sequence of MovieState
        All of them.
    left : str
        What `time_left` says; nothing where no run is going on.

    Returns
    -------
    line : str
        Such as "400 movies: 12 done, 3 failed, 8 running, 377 waiting; 1,104 of about 36,800 frames; about 3 h left".
    """
    counts = Counter(movie.state for movie in movies)
    states = ", ".join(f"{counts[state]:,} {state}" for state in STATES if counts[state] or state == "done")
    parts = [f"{len(movies):,} movie{'s' * (len(movies) != 1)}: {states}"]
    if any(movie.n_frames is not None for movie in movies):
        done, total = _frames(movies, lambda movie: movie.state == "done"), _frames(movies, lambda movie: True)
        about = "" if all(movie.n_frames is not None for movie in movies) else "about "
        parts.append(f"{done:,.0f} of {about}{total:,.0f} frames")
    return "; ".join([*parts, left] if left else parts)


def time_left(movies: Sequence[MovieState], finished: Collection[str], elapsed_s: float) -> str:
    """Say how long a run will still take, going by the frames that it has finished so far.

    Parameters
    ----------
    movies : sequence of MovieState
        All of them.
    finished : collection of str
        The movies that this run has finished.
    elapsed_s : float
        Since the run began.

    Returns
    -------
    left : str
        Empty where no movie is left. Movies that are half done count as not begun: the first estimates are too high.
    """
    n_left = _frames(movies, lambda movie: movie.state not in ENDED)
    n_finished = _frames(movies, lambda movie: movie.name in finished)
    if not any(movie.state not in ENDED for movie in movies):
        return ""
    return f"about {duration(elapsed_s * n_left / n_finished)} left" if n_finished else "time left not known yet"


def named(movies: Sequence[MovieState]) -> list[str]:
    """A line for each movie that failed, is at work or was cut off; as many of each as a screen holds."""
    lines = []
    for state in NAMED:
        these = [movie for movie in movies if movie.state == state]
        lines += [f"{state:<{WIDTH}}  {movie.name}: {movie.what}" for movie in these[:MOST_NAMED]]
        if len(these) > MOST_NAMED:
            lines.append(f"{state:<{WIDTH}}  ... and {len(these) - MOST_NAMED:,} more")
    return lines


def _frames(movies: Sequence[MovieState], chosen: Callable[[MovieState], bool]) -> float:
    """The frames of the chosen movies; those whose number is not known are taken for the mean of the others."""
    known = [movie.n_frames for movie in movies if movie.n_frames is not None]
    mean = sum(known) / len(known) if known else 1.0
    return sum(mean if movie.n_frames is None else movie.n_frames for movie in movies if chosen(movie))


def duration(seconds: float) -> str:
    """A time that a person remembers: "50 s", "12 min", "3 h", "5 days"."""
    for most, length, unit in ((100, 1, "s"), (100 * 60, 60, "min"), (48 * 3600, 3600, "h")):
        if seconds < most:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
