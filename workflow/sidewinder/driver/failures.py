"""The jobs of a run that failed, and why, from their logs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sidewinder.driver.joblog import FROM_OUTSIDE, LogEnd, read_end
from sidewinder.driver.probe import refusal


@dataclass(frozen=True)
class Failure:
    """A job that failed, or a movie that one of its submission holds up.

    Parameters
    ----------
    name : str
        What the job works on, such as "movie a".
    movie : str
        Its movie; empty where it has none.
    reason : str
        Its last error in one line, without the name in front.
    log : path or None
        The job's log; None where the movie is held up.
    written : float
        When the log was last written to, in seconds since 1970.
    """

    name: str
    movie: str
    reason: str
    log: str | Path | None
    written: float = 0.0


def read_failures(
    jobs: Sequence[tuple[str, dict[str, str], str | Path]], since: float, of_cluster: str = ""
) -> list[Failure]:
    """Read why a submission failed.

    Parameters
    ----------
    jobs : sequence of (rule, wildcards, log)
        The jobs of the submission: a single one, or a group of which some may have ended well.
    since : float
        When the run began, in seconds since 1970 by the clock of the logs' file system; older logs are of other runs.
    of_cluster : str
        The batch system's own reason, if it says one.

    Returns
    -------
    failures : list of Failure
        The jobs that left an error; where none did, those that did not end well. Then the movies that are held up
        although nothing of theirs failed.
    """
    endings = [(rule, wildcards, log, read_end(log, since)) for rule, wildcards, log in jobs]
    failed = [ending for ending in endings if ending[3].error]
    failed = failed or [ending for ending in endings if ending[3].state != "done"] or endings
    failures = [_failure(*ending, of_cluster) for ending in failed]
    names = {failure.name for failure in failures}
    why = f"held up by {min(names)}, which shared its submission; start again to go on"
    held_up = {job_name(rule, wildcards): wildcards.get("movie", "") for rule, wildcards, *_ in endings}
    return failures + [Failure(name, movie, why, None) for name, movie in held_up.items() if name not in names]


def _failure(rule: str, wildcards: dict[str, str], log: str | Path, end: LogEnd, of_cluster: str) -> Failure:
    name = job_name(rule, wildcards)
    # without the name that the job has put in front; a module may have given the rule another
    own = end.error.partition(": ")[2] or end.error
    # a job that is told to end does not know why
    reason = own if own and not (of_cluster and FROM_OUTSIDE in own) else of_cluster or _of_silence(rule, log, end)
    return Failure(name, wildcards.get("movie", ""), reason, log, end.written)


def _of_silence(rule: str, log: str | Path, end: LogEnd) -> str:
    """Why a job failed that left no error."""
    refused = refusal(Path(log).parent)
    if end.state == "done":
        return f"{rule} has ended well, but its end could not be noted: {refused or 'see what Snakemake says above'}"
    if refused:
        return f"{rule} could not write its log: {refused}"
    return (
        f"{rule} ended without a word: killed, most likely for lack of memory or time; run fewer jobs at a time, or "
        "give this rule more mem_mb or runtime in the profile, and start again"
    )


def job_name(rule: str, wildcards: dict[str, str]) -> str:
    """What a job is called in messages: its movie, else its scene, else its rule."""
    for kind in ("movie", "scene"):
        if kind in wildcards:
            return f"{kind} {wildcards[kind]}"
    return rule
