"""End a job on this machine when the run that started it is gone.

A run that is killed outright cannot end its jobs; left alone, they would work beside those of the next run.
"""

import logging
import os
import signal
import threading
import time

import psutil

from sidewinder.driver.joblog import INTERRUPTED

log = logging.getLogger("sidewinder")

DRIVER_VARIABLE = "SIDEWINDER_DRIVER"  # holds the process id of the run, set by the Snakefile
SECONDS_BETWEEN_LOOKS = 1.0


def end_with_driver() -> None:
    """Watch the process that runs the workflow, and end this process and its children once it is gone.

    Does nothing in a job of a cluster, whose ancestors do not include that process: such jobs outlive it by intent.
    """
    driver = int(os.environ.get(DRIVER_VARIABLE, "0"))
    if is_ancestor(driver):
        threading.Thread(target=_watch, args=(driver,), daemon=True, name="end_with_driver").start()


def is_ancestor(process: int) -> bool:
    """Whether this process descends from another one, by way of processes that still live."""
    return any(parent.pid == process for parent in psutil.Process().parents())


def _watch(driver: int) -> None:
    while is_ancestor(driver):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    log.error("%s: the run that started this job (process %d) is gone", INTERRUPTED, driver)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os.kill(os.getpid(), signal.SIGKILL)
