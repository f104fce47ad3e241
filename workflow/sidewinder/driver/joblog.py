"""How a job's log ends: what jobs write there, and what is read from it while they run and afterwards."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

# where it is set, a job says no more in the terminal than what it warns of, and that it is done
BRIEF_VARIABLE = "SIDEWINDER_BRIEF"
ERROR = "ERROR: "
DONE = "done in"
INTERRUPTED = "interrupted"
FROM_OUTSIDE = "was ended from outside"
ENDINGS = {DONE: "done", INTERRUPTED: "interrupted"}
TAIL_BYTES = 10_000
STAMPED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (.*)")
PROGRESS = re.compile(r"[^:]+: (\d+/\d+ \w+), ")


@dataclass(frozen=True)
class LogEnd:
    """The end of a log.

    Parameters
    ----------
    written : float
        When the log was last written to, in seconds since 1970 by the clock of its file system.
    state : {"failed", "done", "interrupted", "open", "missing"}
        How the job ended; "open" where it did not say, because it still runs or was killed; "missing" where there is no
        log.
    error : str
        What a job that failed said last, in one line; else empty.
    progress : str
        How far its last loop was, such as "12/92 frames"; empty where it did not say.
    """

    written: float
    state: str
    error: str
    progress: str


MISSING = LogEnd(0.0, "missing", "", "")


def read_end(log: str | Path, since: float = 0.0) -> LogEnd:
    """Read the end of a job's log.

    Parameters
    ----------
    log : path
        The job's log, of which only the end is read.
    since : float
        A log that was last written to before this time is of another run, and as good as missing.

    Returns
    -------
    end : LogEnd
        `MISSING` where there is no log, or none that may be read.
    """
    try:
        with open(log, "rb") as file:
            status = os.fstat(file.fileno())
            file.seek(max(0, status.st_size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return MISSING
    # what comes back from a store has the store's time, in whole seconds
    if status.st_mtime < int(since):
        return MISSING
    errors = [line.removeprefix(ERROR) for line in lines if line.startswith(ERROR)]
    said = [match[1] for line in lines if (match := STAMPED.fullmatch(line))]
    progress = [match[1] for message in said if (match := PROGRESS.match(message))]
    endings = [state for start, state in ENDINGS.items() if any(message.startswith(start) for message in said)]
    state = "failed" if errors else (endings or ["open"])[0]
    return LogEnd(status.st_mtime, state, (errors or [""])[-1], (progress or [""])[-1])
