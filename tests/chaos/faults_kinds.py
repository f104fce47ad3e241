"""The faults of a machine that a stage may meet, and what users must be told of each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from faults_disk import BLOCK, WITHOUT_RIGHTS, read_only, without_rights
from faults_experiment import Experiment, Job

SPACE, READ_ONLY, RIGHTS, MEMORY = "free some space", "Read-only file system", "Permission denied", "mem_mb"


@dataclass(frozen=True)
class Begun:
    """What the command of a job needs for a fault: the faults that begin inside, and what goes before it."""

    faults: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """A fault.

    Parameters
    ----------
    advice : str
        What the sentence must say.
    begun : callable
        Lets it begin and end.
    may_be_met : bool
        Whether a stage may come to its end in spite of it.
    """

    advice: str
    begun: Callable[[Experiment, Job], Iterator[Begun]]
    may_be_met: bool = False


@contextmanager
def _full(experiment: Experiment, job: Job) -> Iterator[Begun]:
    experiment.disk.fill()
    yield Begun()


@contextmanager
def _nearly_full(experiment: Experiment, job: Job) -> Iterator[Begun]:
    """The log fits, and half of the results."""
    experiment.disk.fill(1 + sum(-(-file.stat().st_size // BLOCK) for file in experiment.made_by(job)) // 2)
    yield Begun()


@contextmanager
def _few_inodes(experiment: Experiment, job: Job) -> Iterator[Begun]:
    """There is one for the log, and there are some for half of the results."""
    experiment.disk.use_inodes(1 + len(experiment.made_by(job)) // 2)
    yield Begun()


@contextmanager
def _read_only_disk(experiment: Experiment, job: Job) -> Iterator[Begun]:
    experiment.disk.allow_writing(False)
    yield Begun()


@contextmanager
def _closed(experiment: Experiment, job: Job, close: Callable[[Path], object], held: tuple[str, ...]):
    with ExitStack() as stack:
        for folder in experiment.written_to(job):
            stack.enter_context(close(folder))
        yield Begun(held=held)


def _of_memory(limit: Callable[[int], float]) -> Callable[[Experiment, Job], object]:
    """A limit of address space, by what the stage takes without one, in bytes."""

    @contextmanager
    def begun(experiment: Experiment, job: Job) -> Iterator[Begun]:
        yield Begun((f"memory:{int(limit(experiment.space_of(job)))}",))

    return begun


@contextmanager
def _killed(experiment: Experiment, job: Job) -> Iterator[Begun]:
    yield Begun(("killed",))


FAULTS = {
    "full disk": Fault(SPACE, _full),
    "nearly full disk": Fault(SPACE, _nearly_full, may_be_met=True),
    "few inodes": Fault(SPACE, _few_inodes, may_be_met=True),
    "read-only disk": Fault(READ_ONLY, _read_only_disk),
    "read-only folder": Fault(READ_ONLY, lambda experiment, job: _closed(experiment, job, read_only, ())),
    "no right": Fault(RIGHTS, lambda experiment, job: _closed(experiment, job, without_rights, tuple(WITHOUT_RIGHTS))),
    "700 MB of address space": Fault(MEMORY, _of_memory(lambda taken: 700e6), may_be_met=True),
    "two fifths of its address space": Fault(MEMORY, _of_memory(lambda taken: 0.4 * taken), may_be_met=True),
    "killed": Fault(MEMORY, _killed),
}
