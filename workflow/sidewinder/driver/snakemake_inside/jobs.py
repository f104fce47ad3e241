"""Jobs, and who is told of them, without anything of Snakemake's."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from snakemake_interface_executor_plugins.executors.real import RealExecutor


@dataclass(frozen=True)
class Job:
    """A job of a run.

    Parameters
    ----------
    wildcards : dict of str to str
        Such as its movie.
    log : str
        The path of its log, which no other job has.
    outputs : tuple of str
        The files and folders that it makes.
    benchmark : str
        The path of the benchmark that Snakemake writes when it has ended; may be empty.
    """

    wildcards: dict[str, str]
    log: str
    outputs: tuple[str, ...] = ()
    benchmark: str = ""


class Follower(Protocol):
    """Who is told what happens in a run. A submission is one job, or a group of them."""

    def begin(self, executor: str, planned: Collection[Job], jobs: Collection[Job]) -> None:
        """Before the first job: the plugin's name, all jobs behind the targets, and those that are to be run."""

    def has_begun(self, executor: RealExecutor) -> None:
        """The plugin's executor is ready."""

    def submitted(self, jobs: list[Job], remote: bool) -> None:
        """A submission was handed to a cluster, or begins on this machine."""

    def succeeded(self, jobs: list[Job]) -> None:
        """A submission has ended well."""

    def failed(self, jobs: list[Job], again: bool) -> None:
        """A submission has failed, and is tried again or not."""

    def told(self, jobs: list[Job], message: str) -> None:
        """What the plugin says of a submission that has failed, before `failed`."""

    def shut_down(self) -> None:
        """No job of this run is wanted any more."""


def members(submission: Any) -> list[Any]:
    """The jobs of a submission, which is one job or a group of them."""
    return list(submission.jobs) if submission.is_group() else [submission]


def plain(jobs: Iterable[Any]) -> list[Job]:
    """Snakemake's jobs as ours; those without a log, which run nothing, are left out."""
    return [
        Job(dict(job.wildcards_dict), str(job.log[0]), tuple(map(str, job.output)), str(job.benchmark or ""))
        for job in jobs
        if job.log
    ]
