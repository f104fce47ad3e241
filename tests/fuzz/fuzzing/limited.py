"""Inputs one after the other, within limits, and what came of them."""

import json
import logging
import os
import resource
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import psutil

from sidewinder.errors import UserError

# beyond these an input is a fault: CPU seconds, and bytes above what the process takes before the first input
LONGEST_S = 10.0
MOST_BYTES = 2 * 10**9
LONGEST_MESSAGE = 10_000

# makes an input by chance, and looks at it as a stage does; raises UserError where it is refused
TryOne = Callable[[Random], None]


class TooLongError(BaseException):
    """An input takes more time than any may."""


@dataclass
class Tally:
    """What came of the inputs of a kind."""

    tried: int = 0
    refused: int = 0
    accepted: int = 0
    slowest_s: float = 0.0
    most_mb: float = 0.0
    # where, then which input and what was raised
    faults: dict[str, str] = field(default_factory=dict)

    def count(self, verdict: tuple[str, str], which: str) -> None:
        """Count what came of an input; of faults in the same place the first is kept."""
        what, more = verdict
        self.refused += what == "refused"
        self.accepted += what == "accepted"
        if what not in ("refused", "accepted"):
            self.faults.setdefault(what, f'--again "{which}": {more}')


def try_many(kind: str, try_one: TryOne, seed: str, first: int, seconds: float, tally_path: Path) -> None:
    """Try inputs for so many seconds; the tally is on disk before each, for whoever finds the process dead.

    Parameters
    ----------
    kind : str
        The name of the kind; with `seed` and the number of an input it makes that input again.
    try_one : callable
        Makes an input and tries it.
    seed : str
        Another one makes other inputs.
    first : int
        The first input's number.
    seconds : float
        For how long.
    tally_path : Path
        Where the tally is kept, with the number of the input that is being tried.
    """
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGPROF, too_long)
    tally, before, end_s = Tally(), psutil.Process().memory_info(), time.monotonic() + seconds
    resource.setrlimit(resource.RLIMIT_AS, (before.vms + MOST_BYTES, resource.RLIM_INFINITY))
    for number in count(first):
        if time.monotonic() > end_s:
            break
        tally.tried += 1
        tally_path.write_text(json.dumps({"number": number} | asdict(tally)))
        began_s = time.process_time()
        which = f"{kind} {seed} {number}"
        tally.count(verdict_on(try_one, Random(which)), which)
        tally.slowest_s = max(tally.slowest_s, time.process_time() - began_s)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        tally.most_mb = max(peak - before.rss, 0) / 1e6
    tally_path.write_text(json.dumps({"number": -1} | asdict(tally)))


def verdict_on(try_one: TryOne, rng: Random) -> tuple[str, str]:
    """Try one input: `accepted`, `refused`, or which kind of fault and where; and what was said."""
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    try:
        try_one(rng)
    except UserError as error:
        said = str(error)
        good = 0 < len(said) < LONGEST_MESSAGE and "Traceback" not in said
        return "refused" if good else f"bad message ({_where(error)})", said[:80]
    except (Exception, TooLongError) as error:
        return f"{type(error).__name__} ({_where(error)})", " ".join(str(error).split())[:120]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "accepted", ""


def too_long(*_: object) -> None:
    """End an input, as the handler of a signal."""
    raise TooLongError


def _where(error: BaseException) -> str:
    """The last line of Sidewinder's that the error came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}sidewinder{os.sep}" in frame.filename] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
