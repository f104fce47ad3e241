"""The line that says how far a run is, in the run's own terminal."""

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from sidewinder.driver import watch
from sidewinder.driver.watch import Watch

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(watch, "SECONDS_BETWEEN_LINES", 0.01)


class Run:
    """A run whose movies a test moves on."""

    def __init__(self) -> None:
        self.now: dict[str, str] | Exception = {}
        self.asked = []
        self.looks = threading.Semaphore(0)

    def states(self) -> dict[str, str]:
        self.looks.release()
        if isinstance(self.now, Exception):
            raise self.now
        return dict(self.now)

    def n_frames(self, movie: str) -> int:
        self.asked.append(movie)
        return 10

    def wait_for_looks(self, count: int) -> None:
        for _ in range(count):
            assert self.looks.acquire(timeout=PATIENCE_S)


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def said() -> queue.Queue:
    return queue.Queue()


@pytest.fixture
def watching(run, said) -> Iterator[Callable[..., Watch]]:
    """Begin to watch a run with these movies."""
    begun = []

    def begin(**states: str) -> Watch:
        run.now = states
        begun.append(Watch(run.states, run.n_frames, said.put))
        begun[-1].start()
        return begun[-1]

    yield begin
    for watched in begun:
        watched.end()


def test_what_has_changed_is_said_and_the_end(run, said, watching):
    watched = watching(a="done", b="waiting", c="waiting")
    run.now = {"a": "done", "b": "running", "c": "waiting"}
    first = said.get(timeout=PATIENCE_S)
    assert first == "3 movies: 1 done, 1 running, 1 waiting; 10 of about 30 frames; time left not known yet"
    run.now = {"a": "done", "b": "done", "c": "running"}
    second = said.get(timeout=PATIENCE_S)
    assert second.startswith("3 movies: 2 done, 1 running; 20 of about 30 frames; about ")
    run.now = {"a": "done", "b": "done", "c": "failed"}
    assert said.get(timeout=PATIENCE_S) == "3 movies: 2 done, 1 failed; 20 of about 30 frames"
    watched.end()
    assert said.get_nowait() == "3 movies: 2 done, 1 failed; 20 of about 30 frames"
    assert said.empty()
    assert run.asked == ["a", "b"]


def test_nothing_is_said_while_nothing_changes(run, said, watching):
    watching(a="running")
    run.wait_for_looks(5)
    assert said.empty()


def test_a_run_without_movies_is_not_spoken_of(run, said, watching):
    watched = watching()
    run.wait_for_looks(3)
    watched.end()
    assert said.empty()


def test_a_set_that_changes_while_it_is_read_is_read_again(run, said, watching):
    watching(a="waiting")
    run.now = RuntimeError("Set changed size during iteration")
    run.wait_for_looks(5)
    assert said.empty()
    run.now = {"a": "running"}
    assert said.get(timeout=PATIENCE_S) == "1 movie: 0 done, 1 running; time left not known yet"


def test_any_surprise_ends_the_watch_and_not_the_run(run, said, watching):
    watching(a="waiting")
    run.now = AttributeError("no dag")
    assert said.get(timeout=PATIENCE_S) == (
        "how far the run is cannot be said (AttributeError: no dag); the run itself goes on"
    )
    for thread in threading.enumerate():
        if thread.name == "watch":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
    assert said.empty()


def test_a_surprise_at_the_start_is_none_at_the_end(run, said):
    run.now = AttributeError("no dag")
    watched = Watch(run.states, run.n_frames, said.put)
    watched.start()
    watched.end()
    assert said.get_nowait().startswith("how far the run is cannot be said (AttributeError: no dag)")
    assert said.empty()
