"""What the reader of a movie warns of, kept for those who do not read logs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Keeping(logging.Handler):
    """Keeps messages."""

    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.into = into

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.into.append(record.getMessage())


@contextmanager
def warnings_kept(source: str) -> Iterator[list[str]]:
    """What is warned of in the block, without the path of the movie, as a list that grows; the log has it, too."""
    kept: list[str] = []
    log, handler = logging.getLogger("sidewinder"), _Keeping(kept)
    log.addHandler(handler)
    try:
        yield kept
    finally:
        log.removeHandler(handler)
        kept[:] = dict.fromkeys(message.removeprefix(f"{source}: ") for message in kept)
