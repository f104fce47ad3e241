"""Which jobs are run again: a graph of jobs that heeds the records of what was made."""

import math
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import suppress
from typing import Any

from snakemake import workflow as inside

from sidewinder.driver.joblog import read_end
from sidewinder.driver.snakemake_inside.absent import found_or

_again: set[str] = set()
_settled: set[str] = set()
_kept: set[str] = set()
_begun: list[Callable[[], object]] = []
_since: list[float] = []
_last: list[float] = []
_taken: set[str] = set()


def judge(
    again: Collection[str],
    settled: Collection[str],
    kept: Collection[str],
    begun: Callable[[], object],
    since: float = math.inf,
    taken: Collection[str] = (),
) -> None:
    """Have files made again by the run that this process is about to start, and what depends on them; leave others.

    Snakemake has other reasons to run a job again: times, which copies and clocks change, and records in a hidden
    folder, which may be lost. Of its ways to say so, `--forcerun` makes targets of files that nobody has asked for, and
    `ancient` keeps apart what depends on a job that runs again. Without it the user is told what to give.

    Parameters
    ----------
    again : collection of str
        Files that are to be made again.
    settled : collection of str
        The logs of jobs whose inputs are known to be those that their results were made of, whatever their times say.
    kept : collection of str
        The logs of jobs that could not be run again: nothing but a lost result is a reason to try. Snakemake removes
        what a job is to make before the job begins.
    begun : callable
        Called when the graph of jobs is made for a run, which may find nothing to do; not for a dry run.
    since : float
        When the last run began, in seconds since 1970 by the clock of the logs' file system: a job that has ended well
        since then has ended, also where Snakemake has marked it once more for a submission that is made again.
    taken : collection of str
        The logs of jobs whose files `begun` puts there: what begins no run, as a dry run, takes them to be there.
    """
    try:
        _replace_graph()
    except (AttributeError, TypeError):
        if again:
            told = " ".join(again)
            print(f"this Snakemake makes nothing again by itself; start it with: --forcerun {told}", file=sys.stderr)
        return
    _again.update(again)
    _settled.update(settled)
    _kept.update(kept)
    _begun.append(begun)
    _last.append(since)
    _taken.update(taken)


def spare(since: float) -> None:
    """In a process of a submission, leave jobs that have ended well in this run: the submission is made once more.

    Snakemake tells a submission to do all of its jobs, whatever has become of them. Without it all are done again.

    Parameters
    ----------
    since : float
        When the run began, in seconds since 1970 by the clock of the logs' file system.
    """
    _since.append(since)
    with suppress(AttributeError, TypeError):
        _replace_graph()


async def remove_unneeded(graph: Any) -> None:
    """Remove temporary files that are of no use any more: a run was killed before it removed them."""
    for job in graph.jobs:
        temporary = [] if graph.needrun(job) else [file for file in job.output if file.flags.get("temp")]
        if any([await file.exists() for file in temporary]):
            # as after a job that has ended
            await graph.handle_temp(job)


_graphs: list[type[Any]] = []


def _replace_graph() -> None:
    if inside.DAG not in _graphs:
        _graphs.append(_judged(inside.DAG))
        inside.DAG = _graphs[-1]


def _judged(graph: type[Any]) -> type[Any]:
    """A graph of jobs that heeds what `judge` was told."""

    class Judged(graph):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.forcefiles.update(_again)
            self._ended: list[Any] = []
            if self._is_run():
                for tell in _begun:
                    tell()

        async def incomplete_files(self) -> list[Any]:
            files: list[Any] = await super().incomplete_files()
            persistence = self.workflow.persistence
            self._ended = [job for job in self.jobs if files and await _has_ended(job, persistence)]
            ended = {file for job in self._ended for file in job.output}
            return [file for file in files if file not in ended]

        async def update_needrun(self, *arguments: Any, **named: Any) -> None:
            found_or(None, lambda: _take_for_older(self.jobs))
            found_or(None, lambda: None if self._is_run() else _take_for_there(self.jobs))
            self.forcefiles.difference_update(await _done_since(self.jobs))
            await self._note_ended(lambda job: str(job.log[0]) in _settled)
            found_or(None, lambda: _keep(self.jobs, self.workflow.persistence))
            await super().update_needrun(*arguments, **named)
            await self._note_ended(lambda job: not self.needrun(job))

        async def _note_ended(self, which: Callable[[Any], bool]) -> None:
            """Note, as Snakemake does after a job, that jobs have ended of which the run was not told any more."""
            if self._is_run():
                for job in [job for job in self._ended if which(job)]:
                    self._ended.remove(job)
                    await self.workflow.persistence.finished(job)

        def _is_run(self) -> bool:
            """Whether this is a run; what only lists jobs has no executor."""
            return found_or(False, lambda: self.workflow.executor_plugin is not None and not self.workflow.dryrun)

    return Judged


async def _has_ended(job: Any, persistence: Any) -> bool:
    """Whether a job that is marked as incomplete has ended well, but the run was killed before it took note.

    Its log says so, and is newer than the mark, which is made before anything of the job is touched, or than the last
    run, which does no job twice.
    """
    marked = await persistence.incomplete(job)
    if not marked or not job.log or len(marked) < len(job.output):
        return False
    # a Snakemake that does not say when does such jobs again
    began = found_or(None, lambda: persistence._get_recorded_starttime(persistence._get_key(marked[0])))
    end = read_end(job.log[0])
    return began is not None and end.state == "done" and end.written >= min([began, *_last])


async def _done_since(jobs: Iterable[Any]) -> list[Any]:
    """The files of jobs that have ended well since the run began, in a process of a submission."""
    ended = [job for job in jobs if _since and job.log and read_end(job.log[0], max(_since)).state == "done"]
    return [file for job in ended if all([await file.exists() for file in job.output]) for file in job.output]


def _take_for_older(jobs: Iterable[Any]) -> None:
    """Let no time of a settled job's inputs be a reason to run it."""
    for job in jobs:
        if job.log and str(job.log[0]) in _settled:
            for file in job.input:
                file.is_newer = _never


def _take_for_there(jobs: Iterable[Any]) -> None:
    """Let no job miss what a run has before its first job."""
    for job in jobs:
        if job.log and str(job.log[0]) in _taken:
            job.missing_output = _none_of


def _keep(jobs: Iterable[Any], persistence: Any) -> None:
    """Let no change of code, parameters or inputs be a reason to run a job that is to be kept."""
    kept = [job for job in jobs if job.log and str(job.log[0]) in _kept]
    for job in kept:
        job.outputs_older_than_script_or_notebook = _nothing
        for file in job.input:
            file.is_newer = _never
    if kept:
        known, files = persistence.has_metadata, {id(job) for job in kept}
        persistence.has_metadata = lambda job: id(job) not in files and known(job)


async def _nothing() -> AsyncIterator[str]:
    """No results that are older than the code which made them."""
    none: tuple[str, ...] = ()
    for path in none:
        yield path


async def _none_of(requested: Iterable[Any]) -> AsyncIterator[str]:
    """No files of those that are asked for."""
    async for path in _nothing():
        yield path


async def _never(time: float) -> bool:
    """Whether an input is newer than what was made of it, where its time says nothing."""
    return False
