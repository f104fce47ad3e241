"""What a run on SGE, LSF or PBS needs beyond Snakemake's plugin cluster-generic: to submit jobs and know how they end.

A job writes its exit code into a file, so that no accounting is needed. Only a job that wrote none is looked for in the
engine's queue, which is asked once for all jobs. An engine that does not answer says nothing about a job.
"""

import getpass
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.waiting import seconds

# hold the command that the profiles call and the results folder, set by the Snakefile; the shell splits the command at
# its spaces, of which the folder may have some
VARIABLE, RESULTS_VARIABLE = "SIDEWINDER_ENGINE", "SIDEWINDER_RESULTS"
FOLDER = ".engine"  # in the results folder: a file for each job that is not known to have ended, and what jobs wrote
QUEUE = "queue.json"
# how old the list of jobs may be; engines dislike being asked more often
QUEUE_FRESH_S = seconds("SIDEWINDER_QUEUE_FRESH_S", 15.0)
# a job in no list may be one that was just submitted, or its exit code may not show yet on this node's file system
GONE_AFTER_S = seconds("SIDEWINDER_GONE_AFTER_S", 60.0)
# how long to wait for an engine that does not answer to a submission, or for jobs to end
PATIENCE_S = 600.0
SECONDS_BETWEEN_LOOKS = seconds("SIDEWINDER_SECONDS_BETWEEN_LOOKS", 5.0)
ANSWER_WITHIN_S = 60.0


@dataclass(frozen=True)
class BatchSystem:
    """How a batch system is spoken to.

    Parameters
    ----------
    queue : tuple of str
        The command that lists a user's jobs.
    alive : str
        Regular expression of a line of that list: its first group is the number of a job that runs or will run.
    cancel : str
        The command that ends jobs.
    variable : str
        Holds the number of a job inside of it.
    empty : str
        What the list's command may say, failing, when there is no job; nothing where it does not fail then.
    """

    queue: tuple[str, ...]
    alive: str
    cancel: str
    variable: str
    empty: str = ""


ENGINES = {
    # a state with E is an error that the job never leaves, one with d a deletion, which takes for ever on a dead node
    "sge": BatchSystem(("qstat", "-u", "{user}"), r"\s*(\d+)(?:\s+\S+){3}\s+[^\sEd]+\s", "qdel", "JOB_ID"),
    "lsf": BatchSystem(
        ("bjobs", "-noheader", "-o", "jobid stat"), r"(\d+)\s+(?!ZOMBI|EXIT|DONE)", "bkill", "LSB_JOBID",
        empty="No unfinished job found",
    ),
    # Torque lists jobs for some minutes after their end, as C
    "pbs": BatchSystem(("qstat", "-u", "{user}"), r"(\d+)(?!.*\sC\s+\S+\s*$)", "qdel", "PBS_JOBID"),
}  # fmt: skip

# a shell changes these in a command that it takes from a variable
CHANGED_BY_SHELLS = re.compile(r"[\s*?\[]")
# SGE and PBS say the number, LSF says Job <number>
NUMBER = r"(?m)^(?:Job <)?(\d+)"
# in parentheses, because Snakemake's script ends with exit
JOB = """\
#!/bin/sh
number=${{{variable}%%[!0-9]*}}
exec >{logs}/"$number".log 2>&1
(
{script}
)
code=$?
[ $code -ne 0 ] || rm -f {logs}/"$number".log
echo $code >{folder}/"$number".part && mv {folder}/"$number".part {folder}/"$number".exit
exit $code
"""


def submit(results: Path, name: str, command: list[str], script: str) -> str:
    """Submit a job; wait where the engine does not answer.

    Parameters
    ----------
    results : path
        The results folder.
    name : str
        One of `ENGINES`.
    command : list of str
        What submits a script that it reads from its standard input.
    script : str
        What the job runs.

    Returns
    -------
    number : str
        The job's.

    Raises
    ------
    UserError
        If the engine refuses the job, or does not answer for `PATIENCE_S`.
    """
    engine = ENGINES[name]
    folder, logs = results / FOLDER, results / "logs" / name
    for path in (folder, logs):
        path.mkdir(parents=True, exist_ok=True)
    text = JOB.format(
        variable=engine.variable, folder=_quoted(folder.resolve()), logs=_quoted(logs.resolve()), script=script
    )
    end = time.monotonic() + PATIENCE_S
    refusals = 0
    while (said := _call(command, text)) is None:
        # an engine that lists its jobs has refused this one; twice, because it may have come back just now
        refusals = refusals + 1 if _ask(engine) is not None else 0
        if refusals == 2 or time.monotonic() > end:
            raise UserError(f"{name} does not take the job: see above, and the submit command in the profile")
        time.sleep(SECONDS_BETWEEN_LOOKS)
    match = re.search(NUMBER, said)
    if match is None:
        raise UserError(f"{name}: no job number is in what {command[0]} said: {said.strip()}")
    _write(folder / match[1], name)
    return match[1]


def status(results: Path, name: str, number: str) -> str:
    """How a job is.

    Parameters
    ----------
    results : path
        The results folder.
    name : str
        One of `ENGINES`.
    number : str
        The job's.

    Returns
    -------
    status : "running", "success" or "failed"
        A job in the queue is running, too.
    """
    folder = results / FOLDER
    job = folder / number
    # a listing, because network file systems remember for a while that a file was not there
    if f"{number}.exit" in os.listdir(folder):
        code = (folder / f"{number}.exit").read_text().strip()
        _forget(folder, number)
        return "success" if code == "0" else "failed"
    numbers, asked_s = _queue(folder, ENGINES[name])
    if numbers is None:
        return "running"
    if number in numbers or not job.exists():
        # when it was seen last
        _write(job, name)
        return "running"
    # both times are of the file system's clock
    if asked_s - job.stat().st_mtime < GONE_AFTER_S:
        return "running"
    # it may be one that is stuck in the queue
    _call([ENGINES[name].cancel, number], quiet=True)
    _forget(folder, number)
    _say(f"{name} job {number} is gone without an exit code: killed, or out of memory or time?")
    return "failed"


def end_jobs_of_last_run(results: str | Path) -> str | None:
    """Cancel what a run that was killed left in the queue, so that no two jobs write the same files.

    What those jobs have finished stays, and is not computed again.

    Parameters
    ----------
    results : path
        The results folder, held by this run.

    Returns
    -------
    message : str or None
        How many jobs were cancelled; None where there was none.

    Raises
    ------
    UserError
        If the engine does not answer, or the jobs do not end; or if no job could ever be submitted.
    """
    _check_command()
    folder = Path(results) / FOLDER
    cancelled = sum(_end(folder, name, numbers) for name, numbers in sorted(_noted(folder).items()))
    # engines begin to count anew some day
    for path in folder.glob("[0-9]*"):
        path.unlink()
    if not cancelled:
        return None
    return f"an earlier run was killed; its {cancelled} jobs that were in the queue or running are cancelled"


def _check_command() -> None:
    """Refuse a command that the shell would split where it should not: every look at a job would fail."""
    for path in (sys.executable, os.environ.get(VARIABLE, "").removeprefix(f"{sys.executable} ")):
        if CHANGED_BY_SHELLS.search(path):
            raise UserError(
                f"{path}: the profiles of SGE, LSF and PBS cannot call a program whose path has a space or one of *?[ "
                "in it; move the checkout and its environment to another folder"
            )


def cancel_noted(results: str | Path) -> None:
    """Cancel the jobs of this run that are not known to have ended, without waiting for them.

    Snakemake does so itself where it is interrupted, unless that happens while it asks how the jobs are: then its list
    of active ones is empty (its executor interface's remote.py).

    Parameters
    ----------
    results : path
        The results folder.
    """
    for name, numbers in _noted(Path(results) / FOLDER).items():
        said = _call([ENGINES[name].cancel, *sorted(numbers)], quiet=True)
        if said:
            _say(said.strip())


def _noted(folder: Path) -> dict[str, set[str]]:
    """The jobs that are not known to have ended, by their engine."""
    noted: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*")):
        if path.name.isdigit():
            noted.setdefault(path.read_text(), set()).add(path.name)
    return noted


def _end(folder: Path, name: str, numbers: set[str]) -> int:
    """Cancel those jobs that are in the queue and wait until they are not; how many there were."""
    engine = ENGINES[name]
    end = time.monotonic() + PATIENCE_S
    found: set[str] = set()
    while True:
        queue = _ask(engine)
        if queue is None:
            raise UserError(
                f"{name} does not answer, and jobs of an earlier run may still be in its queue: "
                f"start again when it does, or, where there are none any more, remove {folder}"
            )
        alive = numbers & queue
        if not alive:
            return len(found)
        if alive - found:
            _call([engine.cancel, *sorted(alive - found)])
            found |= alive
        if time.monotonic() > end:
            jobs = " ".join(sorted(alive))
            raise UserError(
                f"{name}: jobs of an earlier run do not end: {jobs}; start again when they have: {engine.cancel} {jobs}"
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _queue(folder: Path, engine: BatchSystem) -> tuple[set[str] | None, float]:
    """The numbers of the jobs that run or will run, None where the engine does not answer; and when it was asked."""
    path = folder / QUEUE
    if not path.exists() or time.time() - path.stat().st_mtime > QUEUE_FRESH_S:
        numbers = _ask(engine)
        _write(path, json.dumps(None if numbers is None else sorted(numbers)))
    numbers = json.loads(path.read_text())
    return None if numbers is None else set(numbers), path.stat().st_mtime


def _ask(engine: BatchSystem) -> set[str] | None:
    said = _call([part.format(user=getpass.getuser()) for part in engine.queue], may_say=engine.empty)
    if said is None:
        return None
    return {match[1] for line in said.splitlines() if (match := re.match(engine.alive, line))}


def _call(command: list[str], text: str = "", may_say: str = "", quiet: bool = False) -> str | None:
    """What a command says; None, and a line for the user, where it fails or does not end."""
    try:
        result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=ANSWER_WITHIN_S)
        if result.returncode == 0 or (may_say and may_say in result.stderr):
            return result.stdout
        why = (result.stderr or result.stdout).strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        why = str(error)
    if not quiet:
        _say(f"{command[0]}: {why}")
    return None


def _say(line: str) -> None:
    """Tell the user: what is said on standard output is for Snakemake."""
    print(line, file=sys.stderr, flush=True)


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, whenever this process is killed; `sidewinder.store` would import Zarr."""
    part = path.with_name(f"{path.name}.new")
    part.write_text(text)
    part.replace(path)


def _forget(folder: Path, number: str) -> None:
    for name in (number, f"{number}.exit"):
        (folder / name).unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "'\\''") + "'"


def main(arguments: list[str]) -> int:
    """What the profiles call: results, `submit`, engine, command, script; or results, `status`, engine, number.

    Parameters
    ----------
    arguments : list of str
        Arguments of the command line.

    Returns
    -------
    code : int
        What to exit with.
    """
    results, action, name, *rest = arguments
    try:
        if action == "submit":
            print(submit(Path(results), name, rest[:-1], Path(rest[-1]).read_text()))
        else:
            print(status(Path(results), name, rest[0]))
    except UserError as error:
        _say(str(error))
        return 1
    except OSError as error:
        # a file system that stumbles says nothing about a job
        if action == "submit":
            raise
        _say(f"{name}: {error}; looking again")
        print("running")
    return 0
