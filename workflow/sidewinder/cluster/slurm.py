"""What a run on a Slurm cluster needs beyond what Snakemake's plugin does: to lose no job, and to leave none behind.

Only the process that drives a run uses this.
"""

import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

from sidewinder.cluster.reason import reason_of
from sidewinder.errors import UserError

NAME = ".slurm"  # in the results folder, holds the name that all jobs of the last run have
SECONDS_BETWEEN_LOOKS = 2.0
# Slurm gives a job 30 s to end (KillWait) unless told otherwise, and nodes may be slow to answer
PATIENCE_S = 300.0


class KeepsJobs(RemoteExecutor):  # type: ignore[misc]
    """Goes before the plugin's executor, and keeps it from forgetting jobs, and from looking ever more seldom.

    Up to version 2.8 at least, a query that fails for a whole poll makes the plugin drop all jobs from its list; the
    run then waits for ever, without a word. Here such jobs are put back, and the next poll asks again. Each poll
    without news would put off the next one by 10 s more, up to 180 s; here the profile's interval holds, for one call
    of squeue for all jobs is no burden, however long the run.

    What Slurm refuses for good, such as an account that is not there, is not tried again.

    Snakemake's own list of jobs is empty while it asks about them: what is interrupted just then would cancel none,
    and they would run on. Here all are cancelled that were submitted and have not ended.
    """

    def __post_init__(self) -> None:
        # jobs that were submitted and have not ended, by identity
        self._open: dict[int, SubmittedJobInfo] = {}
        super().__post_init__()

    def report_job_submission(self, job_info: SubmittedJobInfo, register_job: bool = True) -> None:
        self._open[id(job_info)] = job_info
        super().report_job_submission(job_info, register_job=register_job)

    def report_job_success(self, job_info: SubmittedJobInfo) -> None:
        self._open.pop(id(job_info), None)
        super().report_job_success(job_info)

    def report_job_error(self, job_info: SubmittedJobInfo, msg: str | None = None, **details: object) -> None:
        self._open.pop(id(job_info), None)
        reason = reason_of(msg or "")
        if reason is not None and not reason.again:
            # Snakemake's count of tries
            job_info.job.attempt = max(job_info.job.attempt, job_info.job.restart_times + 1)
        super().report_job_error(job_info, msg, **details)

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        super().cancel_jobs(list(self._open.values()))

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncIterator[SubmittedJobInfo]:
        interval_s = self.workflow.executor_settings.init_seconds_before_status_checks
        kept = set()
        async for job_info in super().check_active_jobs(active_jobs):
            kept.add(id(job_info))
            yield job_info
        lost = [job_info for job_info in active_jobs if id(job_info) in self._open.keys() - kept]
        if lost:
            self.logger.warning(
                f"Slurm does not answer: {len(lost)} jobs are in the queue or running; asking again in {interval_s} s"
            )
        for job_info in lost:
            yield job_info
        self.next_seconds_between_status_checks = interval_s


def check_answers() -> None:
    """Refuse to begin where jobs cannot be submitted; raises UserError, with the command that is missing or fails."""
    if shutil.which("sbatch") is None:
        raise UserError(
            "there is no command sbatch here: start the run on a node from which jobs are submitted, or with "
            "--profile profiles/local"
        )
    _jobs_called("sidewinder")


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
        If Slurm does not answer, or the jobs do not end.
    """
    path = Path(results, NAME)
    name = path.read_text().strip() if path.is_file() else ""
    jobs = _jobs_called(name) if name else []
    if not jobs:
        return None
    _call("scancel", *jobs)
    end = time.monotonic() + PATIENCE_S
    while _jobs_called(name):
        if time.monotonic() > end:
            raise UserError(f"jobs of an earlier run do not end; start again when they have: see squeue --name={name}")
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return f"an earlier run was killed; its {len(jobs)} jobs that were in the queue or running are cancelled"


def remember_run(results: str | Path, executor: Any) -> None:
    """Write down how the jobs of this run are called, for the next one."""
    Path(results, NAME).write_text(f"{executor.run_uuid}\n")


def _jobs_called(name: str) -> list[str]:
    """The jobs of a name that are waiting, running or ending."""
    return _call("squeue", "--noheader", f"--name={name}", "--format=%A").split()


def _call(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S).stdout
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        raise UserError(f"Slurm does not answer ({command[0]}: {said}); start again when it does") from error
