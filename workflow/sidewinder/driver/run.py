"""What the process of a run does besides Snakemake: it keeps other runs off, ends jobs that an earlier run left behind,
says how far it is, and at its end which movies failed and why."""

import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sidewinder.cluster import engine, slurm
from sidewinder.driver import lock, status
from sidewinder.driver.ending import failure_lines, summary_lines, unique
from sidewinder.driver.ours import check_outputs
from sidewinder.driver.progress import Progress
from sidewinder.driver.watch import Watch
from sidewinder.names import IMAGE, PUBLISHED, SUMMARY

if TYPE_CHECKING:
    from snakemake_interface_executor_plugins.executors.real import RealExecutor

    from sidewinder.driver.snakemake_inside import Job

# what looks after the jobs of Snakemake's plugins
CLUSTERS: dict[str, ModuleType] = {"slurm": slurm, "cluster-generic": engine}


class Run:
    """A run, from the first job to the last; a `Follower` of Snakemake's.

    Parameters
    ----------
    results : path
        The results folder.
    movies : collection of str
        The movies of the sheet.
    here : path
        The folder that the user is in.
    """

    def __init__(self, results: str | Path, movies: Collection[str], here: str | Path) -> None:
        self._results, self._here = Path(results), here
        self._progress = Progress(f"{results}/logs", movies)
        self._watch = Watch(self._progress.states, self._n_frames, _say)
        self._cluster: ModuleType | None = None
        self._began = False

    def begin(self, executor: str, movies: Iterable[str], jobs: Collection["Job"]) -> None:
        """Hold the results folder and, on a cluster, end what a killed run has left behind; then watch.

        Nothing is done where all jobs are of the workflow that has Sidewinder as a module.

        Raises
        ------
        UserError
            Where another run holds the folder, the cluster does not answer, or the run would write over what it has not
            made.
        """
        self._began = self._progress.begin(movies, jobs)
        if not self._began:
            return
        check_outputs(str(self._results), jobs)
        self._cluster = CLUSTERS.get(executor)
        messages = [lock.hold(self._results)]
        if self._cluster is not None:
            messages.append(self._cluster.end_jobs_of_last_run(self._results))
        for message in filter(None, messages):
            _say(message)
        self._watch.start()

    def has_begun(self, executor: "RealExecutor") -> None:
        """Remember what the jobs of this run are called, for the next one."""
        if self._cluster is slurm:
            slurm.remember_run(self._results, executor)

    def submitted(self, jobs: list["Job"], remote: bool) -> None:
        """A submission was handed to a cluster, or begins on this machine."""
        self._progress.submitted(jobs, remote)

    def succeeded(self, jobs: list["Job"]) -> None:
        """A submission has ended well."""
        self._progress.succeeded(jobs)

    def failed(self, jobs: list["Job"], again: bool) -> None:
        """A submission has failed, and is tried again or not."""
        self._progress.failed(jobs, again)

    def shut_down(self) -> None:
        """Cancel the jobs that Snakemake, interrupted, did not."""
        if self._cluster is engine:
            engine.cancel_noted(self._results)

    def show_summary(self) -> None:
        """Say how far the run came, and the table of movies if this run has written it."""
        self._watch.end()
        summary = self._results / SUMMARY
        if self._began and summary.is_file() and summary.stat().st_mtime >= lock.held_since(self._results):
            _say("\n".join(summary_lines(self._results, self._here)))

    def show_failures(self) -> None:
        """Say how far the run came, and a line for each movie that failed in it."""
        self._watch.end()
        since = lock.held_since(self._results) if self._began else 0.0
        lines = []
        for jobs in self._progress.failures():
            # a stage by the folder of its logs, because a module may give rules other names
            named = [(Path(job.log).parent.name, job.wildcards, job.log) for job in jobs]
            lines += failure_lines(named, since, self._here)
        if lines:
            _say("\n".join(["", *unique(lines), ""]))

    def _n_frames(self, movie: str) -> int | None:
        """The number of frames of a movie that is done, whatever this run was to make of it."""
        return status.n_frames(self._results / movie / PUBLISHED, self._results / "work" / movie / IMAGE)


def _say(line: str) -> None:
    """Tell the user, where Snakemake tells them, too."""
    print(line, file=sys.stderr, flush=True)
