"""The state of each movie of a run, and the submissions that have failed, from what happens to the jobs."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidewinder.driver.snakemake_inside import Job

# of a movie's jobs that are not done, the last one that applies says how the movie is
WAITING, RUNNING, SUBMITTED, FAILED = "waiting", "running", "submitted", "failed"
RANK = {state: rank for rank, state in enumerate((WAITING, RUNNING, SUBMITTED, FAILED))}
NO_MOVIE = ""


class Progress:
    """The jobs of a run that are not done.

    Parameters
    ----------
    logs : str
        The folder of all logs. A job whose log is elsewhere belongs to another part of the workflow.
    movies : collection of str
        The movies of the sheet.
    """

    def __init__(self, logs: str, movies: Collection[str]) -> None:
        self._logs, self._known = f"{logs}/", movies
        self._left: dict[str, dict[str, str]] = {NO_MOVIE: {}}
        self._failed: dict[str, list[Job]] = {}
        self._said: dict[str, str] = {}
        # the log of the job that makes the tables of all movies
        self.tables = ""

    def begin(self, planned: Iterable["Job"], jobs: Collection["Job"]) -> bool:
        """Take all jobs behind the targets, and those that are to be run; say whether any of these is of this part."""
        for movie, job in self._ours(planned):
            if movie in self._known:
                self._left[movie] = {}
            if job.log.endswith(f"{self._logs}experiment/experiment.log"):
                self.tables = job.log
        self._set(jobs, WAITING)
        return bool(self._ours(jobs))

    def submitted(self, jobs: list["Job"], remote: bool) -> None:
        """Jobs that were handed to a cluster, or that begin."""
        self._set(jobs, SUBMITTED if remote else RUNNING)
        self._failed.pop(_key(jobs), None)

    def succeeded(self, jobs: list["Job"]) -> None:
        """Jobs that have ended well."""
        for movie, job in self._ours(jobs):
            self._left.get(movie, {}).pop(job.log, None)

    def failed(self, jobs: list["Job"], again: bool) -> None:
        """Jobs that have failed, of which those that are tried again wait."""
        self._set(jobs, WAITING if again else FAILED)
        if not again:
            self._failed[_key(jobs)] = [job for _, job in self._ours(jobs)]

    def note(self, jobs: list["Job"], message: str) -> None:
        """What the batch system says of a submission that has failed."""
        self._said[_key(jobs)] = message

    def said(self, jobs: list["Job"]) -> str:
        """What `note` was told last of a submission; empty where nothing."""
        return self._said.get(_key(jobs), "")

    def states(self) -> dict[str, str]:
        """The state of each movie of the run."""
        return {
            movie: max(left.values(), key=RANK.__getitem__) if left else "done"
            for movie, left in self.left().items()
            if movie != NO_MOVIE
        }

    def left(self) -> dict[str, dict[str, str]]:
        """The logs and the states of the jobs that are not done, by their movies; `NO_MOVIE` for those without one."""
        return {movie: left.copy() for movie, left in self._left.copy().items()}

    def failures(self) -> list[list["Job"]]:
        """The submissions that have failed in the end."""
        return [jobs for jobs in self._failed.values() if jobs]

    def _set(self, jobs: Iterable["Job"], state: str) -> None:
        for movie, job in self._ours(jobs):
            if movie in self._left:
                self._left[movie][job.log] = state

    def _ours(self, jobs: Iterable["Job"]) -> list[tuple[str, "Job"]]:
        return [(job.wildcards.get("movie", NO_MOVIE), job) for job in jobs if self._logs in job.log]


def _key(jobs: list["Job"]) -> str:
    """What tells a submission from others."""
    return jobs[0].log if jobs else ""
