"""What keeps a run on Slurm from losing jobs, with stand-ins for plugin and Slurm; test_on_slurm.py has them real."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

from sidewinder.cluster import slurm
from sidewinder.errors import UserError


class Plugin(RemoteExecutor):
    """As much of the plugin's executor as matters: `answers` says of each poll which jobs ended; None: no answer."""

    def __init__(self, answers):
        self.answers = iter(answers)
        self.ended, self.cancelled = [], []
        self.logger = logging.getLogger("sidewinder")
        self.workflow = SimpleNamespace(executor_settings=SimpleNamespace(init_seconds_before_status_checks=20))
        self.next_seconds_between_status_checks = 20
        self.run_uuid = "uuid-1"
        self.__post_init__()

    def __post_init__(self):
        pass

    def run_job(self, job):
        raise NotImplementedError

    def report_job_submission(self, job_info, register_job=True):
        pass

    def cancel_jobs(self, active_jobs):
        self.cancelled += active_jobs

    def report_job_success(self, job_info):
        self.ended.append(job_info)

    def report_job_error(self, job_info, msg=None):
        self.ended.append(job_info)

    async def check_active_jobs(self, active_jobs):
        ended = next(self.answers)
        self.next_seconds_between_status_checks += 10
        if ended is None:
            return
        for job_info in active_jobs:
            if job_info.name in ended:
                self.report_job_error(job_info, msg="x") if job_info.name == "b" else self.report_job_success(job_info)
            else:
                yield job_info


class Executor(slurm.KeepsJobs, Plugin):
    """The plugin's, with what goes before it."""


def poll(executor, active):
    async def collect():
        return [job_info async for job_info in executor.check_active_jobs(active)]

    return asyncio.run(collect())


def submitted(executor, name):
    """Jobs that were submitted, of one letter each."""
    jobs = [SimpleNamespace(name=letter) for letter in name]
    for job_info in jobs:
        executor.report_job_submission(job_info)
    return jobs


def names(jobs):
    return [job_info.name for job_info in jobs]


def test_jobs_of_a_poll_without_an_answer_are_kept(caplog):
    executor = Executor([{"a"}, None, {"b"}, None, {"c"}])
    active = submitted(executor, "abc")
    seen = []
    while active:
        active = poll(executor, active)
        seen.append(names(active))
    assert seen == [["b", "c"], ["b", "c"], ["c"], ["c"], []]
    assert names(executor.ended) == ["a", "b", "c"]
    assert caplog.text.count("Slurm does not answer: ") == 2
    assert "Slurm does not answer: 2 jobs are in the queue or running; asking again in 20 s" in caplog.text


def test_the_time_between_two_looks_does_not_grow():
    executor = Executor([set()] * 5)
    active = submitted(executor, "a")
    for _ in range(5):
        active = poll(executor, active)
        assert executor.next_seconds_between_status_checks == 20


def test_a_run_that_is_interrupted_while_it_asks_cancels_what_has_not_ended():
    executor = Executor([{"a", "b"}])
    poll(executor, submitted(executor, "abc"))
    # Snakemake's own list is empty while it asks
    executor.cancel_jobs([])
    assert names(executor.cancelled) == ["c"]


@pytest.mark.parametrize(
    ("line", "attempt"), [("Invalid account specified", 3), ("Unable to contact slurm controller", 1)]
)
def test_what_is_refused_for_good_is_not_tried_again(line, attempt):
    executor = Executor([])
    job = SimpleNamespace(attempt=1, restart_times=2)
    executor.report_job_error(SimpleNamespace(job=job), msg=f"'sbatch: error: Batch job submission failed: {line}'")
    # Snakemake tries again while the attempt is at most the number of restarts
    assert job.attempt == attempt


@pytest.mark.case("machine", "a run on Slurm is started where there is no sbatch")
def test_a_run_begins_only_where_jobs_can_be_submitted(tmp_path, monkeypatch, cluster, shown):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"there is no command sbatch here: start the run on a node") as caught:
        slurm.check_answers()
    shown(str(caught.value), 1)
    (tmp_path / "sbatch").touch(0o755)
    cluster.queue = [""]
    slurm.check_answers()
    assert cluster.called == [("squeue", "--noheader", "--name=sidewinder", "--format=%A")]


@pytest.fixture
def cluster(monkeypatch):
    """A stand-in for Slurm: `queue` is what squeue shows, call after call; `called` is what was called."""
    fake = SimpleNamespace(queue=[], called=[])

    def run(command, **_):
        fake.called.append(command)
        return SimpleNamespace(stdout=fake.queue.pop(0) if command[0] == "squeue" else "")

    monkeypatch.setattr(slurm.subprocess, "run", run)
    monkeypatch.setattr(slurm.time, "sleep", lambda seconds: None)
    return fake


@pytest.mark.case("machine", "a run was killed; its jobs are still in the queue")
def test_jobs_of_a_killed_run_are_cancelled_and_waited_for(tmp_path, cluster, shown):
    slurm.remember_run(tmp_path, Executor([]))
    cluster.queue = ["11\n12\n", "12\n", ""]
    message = slurm.end_jobs_of_last_run(tmp_path)
    assert message == "an earlier run was killed; its 2 jobs that were in the queue or running are cancelled"
    shown(message, 0)
    assert ("scancel", "11", "12") in cluster.called
    assert ("squeue", "--noheader", "--name=uuid-1", "--format=%A") in cluster.called
    assert cluster.queue == []


def test_a_first_run_asks_nothing(tmp_path, cluster):
    assert slurm.end_jobs_of_last_run(tmp_path) is None
    assert cluster.called == []


@pytest.mark.case("machine", "Slurm does not answer")
def test_without_slurm_the_user_is_told(tmp_path, monkeypatch):
    slurm.remember_run(tmp_path, Executor([]))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match=r"Slurm does not answer \(squeue: .*\); start again when it does"):
        slurm.end_jobs_of_last_run(tmp_path)
