"""What Snakemake says in the terminal: in a sentence, and not of each of its steps."""

import atexit
import logging
import re
from collections.abc import Callable
from typing import Any

from snakemake import exceptions
from snakemake import logging as inside_logging

from sidewinder.driver.for_users import for_users
from sidewinder.driver.snakemake_inside.absent import found_or

_in_words: list[Callable[..., str]] = []


def say_in_words() -> None:
    """Let Snakemake say in a sentence what the machine lacks or refuses, where it would print Python's traceback.

    It writes files of its own: what jobs have begun and ended, their benchmarks, their scripts. It prints all errors by
    way of one function, which it documents no more than others. Without it the traceback stands there.
    """
    if not _in_words:
        _in_words.append(found_or(str, lambda: exceptions.format_exception_to_string))
        exceptions.format_exception_to_string = _said


def _said(error: BaseException, linemaps: Any = None) -> str:
    """An error in our words, or in Snakemake's."""
    return for_users(error) or _in_words[0](error, linemaps)


# what Snakemake says of each of its steps, which jobs say in a line of their own
OF_STEPS = {"progress", "job_finished", "job_info", "job_started", "group_info"}
# and of a job that failed on this machine, which has said why itself
OF_FAILURES = {"job_error", "group_error"}
MESSAGES_OF_STEPS = re.compile(
    r"Select jobs to execute|Execute \d+ jobs|Exiting because a job|--keep-incomplete mode|"
    # and before them of what is as ever
    r"Assuming unrestricted shared filesystem|Using shell: |Rules claiming more threads|Conda environments: ignored|"
    r"RuleException:\s+CalledProcessError in file (?s:.*)(?:returned non-zero exit status|died with)"
)


def be_brief(workflow: Any, idle: Callable[[], object]) -> bool:
    """Let Snakemake say nothing of its steps; not in a dry run, nor with `--verbose`, in the profile or behind it.

    Its `quiet` leaves out what jobs there are, too. Its filter of messages is not documented: without it all is said.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        While the Snakefile is being read.
    idle : callable
        Called at the end of a run that finds nothing to do, of which no hook is told.

    Returns
    -------
    brief : bool
        Whether it does.
    """
    wordy = found_or(True, lambda: bool(workflow.output_settings.verbose))
    kind: Any = found_or(None, lambda: inside_logging.DefaultFilter)
    if wordy or kind is None:
        return False
    before = kind.filter

    def passes(self: Any, record: logging.LogRecord) -> bool:
        # what executor there is, is known only when the Snakefile has been read
        dropped = OF_STEPS | OF_FAILURES if found_or(False, lambda: bool(workflow.local_exec)) else OF_STEPS
        event = getattr(getattr(record, "event", None), "value", "")
        if str(record.msg).startswith("Nothing to be done") and not self.dryrun:
            # each handler has a filter
            atexit.unregister(idle)
            atexit.register(idle)
        of_step = event in dropped or MESSAGES_OF_STEPS.match(str(record.msg))
        return bool((self.dryrun or not of_step) and before(self, record))

    kind.filter = passes
    return True
