"""Progress of long loops, as lines that read well in a terminal and in a log file."""

import logging
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

log = logging.getLogger("sidewinder")

# often enough to see that it moves, seldom enough to keep a night's log readable
SECONDS_BETWEEN_LINES = 2.0

Item = TypeVar("Item")


def progress(iterable: Iterable[Item], total: int, what: str, unit: str = "frames") -> Iterator[Item]:
    """Pass items on and log how far the loop is, how fast it goes and how long it will take.

    Parameters
    ----------
    iterable : iterable
        What to pass on.
    total : int
        How many items will come.
    what : str
        The name of the work, first on each line.
    unit : str
        What an item is called.

    Yields
    ------
    item
        Each item of `iterable`, in order. An item counts as done when the next one is asked for.
    """
    start = last = time.monotonic()
    done = 0
    for item in iterable:
        yield item
        done += 1
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES or done == total:
            last = now
            rate = done / max(now - start, 1e-9)
            log.info("%s: %d/%d %s, %.1f %s/s, %.0f s left", what, done, total, unit, rate, unit, (total - done) / rate)
