"""Zarr's threads at the end of a process."""

import atexit
from contextlib import suppress


def leave_threads() -> None:
    """Have Zarr not stop its thread when the process ends, which does that anyway.

    It gives the thread 0.2 s, and where a busy machine needs longer prints a traceback after all is well.
    """
    # not documented; without it the traceback may stand there
    with suppress(ImportError):
        from zarr.core.sync import cleanup_resources

        atexit.unregister(cleanup_resources)
