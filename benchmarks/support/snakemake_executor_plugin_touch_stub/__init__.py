"""An executor for `benchmarks/scale.py`: what a submission should make is there at once, empty.

It is a remote one, as Slurm's is, so that groups, polls and scheduling are those of a cluster. The 0.1 s that Snakemake
waits between two levels of a group when it ends are left out: with 10,000 movies the benchmark would last an hour.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface
from snakemake_interface_executor_plugins.settings import CommonSettings

SIZE = json.dumps({"shape": [100, 1, 2048, 2048], "data_type": "uint16"})

START_S = float(os.environ["BENCHMARK_START_S"])  # by the monotonic clock, which all processes share
GROUP_PAUSE_S = 0.1
sleep = asyncio.sleep


async def sleep_but_not_between_levels(seconds: float) -> None:
    """As asyncio.sleep."""
    await sleep(0 if seconds == GROUP_PAUSE_S else seconds)


asyncio.sleep = sleep_but_not_between_levels

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    pass_default_storage_provider_args=False,
    pass_default_resources_args=False,
    pass_envvar_declarations_to_cmd=False,
    auto_deploy_default_storage_provider=False,
    init_seconds_before_status_checks=0,
)


class Executor(RemoteExecutor):
    """Makes outputs in the process of the run."""

    def __post_init__(self) -> None:
        self.next_seconds_between_status_checks = 0.5
        self.n_submissions = 0

    def run_job(self, job: JobExecutorInterface) -> None:
        if not self.n_submissions:
            print(f"ready: {time.monotonic() - START_S:.1f} {time.process_time():.1f}", flush=True)
        # what a real executor does for each submission: the resources and the command line
        self.format_job_exec(job)
        job.resources.get("mem_mb")
        for one in job if job.is_group() else [job]:
            for output in map(Path, [*one.output, one.benchmark]):
                if output.suffix in (".zarr", ".geff") or output.name == "ctc":
                    (output / "0").mkdir(parents=True)
                    (output / "0" / "zarr.json").write_text(SIZE)
                else:
                    output.parent.mkdir(parents=True, exist_ok=True)
                    output.write_text("movie\nstub\n" if output.name == "summary.csv" else "")
        self.n_submissions += 1
        self.report_job_submission(SubmittedJobInfo(job))

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncIterator[SubmittedJobInfo]:
        for job_info in active_jobs:
            self.report_job_success(job_info)
        for job_info in ():
            yield job_info

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Nothing runs that could be cancelled."""

    def shutdown(self) -> None:
        print(f"submissions: {self.n_submissions}", flush=True)
        super().shutdown()
