"""What the process of a run does besides Snakemake: it keeps other runs off, ends jobs that an earlier run left behind,
says how far it is, and at its end which movies failed and why."""

import sys
from collections.abc import Collection
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sidewinder.cluster import engine, slurm
from sidewinder.cluster.reason import reason_of
from sidewinder.driver import lock, status
from sidewinder.driver.clock import future_lines
from sidewinder.driver.ending import failure_lines, summary_lines, warning_lines
from sidewinder.driver.failures import Failure, read_failures
from sidewinder.driver.for_users import for_users
from sidewinder.driver.ours import check_outputs
from sidewinder.driver.outcome import outcomes
from sidewinder.driver.partial import renew_tables
from sidewinder.driver.progress import Progress
from sidewinder.driver.same_raw import same_raw_lines
from sidewinder.driver.watch import Watch
from sidewinder.driver.writable import check_writable
from sidewinder.errors import UserError
from sidewinder.names import IMAGE, PROVENANCE, PUBLISHED, SUMMARY
from sidewinder.plan import Plan
from sidewinder.provenance.document import write_documents

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
    plan : Plan
        The experiment's movies.
    here : path
        The folder that the user is in.
    """

    def __init__(self, results: str | Path, plan: Plan, here: str | Path) -> None:
        self._results, self._plan, self._here = Path(results), plan, here
        self._progress = Progress(f"{results}/logs", plan.rows)
        self._watch = Watch(self._progress.states, self._n_frames, _say)
        self._cluster: ModuleType | None = None
        self._began = False

    def begin(self, executor: str, planned: Collection["Job"], jobs: Collection["Job"]) -> None:
        """Hold the results folder and, on a cluster, end what a killed run has left behind; then watch.

        Nothing is done where all jobs are of the workflow that has Sidewinder as a module.

        Raises
        ------
        UserError
            Where another run holds the folder, a part of it may not be written to, the cluster does not answer, or the
            run would write over what it has not made.
        """
        self._began = self._progress.begin(planned, jobs)
        if not self._began:
            return
        check_outputs(str(self._results), jobs)
        self._cluster = CLUSTERS.get(executor)
        if self._cluster is slurm:
            slurm.check_answers()
        messages = [lock.hold(self._results), *same_raw_lines(self._plan.rows)]
        check_writable(self._results, jobs)
        messages += future_lines(str(self._results), planned)
        if self._cluster is not None:
            messages.append(self._cluster.end_jobs_of_last_run(self._results))
            lock.begin_now(self._results)
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

    def told(self, jobs: list["Job"], message: str) -> None:
        """The plugin says why a submission has failed."""
        self._progress.note(jobs, message)

    def shut_down(self) -> None:
        """Cancel the jobs that Snakemake, interrupted, did not."""
        if self._cluster is engine:
            engine.cancel_noted(self._results)

    def show_summary(self) -> None:
        """Say how far the run came, and the table of movies if this run has written it."""
        self._watch.end()
        summary = self._results / SUMMARY
        if self._began and summary.is_file() and summary.stat().st_mtime >= lock.held_since(self._results):
            self._show_tables()
        if self._began:
            self._say_what_made_it()

    def show_idle(self) -> None:
        """Say the table of movies where there was nothing to do, and write what an earlier run could not any more."""
        if (self._results / SUMMARY).is_file():
            self._say_what_made_it(is_idle=True)
            try:
                self._show_tables()
            except UserError as error:
                _say(str(error))

    def show_failures(self) -> None:
        """Say how far the run came, a line for each movie that failed in it, and which are not in the tables of all,
        which are made of the others."""
        self._watch.end()
        if not self._began:
            return
        since = lock.held_since(self._results)
        failures = self._failures(since)
        lines = failure_lines(failures, self._here)
        if lines:
            _say("\n".join(["", *lines, ""]))
        found = outcomes(self._progress.left(), failures, since)
        for line in renew_tables(self._results, self._here, self._plan, self._progress, found):
            _say(line)
        self._say_what_made_it()
        if found:
            _say("To go on, give the same command again: what is done is not computed again.")

    def _say_what_made_it(self, *, is_idle: bool = False) -> None:
        """Write what made the results, but for results in a store, whose jobs keep no records."""
        if not self._plan.keeps_records:
            return
        try:
            write_documents(self._results, self._plan, is_idle=is_idle)
        except OSError as error:
            _say(f"{PROVENANCE} was not written: {for_users(error) or error}")

    def _show_tables(self) -> None:
        _say("\n".join(summary_lines(self._results, self._here)))
        lines = warning_lines(self._results, self._here)
        if lines:
            _say("\n".join(["", *lines]))

    def _failures(self, since: float) -> list[Failure]:
        """Why each submission failed that did in the end."""
        # a stage by the folder of its logs, because a module may give rules other names
        failures = []
        for jobs in self._progress.failures():
            described = [(Path(job.log).parent.name, job.wildcards, job.log) for job in jobs]
            reason = reason_of(self._progress.said(jobs)) if self._cluster is slurm else None
            failures += read_failures(described, since, reason.text if reason else "")
        return failures

    def _n_frames(self, movie: str) -> int | None:
        """The number of frames of a movie that is done, whatever this run was to make of it."""
        return status.n_frames(self._results / movie / PUBLISHED, self._results / "work" / movie / IMAGE)


def _say(line: str) -> None:
    """Tell the user, where Snakemake tells them, too."""
    print(line, file=sys.stderr, flush=True)
