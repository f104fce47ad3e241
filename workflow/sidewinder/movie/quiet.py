"""Looks at movies without a word."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quietly() -> Iterator[None]:
    """Let no reader of movies warn: what there is to say of a movie is said by its own job."""
    log = logging.getLogger("sidewinder")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
