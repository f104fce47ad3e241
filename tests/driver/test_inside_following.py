"""Followers of a run are told of its jobs."""

from types import SimpleNamespace

import pytest
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from sidewinder.driver import snakemake_inside
from sidewinder.driver.snakemake_inside import Job, following


class Remote(RemoteExecutor):
    """A plugin's executor, without a run; its jobs are told to do what `said` is."""

    def __init__(self, said=()):
        self.said = said

    def additional_general_args(self):
        return self.said

    def run_job(self, job):
        raise NotImplementedError

    def cancel_jobs(self, active_jobs):
        raise NotImplementedError

    def check_active_jobs(self, active_jobs):
        raise NotImplementedError


@pytest.mark.parametrize(("said", "expected"), [("--jobs 1", "--jobs 1 --keep-going"), ([], "--keep-going")])
def test_jobs_that_share_a_submission_go_on_when_one_of_them_fails(said, expected):
    executor = following._followed("any", Remote, None)(said)
    assert executor.additional_general_args() == expected


@pytest.fixture
def registry(monkeypatch) -> ExecutorPluginRegistry:
    """The registry of this process, put back in the end."""
    registry = ExecutorPluginRegistry()
    for name in registry.get_registered_plugins():
        plugin = registry.get_plugin(name)
        monkeypatch.setattr(plugin, "executor", plugin.executor)
    monkeypatch.setattr(following, "_followers", {})
    return registry


def test_every_executor_but_that_of_dry_runs_is_followed(registry):
    snakemake_inside.follow("results", SimpleNamespace(), {"slurm": Care})
    classes = {name: registry.get_plugin(name).executor for name in registry.get_registered_plugins()}
    followed = {name for name, executor in classes.items() if issubclass(executor, following.Followed)}
    assert followed == classes.keys() - {"dryrun"} >= {"local", "touch", "slurm", "cluster-generic"}
    keeps_going = {name for name in followed if issubclass(classes[name], following.KeepsGoing)}
    assert keeps_going >= {"slurm", "cluster-generic"}
    assert not keeps_going & {"local", "touch"}
    assert [name for name in followed if issubclass(classes[name], Care)] == ["slurm"]
    # a module is read once for each `use rule`
    snakemake_inside.follow("results", SimpleNamespace(), {"slurm": Care})
    assert {name: registry.get_plugin(name).executor for name in classes} == classes


def test_a_registry_that_is_other_than_expected_is_said_and_ends_no_run(registry, monkeypatch, capsys):
    monkeypatch.setattr(following, "ExecutorPluginRegistry", object)
    snakemake_inside.follow("results", SimpleNamespace(), {})
    assert capsys.readouterr().err == (
        "Sidewinder cannot take part in runs of this Snakemake ('object' object has no attribute "
        "'get_registered_plugins'): start no second run on results\n"
    )


class Care(RemoteExecutor):
    """What looks after the jobs of one plugin."""


class OneJob:
    """As much of Snakemake's job as is used."""

    restart_times, attempt, log, wildcards_dict = 1, 1, ["results/logs/infer/a.log"], {"movie": "a"}
    output, benchmark = ["results/work/a/maps-0.zarr"], "results/benchmarks/infer/a.tsv"

    def is_group(self):
        return False

    def register(self):
        marked.append(self)

    def log_info(self):
        assert marked[-1] is self, "marked as incomplete before anything of it is touched"


marked: list[OneJob] = []


class OneGroup(OneJob):
    jobs = frozenset({OneJob()})

    def is_group(self):
        return True


@pytest.mark.parametrize("submission", [OneJob(), OneGroup()], ids=["job", "group"])
def test_followers_are_told_of_submissions(registry, submission):
    told = []

    class Follower:
        def __getattr__(self, name):
            return lambda *arguments: told.append((name, *arguments))

    following._followers["results"] = Follower()
    executor = following._followed("any", Remote, None)()
    executor.run_job_pre(submission)
    executor.handle_job_error(submission)
    submission.attempt = 2
    executor.handle_job_error(submission)
    executor.handle_job_success(submission)
    jobs = [
        Job(
            {"movie": "a"}, "results/logs/infer/a.log", ("results/work/a/maps-0.zarr",),
            "results/benchmarks/infer/a.tsv",
        )
    ]  # fmt: skip
    assert told == [
        ("submitted", jobs, True),
        ("failed", jobs, True),
        ("failed", jobs, False),
        ("succeeded", jobs),
    ]


def test_an_error_of_a_follower_does_not_reach_the_run(registry, capsys):
    following._followers["results"] = SimpleNamespace()
    following._followed("any", Remote, None)().run_job_pre(OneJob())
    assert capsys.readouterr().err == (
        "Sidewinder lost sight of a job (submitted: AttributeError: 'types.SimpleNamespace' object has no attribute "
        "'submitted'); the run itself goes on\n"
    )
