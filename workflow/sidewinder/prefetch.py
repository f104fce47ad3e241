"""Work done on threads ahead of who takes the results."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def prefetch(function: Callable[[Job], Result], jobs: Iterable[Job], n_threads: int) -> Iterator[Result]:
    """Apply a function on threads, ahead of who takes the results, in the order of the jobs.

    Parameters
    ----------
    function : callable
        What to do for one job.
    jobs : iterable
        Taken as threads get free.
    n_threads : int
        Number of threads. As many results, and one that is about to be taken, are in memory.

    Yields
    ------
    result
        The result of each job, in order; an error is raised in its place.
    """
    with ThreadPoolExecutor(n_threads, thread_name_prefix="prefetch") as pool:
        jobs = iter(jobs)
        waiting: deque[Future[Result]] = deque(pool.submit(function, job) for job in islice(jobs, n_threads))
        try:
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(pool.submit(function, job) for job in islice(jobs, 1))
                yield result
                del result
        finally:
            pool.shutdown(cancel_futures=True)
