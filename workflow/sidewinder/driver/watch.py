"""The line in the terminal of a run that says now and then how far it is."""

import atexit
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sidewinder.driver.overview import MovieState, overview, time_left
from sidewinder.waiting import seconds

SECONDS_BETWEEN_LINES = seconds("SIDEWINDER_SECONDS_BETWEEN_LINES", 60.0)
SECONDS_TO_STOP = 5.0


class Watch:
    """Says how far a run is when that has changed, at most once a minute, and never disturbs the run.

    Parameters
    ----------
    states : callable
        Gives the state now of each movie of the run, by its name.
    n_frames : callable
        Gives the number of frames of a movie that is done, None where it is not known; asked once for each.
    say : callable
        Takes each line.
    """

    def __init__(
        self, states: Callable[[], dict[str, str]], n_frames: Callable[[str], int | None], say: Callable[[str], None]
    ) -> None:
        self._states, self._n_frames, self._say = states, n_frames, say
        self._began = time.monotonic()
        self._before: dict[str, str] = {}
        self._lengths: dict[str, int | None] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="watch")

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        with self._undisturbed():
            self._before = self._states()
            self._thread.start()
            # a thread that prints while Python shuts down can bring it to a crash
            atexit.register(self._stop)

    def end(self) -> None:
        """Say how far the run came, and watch no more."""
        with self._undisturbed():
            self._stop()
            if self._before:
                self._say(overview(self._movies(self._states())))

    def _watch(self) -> None:
        said = self._before
        while not self._over.wait(SECONDS_BETWEEN_LINES):
            with self._undisturbed():
                states = self._states()
                if states != said:
                    movies = self._movies(states)
                    finished = [name for name in states if states[name] == "done" != self._before.get(name)]
                    self._say(overview(movies, time_left(movies, finished, time.monotonic() - self._began)))
                said = states

    def _movies(self, states: dict[str, str]) -> list[MovieState]:
        for name, state in states.items():
            if state == "done" and name not in self._lengths:
                self._lengths[name] = self._n_frames(name)
        return [MovieState(name, state, n_frames=self._lengths.get(name)) for name, state in states.items()]

    def _stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(SECONDS_TO_STOP)

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Let no error reach the run; what is read is Snakemake's own, and may be other than expected."""
        try:
            yield
        except RuntimeError:
            # a set that changed while it was read; the next look will do
            pass
        except Exception as error:
            self._over.set()
            self._say(f"how far the run is cannot be said ({type(error).__name__}: {error}); the run itself goes on")
