"""SIGKILLs at random moments of an experiment that is started again until it ends, and what they hit."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from noted import TARGETS, Note, Noted
from polling import wait_for
from running import PATIENCE_S

# of how many jobs one may begin between two kills, at most
MOST_BEGUN = 2
# kills one process, or more, of a job that has begun; False where it has just ended
Blow = Callable[[Note], bool]


def kill_process(note: Note) -> bool:
    """Kill the process of a job."""
    try:
        os.kill(note.process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_step(note: Note) -> bool:
    """Kill all processes of the step of Slurm in which a job runs."""
    try:
        above = psutil.Process(note.process).parents()
        daemon = next(process for process in above if process.name() == "slurmstepd")
        below = daemon.children(recursive=True)
    except (psutil.Error, StopIteration):
        return False
    for process in below:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return True


def cancel(note: Note) -> bool:
    """Have Slurm kill all processes of the submission in which a job runs."""
    command = ["scancel", "--signal=KILL", "--full", str(note.cluster_job)]
    return subprocess.run(command, capture_output=True).returncode == 0


@dataclass
class Kills:
    """Kills an experiment until it has been killed often enough, and lets it end.

    Parameters
    ----------
    experiment : Noted
        What is run.
    usual_s : mapping of str to float
        How long a job of each rule usually takes.
    blows : mapping of str to callable
        The ways to kill a job.
    of_run : sequence of str
        The ways to kill the run: "driver", "group".
    seed : int
        Of the moments, and of what is killed in them.
    """

    experiment: Noted
    usual_s: Mapping[str, float]
    blows: Mapping[str, Blow]
    of_run: Sequence[str]
    seed: int
    # of what kind, and which rules were at work
    hits: list[tuple[str, str]] = field(default_factory=list)
    runs: int = 0

    def until_done(self, n_kills: int) -> None:
        """Start the experiment again and again, kill it so often, if it does not end before, and let it end."""
        chance = random.Random(self.seed)
        run, killed_in_run = self._start(), False
        while True:
            moment = len(self.experiment.notes("begun")) + chance.randint(1, MOST_BEGUN)
            if len(self.hits) < n_kills and self._wait(run, moment):
                time.sleep(chance.random() * self.usual_s[self.experiment.notes("begun")[-1].rule])
                killed_in_run |= self._kill(run, chance)
            elif run.wait() == 0:
                return
            if run.poll() is not None and run.returncode != 0:
                # only what was killed may be a reason to end so
                assert killed_in_run, self.experiment.said()[-5000:]
                run, killed_in_run = self._start(), False

    def _kill(self, run: subprocess.Popen, chance: random.Random) -> bool:
        """Kill the run or one of its jobs; False where none is at work, or it has just ended."""
        kind, at_work = chance.choice([*self.of_run, *self.blows]), self.experiment.at_work()
        if run.poll() is not None or not at_work:
            return False
        hit = chance.choice(at_work)
        if kind in self.of_run:
            (os.killpg if kind == "group" else os.kill)(run.pid, signal.SIGKILL)
            run.wait()
        elif not self.blows[kind](hit):
            return False
        self.hits.append((kind, hit.rule))
        return True

    def _start(self) -> subprocess.Popen:
        self.runs += 1
        self.experiment.note_start()
        return self.experiment.start(*TARGETS)

    def _wait(self, run: subprocess.Popen, n_begun: int) -> bool:
        """Wait until so many jobs have begun; False where the run is over before."""
        have = lambda: len(self.experiment.notes("begun")) >= n_begun  # noqa: E731
        wait_for(lambda: have() or run.poll() is not None, f"{n_begun} jobs", PATIENCE_S)
        return run.poll() is None


def usual_times(experiment: Noted) -> dict[str, float]:
    """How long the longest job of each rule has taken in an experiment that was not disturbed."""
    ended = {note.name: note.time_s for note in experiment.notes("ended")}
    longest: dict[str, float] = {}
    for note in experiment.notes("begun"):
        longest[note.rule] = max(longest.get(note.rule, 0.0), ended[note.name] - note.time_s)
    return longest


def table(kills: list[tuple[str, str]], kinds: list[str]) -> str:
    """Kills by rule and kind, with their sums, as a table of Markdown."""
    count = Counter(kills)
    lines = [["rule", *kinds, "all"], ["---"] * (len(kinds) + 2)]
    for rule in sorted({rule for _, rule in kills}):
        of_rule = [count[kind, rule] for kind in kinds]
        lines.append([rule, *map(str, of_rule), str(sum(of_rule))])
    sums = [str(sum(of == kind for of, _ in kills)) for kind in kinds]
    return "\n".join(f"| {' | '.join(line)} |" for line in [*lines, ["all", *sums, str(len(kills))]])


def none_lives(experiment: Noted) -> bool:
    """Whether no process works in an experiment's folder any more."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd() == str(experiment.folder):
                return False
    return True
