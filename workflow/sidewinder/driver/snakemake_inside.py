"""The one door to Snakemake's inside: all that is used of it without a promise that it stays.

What Snakemake documents is used where it is needed: rules, modules, hooks, path variables. What it does not document
stands here, each with its reason and with what happens where a version of Snakemake has it no longer. Only the process
that reads the Snakefile imports this.
"""

import atexit
import logging
import math
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from packaging.version import Version
from snakemake import benchmark, cli, exceptions
from snakemake import logging as inside_logging
from snakemake import script as inside_script
from snakemake import workflow as inside
from snakemake_interface_executor_plugins.executors.real import RealExecutor
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from sidewinder.driver import forked
from sidewinder.driver.for_users import for_users
from sidewinder.driver.joblog import read_end
from sidewinder.errors import UserError

# the oldest and the newest version that passed the tests; pyproject.toml asks for the oldest and allows the same major
TRIED = {
    "snakemake": ("9.23.1", "9.27.1"),
    "snakemake-executor-plugin-slurm": ("2.7.0", "2.8.0"),
    "snakemake-executor-plugin-cluster-generic": ("1.0.9", "1.0.9"),
    "snakemake-storage-plugin-s3": ("0.3.6", "0.3.6"),
}

Found = TypeVar("Found")


@cache
def warn_of_untried() -> None:
    """Say of each package whose version was not tried that it was not; once, however often a module is read."""
    for line in untried():
        print(line, file=sys.stderr)


def untried() -> list[str]:
    """A line for each package that is installed in a version with which Sidewinder was not tried."""
    lines = []
    for package, (oldest, newest) in TRIED.items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            continue
        if not Version(oldest) <= Version(installed) <= Version(newest):
            tried = oldest if oldest == newest else f"{oldest} to {newest}"
            lines.append(
                f"{package} {installed} was not tried with Sidewinder, {tried} was; if something goes wrong: "
                f"pip install {package}=={newest}"
            )
    return lines


def is_main_process(workflow: Any) -> bool:
    """Whether this is the process of the run, not one of its jobs, which read the Snakefile, too.

    Snakemake says so nowhere else. Without it nothing here takes part in a run: no lock, no care for the cluster.
    """
    return _or(False, lambda: bool(workflow.is_main_process))


def config_files(workflow: Any) -> list[str]:
    """The files that the config comes from, as the user would write them. Without it errors name no file."""
    return _or([], lambda: [os.path.relpath(file) for file in workflow.configfiles])


def users_folder(workflow: Any) -> str:
    """The folder from which Snakemake was called; it has gone to `--directory` since. Else paths begin there."""
    return _or(os.getcwd(), lambda: str(workflow.rundir))


def is_target(*names: str) -> bool:
    """Whether targets of these names are all that the command line asks for.

    A rule of that name would want cores, build the graph of all jobs, print a table of them and take the lock. Without
    it there is the command: python <checkout>/workflow/sidewinder status.
    """
    if set(names).isdisjoint(sys.argv):
        return False
    targets = _targets()
    return bool(targets) and targets <= set(names)


def targets_below(folder: str) -> list[str]:
    """The names behind `folder/` in the targets of the command line, such as those of movies.

    Rules for them are made when they are asked for. Without it one gives the files of a movie.
    """
    if not any(argument.startswith(f"{folder}/") for argument in sys.argv):
        return []
    return sorted(target.removeprefix(f"{folder}/") for target in _targets() if target.startswith(f"{folder}/"))


def _targets() -> set[str]:
    return _or(set(), lambda: set(cli.get_argument_parser().parse_args(sys.argv[1:]).targets))


def in_containers(workflow: Any) -> bool:
    """Whether the run was told `--sdm apptainer`: only then must there be an image. Without it none is used."""
    methods: Collection[Any] = _or([], lambda: workflow.deployment_settings.deployment_method)
    return "apptainer" in {method.item_to_choice() for method in methods}


def is_module(workflow: Any) -> bool:
    """Whether the Snakefile that is being read is a module of another. Without it a hint in an error is missing."""
    return _or(False, lambda: not workflow.modifier.is_main_snakefile())


def in_store(workflow: Any) -> bool:
    """Whether results lie in a store, by `--default-storage-provider`. Without it they are taken to be on the disk."""
    return _or(False, lambda: workflow.storage_settings.default_storage_provider not in (None, "none"))


def is_missing(file: Any) -> bool:
    """Whether a store says that an input of a rule is not in it; a store that does not answer says nothing.

    Snakemake asks, too, and ends the whole run where a file is missing. Without it that stays so.
    """
    try:
        return not file.flags["storage_object"].exists()
    except Exception:  # a file on the disk, or whatever a plugin raises, which Snakemake reports
        return False


def resources_asked(workflow: Any, rule: str) -> Mapping[str, object]:
    """What profile and command line ask for a rule, `--set-resources`, by the name that a module gives the rule.

    A rule's own function for its memory sees wildcards, inputs and threads, but not the other resources. Without it
    jobs ask for the memory that they need where there is no GPU.
    """
    return _or(
        {}, lambda: workflow.resource_settings.overwrite_resources.get(workflow.modifier.modify_rulename(rule), {})
    )


def on_disk(workflow: Any, path: str) -> str:
    """Where a path of a rule is: with its path variables, and behind the prefix of the module, which is being read.

    The paths of a rule are changed after they are given, and only rules are told. Without it they are taken to be where
    the config says.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        While the Snakefile is being read.
    path : str
        A path that begins with a path variable, such as ``<results>``.

    Raises
    ------
    UserError
        Where Snakemake would put a prefix before an absolute path.
    """
    plain = _or(path, lambda: str(workflow.pathvars.apply(path)))
    prefixed = _or(path, lambda: str(workflow.modifier.path_modifier.replace_prefix(path)))
    if prefixed == path:
        return os.path.normpath(plain)
    if os.path.isabs(plain):
        raise UserError(
            f"config: results: {plain!r} is absolute, and the module has a prefix, which would go before it: "
            "leave out the prefix, or give a relative folder"
        )
    return os.path.normpath(prefixed.replace(path, plain))


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


_followers: dict[str, Follower] = {}


def follow(name: str, follower: Follower, care: Mapping[str, type[RemoteExecutor]]) -> None:
    """Take part in the run that this process is about to start, if it starts one; a dry run is none.

    Snakemake's hooks are not called for a module, know no jobs, and may be switched off. Executors are told all, by
    methods which their plugins may replace: the executor of each plugin becomes a class derived from its own. That the
    registry of the plugins takes such a class is not documented. Without it nothing here takes part in the run, and the
    user is told so.

    Parameters
    ----------
    name : str
        Who follows: the same name again, as when a module is read twice, takes the place of the first.
    follower : Follower
        The object that is told.
    care : dict of str to class
        For the name of a plugin a class that goes before that of its executor.
    """
    try:
        if not _followers:
            _replace_executors(care)
    except (AttributeError, TypeError) as error:
        line = f"Sidewinder cannot take part in runs of this Snakemake ({error}): start no second run on {name}"
        print(line, file=sys.stderr)
    _followers[name] = follower


def _replace_executors(care: Mapping[str, type[RemoteExecutor]]) -> None:
    registry = ExecutorPluginRegistry()
    for name in registry.get_registered_plugins():
        plugin: Any = registry.get_plugin(name)
        if not plugin.common_settings.dryrun_exec:
            plugin.executor = _followed(name, plugin.executor, care.get(name))


def _followed(name: str, executor: type[RealExecutor], care: type[RemoteExecutor] | None) -> type[RealExecutor]:
    bases: list[type] = [Followed]
    if issubclass(executor, RemoteExecutor):
        bases.append(KeepsGoing)
    if care is not None:
        bases.append(care)
    return type(executor.__name__, (*bases, executor), {"plugin": name, "__module__": executor.__module__})


class Followed(RealExecutor):  # type: ignore[misc]
    """An executor that tells followers what happens to its jobs."""

    plugin: ClassVar[str]
    has_begun: ClassVar[bool] = False

    def __post_init__(self) -> None:
        begins = not Followed.has_begun and self._begin()
        super().__post_init__()
        if begins:
            for follower in _followers.values():
                follower.has_begun(self)

    def _begin(self) -> bool:
        """Tell that the run begins, if there is anything to be done; an error of the user's ends it."""
        # the graph of jobs has no public methods that say which jobs there are, and which of them are to be run;
        # without them the run ends here, with an error, before its first job
        left = [job for submission in self.dag.needrun_jobs() for job in _members(submission)]
        if not left:
            return False
        # a run on a cluster has an executor for its local rules, too
        Followed.has_begun = True
        planned, jobs = _plain(self.dag.jobs), _plain(left)
        try:
            for follower in _followers.values():
                follower.begin(self.plugin, planned, jobs)
        except (UserError, OSError) as error:
            message = for_users(error)
            if message is None:
                raise
            sys.exit(message)
        # none is left where Snakemake has no such method any more
        with suppress(AttributeError, TypeError):
            self.workflow.async_run(_remove_unneeded(self.dag))
        return True

    def run_job_pre(self, job: Any) -> None:
        _tell("submitted", _plain(_members(job)), isinstance(self, RemoteExecutor))
        # Snakemake marks a job as incomplete only once its outputs of before are removed, which may be ended halfway
        with suppress(OSError, AttributeError, TypeError):
            job.register()
        super().run_job_pre(job)

    def handle_job_success(self, job: Any) -> None:
        _tell("succeeded", _plain(_members(job)))
        super().handle_job_success(job)

    def report_job_error(self, job_info: Any, msg: str | None = None, **details: Any) -> None:
        _tell("told", _plain(_members(job_info.job)), msg or "")
        super().report_job_error(job_info, msg, **details)

    def handle_job_error(self, job: Any) -> None:
        # counted up only after this; without it every failure counts as the last
        again = _or(False, lambda: bool(job.restart_times >= job.attempt))
        _tell("failed", _plain(_members(job)), again)
        super().handle_job_error(job)

    def shutdown(self) -> None:
        super().shutdown()
        _tell("shut_down")


def fork_jobs(workflow: Any) -> None:
    """Let the jobs that this process runs be forked from one that has imported what they need, where that can be done.

    How Snakemake starts a script is not documented. Without it each job starts a Python of its own, as it does in a
    conda environment, in a container, where the script is none of this checkout, and in a submission of a single job.
    """
    _runs_one.append(lambda: len(workflow.dag_settings.target_jobs) == 1)
    with suppress(AttributeError):
        if not _executes:
            _executes.append(inside_script.PythonScript.execute_script)
            inside_script.PythonScript.execute_script = _execute


_executes: list[Callable[..., None]] = []
# known only when the Snakefile has been read
_runs_one: list[Callable[[], bool]] = []


def _execute(self: Any, path: str, edit: bool = False) -> None:
    """Run a job's script, which Snakemake has made ready."""
    script: forked.Script | None = None if edit else _or(None, lambda: _plain_script(self, path))
    unmeasured: Callable[[int], AbstractContextManager[object]] = nullcontext
    code = forked.run(script, _or(unmeasured, lambda: _measuring(self.bench_record))) if script else None
    if code is None:
        _executes[0](self, path, edit=edit)
    elif code:
        raise subprocess.CalledProcessError(code, [sys.executable, path])


def _measuring(record: Any) -> Callable[[int], AbstractContextManager[object]]:
    """What measures a process for a benchmark, or nothing where the rule has none."""
    return nullcontext if record is None else partial(benchmark.benchmarked, benchmark_record=record)


def _plain_script(script: Any, path: str) -> "forked.Script | None":
    """A script as ours; None where it cannot be run in a process that is forked."""
    own_environment = script.conda_env or script.container_img or script.env_modules
    folder = Path(script.path.get_basedir().get_path_or_uri(secret_free=True))
    # a second process would cost a single job memory, and save nothing
    if _or(False, _runs_one[-1]) or own_environment or script.resources.get("shell_exec"):
        return None
    if not forked.can_fork(folder):
        return None
    return forked.Script(path, script.threads, script.resources.get("tmpdir") or "")


async def _remove_unneeded(graph: Any) -> None:
    """Remove temporary files that are of no use any more: a run was killed before it removed them."""
    for job in graph.jobs:
        temporary = [] if graph.needrun(job) else [file for file in job.output if file.flags.get("temp")]
        if any([await file.exists() for file in temporary]):
            # as after a job that has ended
            await graph.handle_temp(job)


class KeepsGoing(RemoteExecutor):  # type: ignore[misc]
    """An executor that lets the jobs of a group go on when one fails: Snakemake passes `--keep-going` to no job."""

    def additional_general_args(self) -> str:
        return f"{super().additional_general_args() or ''} --keep-going".lstrip()


_in_words: list[Callable[..., str]] = []


def say_in_words() -> None:
    """Let Snakemake say in a sentence what the machine lacks or refuses, where it would print Python's traceback.

    It writes files of its own: what jobs have begun and ended, their benchmarks, their scripts. It prints all errors by
    way of one function, which it documents no more than others. Without it the traceback stands there.
    """
    if not _in_words:
        _in_words.append(_or(str, lambda: exceptions.format_exception_to_string))
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
    wordy = _or(True, lambda: bool(workflow.output_settings.verbose))
    kind: Any = _or(None, lambda: inside_logging.DefaultFilter)
    if wordy or kind is None:
        return False
    before = kind.filter

    def passes(self: Any, record: logging.LogRecord) -> bool:
        # what executor there is, is known only when the Snakefile has been read
        dropped = OF_STEPS | OF_FAILURES if _or(False, lambda: bool(workflow.local_exec)) else OF_STEPS
        event = getattr(getattr(record, "event", None), "value", "")
        if str(record.msg).startswith("Nothing to be done") and not self.dryrun:
            # each handler has a filter
            atexit.unregister(idle)
            atexit.register(idle)
        of_step = event in dropped or MESSAGES_OF_STEPS.match(str(record.msg))
        return bool((self.dryrun or not of_step) and before(self, record))

    kind.filter = passes
    return True


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
            _or(None, lambda: _take_for_older(self.jobs))
            _or(None, lambda: None if self._is_run() else _take_for_there(self.jobs))
            self.forcefiles.difference_update(await _done_since(self.jobs))
            await self._note_ended(lambda job: str(job.log[0]) in _settled)
            _or(None, lambda: _keep(self.jobs, self.workflow.persistence))
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
            return _or(False, lambda: self.workflow.executor_plugin is not None and not self.workflow.dryrun)

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
    began = _or(None, lambda: persistence._get_recorded_starttime(persistence._get_key(marked[0])))
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


def _members(submission: Any) -> list[Any]:
    """The jobs of a submission, which is one job or a group of them."""
    return list(submission.jobs) if submission.is_group() else [submission]


def _plain(jobs: Iterable[Any]) -> list[Job]:
    """Snakemake's jobs as ours; those without a log, which run nothing, are left out."""
    return [
        Job(dict(job.wildcards_dict), str(job.log[0]), tuple(map(str, job.output)), str(job.benchmark or ""))
        for job in jobs
        if job.log
    ]


def _tell(what: str, *arguments: object) -> None:
    """Tell all followers; no error of theirs reaches the run."""
    for follower in _followers.values():
        try:
            getattr(follower, what)(*arguments)
        except Exception as error:
            line = f"Sidewinder lost sight of a job ({what}: {type(error).__name__}: {error}); the run itself goes on"
            print(line, file=sys.stderr, flush=True)


def _or(without: Found, look: Callable[[], Found]) -> Found:
    """What Snakemake holds; `without`, where this version of it has no such thing."""
    try:
        return look()
    except (AttributeError, TypeError):
        return without
