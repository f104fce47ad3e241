"""How often Snakemake looks which jobs could begin."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_looks: list[Callable[..., None]] = []


def look_in_one_series() -> None:
    """Let Snakemake look once a second which jobs could begin, and not more often with every job that has ended.

    With a limit of jobs a second, as it has by default, it has itself look again a second after each look, and after
    the end of each job, too. So every job that ends begins a series of looks of its own, which goes on as long as other
    jobs wait: a hundred jobs later it does nothing else. Without this that stays so.
    """
    with suppress(ImportError, AttributeError):
        from snakemake.scheduling.job_scheduler import JobScheduler

        if not _looks:
            _looks.append(JobScheduler._schedule_reevalutation)
            JobScheduler._schedule_reevalutation = _look_again


def _look_again(self: Any, delay: float) -> None:
    """Look again once so many seconds are over, unless another look is already to come by then."""
    to_come: set[float] = self.__dict__.setdefault("_looks_to_come", set())
    if delay in to_come:
        return
    to_come.add(delay)

    def look() -> None:
        # whoever asks from now on needs another one
        to_come.discard(delay)
        self._open_jobs.release()

    threading.Timer(delay, look).start()
