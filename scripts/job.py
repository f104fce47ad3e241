"""What surrounds every stage when it runs as a job: its log, its threads, and how it fails."""

import logging
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

# conda environments hold what the package needs, not the package itself
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from sidewinder.driver.address_space import check_address_space
from sidewinder.driver.failures import job_name
from sidewinder.driver.for_users import for_users
from sidewinder.driver.joblog import BRIEF_VARIABLE, DONE, ERROR, FROM_OUTSIDE, INTERRUPTED
from sidewinder.driver.orphan import end_with_driver
from sidewinder.driver.threads import use_threads
from sidewinder.provenance.keeping import Job, recorded

if TYPE_CHECKING:
    from snakemake.script import Snakemake

log = logging.getLogger("sidewinder")


class EndedFromOutside(BaseException):
    """The job was told to end: no error of its own."""


@contextmanager
def job() -> Iterator["Snakemake"]:
    """Run a stage: `with job() as snakemake: from sidewinder.x import stage; stage(...)`.

    The stage is imported inside, after the number of threads is set, and so that a failing import is reported, too.
    Messages go to the terminal and to the log. A `UserError` ends the job with one line in each; any other error leaves
    its traceback in the log and one line in the terminal.

    Yields
    ------
    snakemake : Snakemake
        The job as Snakemake describes it to the script.
    """
    snakemake = sys.modules["__main__"].snakemake  # Snakemake puts it at the head of the script
    use_threads(snakemake.threads)
    name = job_name(snakemake.rule, dict(snakemake.wildcards.items()))
    # where the disk is full, the log is incomplete: no reason for a traceback of its own
    logging.raiseExceptions = False
    _send_messages(snakemake, name)
    end_with_driver()
    # what a cluster sends at the time limit, some seconds before it kills
    signal.signal(signal.SIGTERM, _end)
    start = time.monotonic()
    log.debug("%s on %s, %d threads", snakemake.rule, socket.gethostname(), snakemake.threads)
    try:
        check_address_space(snakemake.threads)
        with recorded(_described(snakemake)):
            yield snakemake
    except KeyboardInterrupt:
        log.debug(INTERRUPTED)
        sys.exit(130)
    except EndedFromOutside:
        ended = f"{snakemake.rule} {FROM_OUTSIDE} after {time.monotonic() - start:.0f} s: "
        logging.shutdown()
        _say(f"{ERROR}{name}: {ended}time limit, cancelled, or preempted", snakemake.log[0])
        sys.exit(1)
    except Exception as error:
        message = for_users(error)
        if message is None:
            log.debug(traceback.format_exc())
            message = (
                f"{snakemake.rule} failed: {type(error).__name__}: {_first_line(error)}; this is a fault of the program"
            )
        logging.shutdown()
        _say(f"{ERROR}{name}: {message}", snakemake.log[0])
        sys.exit(1)
    took_s = time.monotonic() - start
    log.debug("%s %.1f s", DONE, took_s)
    if _is_brief(snakemake):
        print(f"{_of_block(snakemake, name)}: {snakemake.rule}, {took_s:.0f} s", file=sys.stderr, flush=True)


def _described(snakemake: "Snakemake") -> Job:
    """The job without Snakemake."""
    return Job(
        log=snakemake.log[0],
        wildcards=dict(snakemake.wildcards.items()),
        params=dict(snakemake.params.items()),
        inputs=list(snakemake.input),
        outputs=list(snakemake.output),
        threads=snakemake.threads,
    )


def _end(*_: object) -> None:
    raise EndedFromOutside


def _send_messages(snakemake: "Snakemake", name: str) -> None:
    """Send messages to the terminal, each with the job's name, and to the log, which begins anew."""
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.WARNING if _is_brief(snakemake) else logging.INFO)
    terminal.setFormatter(logging.Formatter(f"{_of_block(snakemake, name)}: %(message)s"))
    try:
        file: logging.Handler = logging.FileHandler(
            snakemake.log[0], mode="w", encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        print(f"{ERROR}{name}: {for_users(error) or error} (its log)", file=sys.stderr, flush=True)
        sys.exit(1)
    file.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    log.setLevel(logging.DEBUG)
    log.addHandler(terminal)
    log.addHandler(file)
    # the warnings of libraries are for those who look into the log
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(file)


def _is_brief(snakemake: "Snakemake") -> bool:
    """Whether a line is all that the job says; what is run by its name, such as a training, has somebody who waits."""
    return bool(os.environ.get(BRIEF_VARIABLE)) and "movie" in snakemake.wildcards.keys()


def _of_block(snakemake: "Snakemake", name: str) -> str:
    """The name of a job, with its block if its movie has several."""
    alone = "block" not in snakemake.wildcards.keys() or getattr(snakemake.params, "n_blocks", 0) == 1
    return name if alone else f"{name} block {snakemake.wildcards.block}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no message"])[0]


def _say(line: str, log_path: str) -> None:
    """Put the last line into the log and onto the terminal."""
    print(line, file=sys.stderr, flush=True)
    # a full disk has no place for it; names of files need not be UTF-8
    with suppress(OSError), open(log_path, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{line}\n")
