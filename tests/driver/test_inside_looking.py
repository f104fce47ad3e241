"""How often Snakemake looks which jobs could begin."""

from types import SimpleNamespace

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

from sidewinder.driver import snakemake_inside
from sidewinder.driver.snakemake_inside import looking


class Timer:
    """Stands for a timer, and keeps what has been started."""

    def __init__(self, delay, function):
        self.delay, self.function = delay, function

    def start(self):
        Timer.started.append(self)


@pytest.fixture
def scheduler(monkeypatch) -> SimpleNamespace:
    """Counts the looks that it was told to take; `ask` asks for one in so many seconds."""
    monkeypatch.setattr(Timer, "started", [], raising=False)
    monkeypatch.setattr(looking.threading, "Timer", Timer)
    monkeypatch.setattr(looking, "_looks", [])
    monkeypatch.setattr(JobScheduler, "_schedule_reevalutation", JobScheduler._schedule_reevalutation)
    for _ in range(2):
        snakemake_inside.look_in_one_series()
    found = SimpleNamespace(n_looks=0)
    found._open_jobs = SimpleNamespace(release=lambda: setattr(found, "n_looks", found.n_looks + 1))
    found.ask = lambda delay: JobScheduler._schedule_reevalutation(found, delay)
    return found


def test_every_job_that_ends_asks_for_a_look_and_there_is_one(scheduler):
    for _ in range(100):
        scheduler.ask(1)
    (timer,) = Timer.started
    assert (timer.delay, scheduler.n_looks) == (1, 0)
    timer.function()
    assert scheduler.n_looks == 1
    # and the look itself asks for the next one
    scheduler.ask(1)
    assert len(Timer.started) == 2


def test_a_look_that_is_to_come_late_keeps_off_none_that_is_to_come_soon(scheduler):
    scheduler.ask(10)
    scheduler.ask(1)
    assert [timer.delay for timer in Timer.started] == [10, 1]


def test_a_snakemake_that_looks_in_another_way_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(looking, "_looks", [])
    monkeypatch.delattr(JobScheduler, "_schedule_reevalutation")
    snakemake_inside.look_in_one_series()
    assert not hasattr(JobScheduler, "_schedule_reevalutation")
