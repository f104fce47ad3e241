"""Take part in a run: its executors tell what happens to their jobs."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from snakemake_interface_executor_plugins.executors.real import RealExecutor
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from sidewinder.driver.for_users import for_users
from sidewinder.driver.snakemake_inside.absent import found_or
from sidewinder.driver.snakemake_inside.graph import remove_unneeded
from sidewinder.driver.snakemake_inside.jobs import Follower, members, plain
from sidewinder.errors import UserError

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
        left = [job for submission in self.dag.needrun_jobs() for job in members(submission)]
        if not left:
            return False
        # a run on a cluster has an executor for its local rules, too
        Followed.has_begun = True
        planned, jobs = plain(self.dag.jobs), plain(left)
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
            self.workflow.async_run(remove_unneeded(self.dag))
        return True

    def run_job_pre(self, job: Any) -> None:
        _tell("submitted", plain(members(job)), isinstance(self, RemoteExecutor))
        # Snakemake marks a job as incomplete only once its outputs of before are removed, which may be ended halfway
        with suppress(OSError, AttributeError, TypeError):
            job.register()
        super().run_job_pre(job)

    def handle_job_success(self, job: Any) -> None:
        _tell("succeeded", plain(members(job)))
        super().handle_job_success(job)

    def report_job_error(self, job_info: Any, msg: str | None = None, **details: Any) -> None:
        _tell("told", plain(members(job_info.job)), msg or "")
        super().report_job_error(job_info, msg, **details)

    def handle_job_error(self, job: Any) -> None:
        # counted up only after this; without it every failure counts as the last
        again = found_or(False, lambda: bool(job.restart_times >= job.attempt))
        _tell("failed", plain(members(job)), again)
        super().handle_job_error(job)

    def shutdown(self) -> None:
        super().shutdown()
        _tell("shut_down")


class KeepsGoing(RemoteExecutor):  # type: ignore[misc]
    """An executor that lets the jobs of a group go on when one fails: Snakemake passes `--keep-going` to no job."""

    def additional_general_args(self) -> str:
        return f"{super().additional_general_args() or ''} --keep-going".lstrip()


def _tell(what: str, *arguments: object) -> None:
    """Tell all followers; no error of theirs reaches the run."""
    for follower in _followers.values():
        try:
            getattr(follower, what)(*arguments)
        except Exception as error:
            line = f"Sidewinder lost sight of a job ({what}: {type(error).__name__}: {error}); the run itself goes on"
            print(line, file=sys.stderr, flush=True)
