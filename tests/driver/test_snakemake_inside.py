"""The door to Snakemake's inside: what is asked through it, and what happens where something is gone."""

import asyncio
import errno
import os
import re
import subprocess
import sys
import tomllib
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from snakemake import exceptions
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from running import Stubbed, copy_workflow, stub_scripts
from sidewinder.driver import forked, snakemake_inside
from sidewinder.driver.snakemake_inside import Job
from sidewinder.errors import UserError

GONE = SimpleNamespace()


@pytest.mark.parametrize(
    ("ask", "without"),
    [
        (snakemake_inside.is_main_process, False),
        (snakemake_inside.is_module, False),
        (snakemake_inside.config_files, []),
        (snakemake_inside.in_containers, False),
        (snakemake_inside.in_store, False),
        (lambda workflow: snakemake_inside.resources_asked(workflow, "infer"), {}),
        (lambda workflow: snakemake_inside.on_disk(workflow, "results"), "results"),
    ],
    ids=["is_main_process", "is_module", "config_files", "in_containers", "in_store", "resources_asked", "on_disk"],
)
def test_what_is_gone_ends_no_run(ask, without):
    assert ask(GONE) == without


def test_without_the_users_folder_paths_begin_at_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert snakemake_inside.users_folder(GONE) == str(tmp_path)


def module(results: str, prefix: str = "") -> SimpleNamespace:
    """A workflow that is being read, with a path variable."""
    modifier = SimpleNamespace(path_modifier=SimpleNamespace(replace_prefix=lambda path: prefix + path))
    return SimpleNamespace(
        modifier=modifier, pathvars=SimpleNamespace(apply=lambda path: path.replace("<results>", results))
    )


@pytest.mark.parametrize(
    ("results", "prefix", "expected"),
    [
        ("out", "", "out"),
        ("out/", "sub/", "sub/out"),
        ("/data/out", "", "/data/out"),
        ("../out", "", "../out"),
    ],
)
def test_results_are_behind_the_prefix_of_a_module(results, prefix, expected):
    assert snakemake_inside.on_disk(module(results, prefix), "<results>") == expected


def test_a_prefix_before_an_absolute_folder_is_refused():
    with pytest.raises(UserError, match=r"config: results: '/data' is absolute, and the module has a prefix"):
        snakemake_inside.on_disk(module("/data", "sub/"), "<results>")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["status"], True),
        (["status", "--config", "movies=a.tsv"], True),
        (["--directory", "status"], False),
        (["status", "all"], False),
        (["-n"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_target_is_told_from_other_words(monkeypatch, arguments, expected):
    monkeypatch.setattr(sys, "argv", ["snakemake", *arguments])
    assert snakemake_inside.is_target("status") is expected


def test_the_project_asks_for_what_was_tried(checkout):
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    asked = {requirement.name: requirement for requirement in map(Requirement, project["dependencies"])}
    for package, (oldest, newest) in snakemake_inside.TRIED.items():
        specifier = asked[package].specifier
        assert f">={oldest.removesuffix('.0')}" in {str(part).removesuffix(".0") for part in specifier}, package
        assert {part.operator for part in specifier} == {">=", "<"}, package
        assert newest in specifier, package
    minimum = re.search(r'min_version\("(.*)"\)', (checkout / "workflow" / "Snakefile").read_text())[1]
    assert minimum == snakemake_inside.TRIED["snakemake"][0]


def test_what_is_installed_here_was_tried():
    assert snakemake_inside.untried() == []


def test_snakemake_says_in_a_sentence_what_the_machine_lacks(monkeypatch):
    plain = exceptions.format_exception_to_string
    monkeypatch.setattr(exceptions, "format_exception_to_string", plain)
    monkeypatch.setattr(snakemake_inside, "_in_words", [])
    for _ in range(2):
        snakemake_inside.say_in_words()
    said = exceptions.format_exception_to_string(OSError(errno.ENOSPC, "full", ".snakemake/x"))
    assert said == (
        "no space is left (disk, quota, or number of files) for .snakemake/x; free some space and start again"
    )
    error = exceptions.WorkflowError("no such rule")
    assert exceptions.format_exception_to_string(error) == plain(error)


@pytest.mark.workflow
def test_a_run_with_another_version_says_so_once_and_goes_on(checkout, tmp_path, monkeypatch):
    (tmp_path / "checkout").mkdir()
    stubbed = Stubbed(stub_scripts(copy_workflow(checkout, tmp_path / "checkout")), tmp_path)
    stubbed.movies("a", "b")
    targets = [f"results/work/{movie}/image.ome.zarr" for movie in ("a", "b")]
    newer = tmp_path / "newer" / "snakemake-9.99.0.dist-info"
    newer.mkdir(parents=True)
    (newer / "METADATA").write_text("Metadata-Version: 2.1\nName: snakemake\nVersion: 9.99.0\n")
    monkeypatch.setenv("PYTHONPATH", str(newer.parent))
    result = stubbed.run(*targets, "--config", "movies=movies.tsv")
    assert result.returncode == 0, result.stdout
    oldest, newest = snakemake_inside.TRIED["snakemake"]
    warning = (
        f"snakemake 9.99.0 was not tried with Sidewinder, {oldest} to {newest} was; if something goes wrong: "
        f"pip install snakemake=={newest}"
    )
    assert result.stdout.splitlines().count(warning) == 1


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
    executor = snakemake_inside._followed("any", Remote, None)(said)
    assert executor.additional_general_args() == expected


@pytest.fixture
def registry(monkeypatch) -> ExecutorPluginRegistry:
    """The registry of this process, put back in the end."""
    registry = ExecutorPluginRegistry()
    for name in registry.get_registered_plugins():
        plugin = registry.get_plugin(name)
        monkeypatch.setattr(plugin, "executor", plugin.executor)
    monkeypatch.setattr(snakemake_inside, "_followers", {})
    return registry


def test_every_executor_but_that_of_dry_runs_is_followed(registry):
    snakemake_inside.follow("results", SimpleNamespace(), {"slurm": Care})
    classes = {name: registry.get_plugin(name).executor for name in registry.get_registered_plugins()}
    followed = {name for name, executor in classes.items() if issubclass(executor, snakemake_inside.Followed)}
    assert followed == classes.keys() - {"dryrun"} >= {"local", "touch", "slurm", "cluster-generic"}
    keeps_going = {name for name in followed if issubclass(classes[name], snakemake_inside.KeepsGoing)}
    assert keeps_going >= {"slurm", "cluster-generic"}
    assert not keeps_going & {"local", "touch"}
    assert [name for name in followed if issubclass(classes[name], Care)] == ["slurm"]
    # a module is read once for each `use rule`
    snakemake_inside.follow("results", SimpleNamespace(), {"slurm": Care})
    assert {name: registry.get_plugin(name).executor for name in classes} == classes


def test_a_registry_that_is_other_than_expected_is_said_and_ends_no_run(registry, monkeypatch, capsys):
    monkeypatch.setattr(snakemake_inside, "ExecutorPluginRegistry", object)
    snakemake_inside.follow("results", SimpleNamespace(), {})
    assert capsys.readouterr().err == (
        "Sidewinder cannot take part in runs of this Snakemake ('object' object has no attribute "
        "'get_registered_plugins'): start no second run on results\n"
    )


class Graph:
    """As much of Snakemake's graph of jobs as is used."""

    def __init__(self, workflow, jobs=()):
        self.workflow, self.jobs, self.forcefiles = workflow, jobs, {"given"}

    async def incomplete_files(self):
        return [file for job in self.jobs for file in await self.workflow.persistence.incomplete(job)]

    async def update_needrun(self, create_inventory=False):
        self.looked = create_inventory

    def needrun(self, job):
        return job.needed


@pytest.fixture
def graph(monkeypatch):
    """Make Snakemake's graph for a workflow and jobs, after `judge` was told."""
    monkeypatch.setattr(snakemake_inside.inside, "DAG", Graph)
    empties = {
        "_again": set(),
        "_settled": set(),
        "_kept": set(),
        "_begun": [],
        "_graphs": [],
        "_since": [],
        "_last": [],
        "_taken": set(),
    }
    for name, empty in empties.items():
        monkeypatch.setattr(snakemake_inside, name, empty)

    def make(workflow, jobs, *told):
        for one in told:
            snakemake_inside.judge(*one)
        return snakemake_inside.inside.DAG(workflow, jobs)

    return make


class File(str):
    """As much of Snakemake's file as is used."""

    flags = {}

    async def is_newer(self, time):
        return True

    async def exists(self):
        return "missing" not in self


def test_a_graph_makes_again_what_it_is_told_and_takes_no_input_of_a_settled_job_for_newer(graph):
    jobs = [SimpleNamespace(log=[log], input=[File("x")]) for log in ("settled.log", "other.log")]
    run = SimpleNamespace(executor_plugin="local", dryrun=False)
    # by two modules
    made = graph(run, [*jobs, SimpleNamespace(log=[])], (["a"], ["settled.log"], [], list), (["b"], [], [], list))
    assert made.forcefiles == {"given", "a", "b"}
    asyncio.run(made.update_needrun(create_inventory=True))
    assert made.looked
    assert [asyncio.run(job.input[0].is_newer(0.0)) for job in jobs] == [False, True]


def test_no_change_is_a_reason_to_run_a_job_that_is_to_be_kept(graph):
    async def older():
        yield "work/a/image.ome.zarr"

    async def names(job):
        return [name async for name in job.outputs_older_than_script_or_notebook()]

    jobs = [
        SimpleNamespace(log=[log], input=[File("x")], outputs_older_than_script_or_notebook=older)
        for log in ("kept.log", "other.log")
    ]
    persistence = SimpleNamespace(has_metadata=lambda job: True)
    run = SimpleNamespace(executor_plugin="local", dryrun=False, persistence=persistence)
    asyncio.run(graph(run, jobs, ([], [], ["kept.log"], list)).update_needrun())
    # without them Snakemake compares neither parameters nor inputs
    assert [persistence.has_metadata(job) for job in jobs] == [False, True]
    assert [asyncio.run(names(job)) for job in jobs] == [[], ["work/a/image.ome.zarr"]]
    assert [asyncio.run(job.input[0].is_newer(0.0)) for job in jobs] == [False, True]


@pytest.mark.parametrize(("plugin", "dryrun", "expected"), [("local", False, 1), ("dryrun", True, 0), (None, False, 0)])
def test_only_a_run_that_is_none_for_show_has_begun(graph, plugin, dryrun, expected):
    begun = []
    graph(SimpleNamespace(executor_plugin=plugin, dryrun=dryrun), [], ([], [], [], lambda: begun.append(1)))
    assert len(begun) == expected


def test_a_snakemake_without_such_a_graph_is_told_to_the_user(graph, monkeypatch, capsys):
    monkeypatch.delattr(snakemake_inside.inside, "DAG")
    snakemake_inside.judge(["work/a/image.ome.zarr"], [], [], list)
    assert capsys.readouterr().err == (
        "this Snakemake makes nothing again by itself; start it with: --forcerun work/a/image.ome.zarr\n"
    )


class Marks:
    """As much of what Snakemake notes of jobs as is used: all were marked as incomplete at 1000 s."""

    def __init__(self):
        self.noted = []

    async def incomplete(self, job):
        return [file for file in job.output if await file.exists()]

    async def finished(self, job):
        self.noted.append(job.output[0])

    def _get_key(self, file):
        return file

    def _get_recorded_starttime(self, key):
        return 1000.0


def logged(folder, name, said, written_s, outputs=None, needed=False):
    """A job of which a log was left."""
    log = folder / f"{name}.log"
    log.write_text(f"2026-11-28 12:00:00 {said}\n")
    os.utime(log, (written_s, written_s))
    files = [File(output) for output in outputs or [name]]
    return SimpleNamespace(log=[log], input=[], output=files, needed=needed)


@pytest.mark.parametrize("dryrun", [False, True])
def test_a_job_that_had_ended_when_the_run_was_killed_is_not_run_again(graph, tmp_path, dryrun):
    jobs = [
        logged(tmp_path, "ended", "done in 3.0 s", 1001),
        # it has ended, but there is another reason to run it
        logged(tmp_path, "changed", "done in 3.0 s", 1001, needed=True),
        logged(tmp_path, "ended before it was begun again", "done in 3.0 s", 999.5),
        logged(tmp_path, "cut off", "infer: 3/9 frames, ", 1001),
        logged(tmp_path, "lost", "done in 3.0 s", 1001, outputs=["there", "missing"]),
    ]
    run = SimpleNamespace(executor_plugin="local", dryrun=dryrun, persistence=Marks())
    made = graph(run, jobs, ([], [], [], list))
    assert asyncio.run(made.incomplete_files()) == ["ended before it was begun again", "cut off", "there"]
    asyncio.run(made.update_needrun())
    assert run.persistence.noted == ([] if dryrun else ["ended"])


def test_a_job_that_ended_in_the_last_run_has_ended_though_it_was_marked_again(graph, tmp_path):
    run = SimpleNamespace(executor_plugin="local", dryrun=False, persistence=Marks())
    jobs = [logged(tmp_path, f"ended at {written_s} s", "done in 3.0 s", written_s) for written_s in (899, 901)]
    made = graph(run, jobs, ([], [], [], list, 900.0))
    assert asyncio.run(made.incomplete_files()) == ["ended at 899 s"]


def test_where_snakemake_does_not_say_when_a_job_began_it_is_run_again(graph, tmp_path, monkeypatch):
    monkeypatch.delattr(Marks, "_get_recorded_starttime")
    run = SimpleNamespace(executor_plugin="local", dryrun=False, persistence=Marks())
    made = graph(run, [logged(tmp_path, "ended", "done in 3.0 s", 1001)], ([], [], [], list))
    assert asyncio.run(made.incomplete_files()) == ["ended"]


def test_a_submission_that_is_made_again_leaves_what_has_ended_in_this_run(graph, tmp_path):
    jobs = [
        logged(tmp_path, "ended", "done in 3.0 s", 1001),
        logged(tmp_path, "of an earlier run", "done in 3.0 s", 900),
        logged(tmp_path, "cut off", "infer: 3/9 frames, ", 1001),
        logged(tmp_path, "lost", "done in 3.0 s", 1001, outputs=["there", "missing"]),
    ]
    snakemake_inside.spare(1000.0)
    made = graph(SimpleNamespace(executor_plugin="local", dryrun=False), jobs)
    made.forcefiles.update(file for job in jobs for file in job.output)
    asyncio.run(made.update_needrun())
    assert made.forcefiles == {"given", "of an earlier run", "cut off", "there", "missing"}


def test_temporary_files_that_nobody_needs_are_removed():
    class Temporary(File):
        flags = {"temp": True}

    def job(output, needed=False):
        return SimpleNamespace(output=[output], needed=needed)

    needless = job(Temporary("maps"))
    jobs = [needless, job(File("labels")), job(Temporary("other maps"), needed=True), job(Temporary("missing maps"))]
    removed = []

    async def handle_temp(job):
        removed.append(job)

    made = SimpleNamespace(jobs=jobs, needrun=lambda job: job.needed, handle_temp=handle_temp)
    asyncio.run(snakemake_inside._remove_unneeded(made))
    assert removed == [needless]


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

    snakemake_inside._followers["results"] = Follower()
    executor = snakemake_inside._followed("any", Remote, None)()
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
    snakemake_inside._followers["results"] = SimpleNamespace()
    snakemake_inside._followed("any", Remote, None)().run_job_pre(OneJob())
    assert capsys.readouterr().err == (
        "Sidewinder lost sight of a job (submitted: AttributeError: 'types.SimpleNamespace' object has no attribute "
        "'submitted'); the run itself goes on\n"
    )


def test_versions_are_compared_as_versions():
    for oldest, newest in snakemake_inside.TRIED.values():
        assert Version(oldest) <= Version(newest)


@pytest.mark.parametrize(
    ("dryrun", "verbose", "remote", "dropped"),
    [
        (False, False, False, {"progress", "job_info", "job_error", "steps", "shell"}),
        (False, False, True, {"progress", "job_info", "steps", "shell"}),
        (True, False, False, set()),
        (False, True, False, set()),
    ],
)
def test_a_run_is_not_told_of_each_step_but_for_a_verbose_one(monkeypatch, dryrun, verbose, remote, dropped):
    called = []

    def idle():
        raise AssertionError("called at the end alone")

    monkeypatch.setattr(snakemake_inside.atexit, "register", called.append)

    class DefaultFilter:
        def __init__(self):
            self.dryrun = dryrun

        def filter(self, record):
            return True

    monkeypatch.setattr(snakemake_inside.inside_logging, "DefaultFilter", DefaultFilter)
    workflow = SimpleNamespace(output_settings=SimpleNamespace(verbose=verbose), local_exec=not remote)
    assert snakemake_inside.be_brief(workflow, idle) is not verbose
    said = {
        name: SimpleNamespace(event=SimpleNamespace(value=name), msg="x")
        for name in ("progress", "job_info", "job_error", "run_info")
    }
    said |= {"steps": SimpleNamespace(msg="Select jobs to execute..."), "other": SimpleNamespace(msg="Building DAG")}
    said["shell"] = SimpleNamespace(msg="Using shell: /usr/bin/bash")
    assert {name for name, record in said.items() if not DefaultFilter().filter(record)} == dropped
    nothing = SimpleNamespace(msg="Nothing to be done (all requested files are present and up to date).")
    assert DefaultFilter().filter(nothing)
    assert called == [idle] * (not dryrun and not verbose)


def test_a_snakemake_without_that_filter_says_all(monkeypatch):
    monkeypatch.delattr(snakemake_inside.inside_logging, "DefaultFilter")
    assert snakemake_inside.be_brief(SimpleNamespace(output_settings=SimpleNamespace(verbose=False)), print) is False


def ready(folder, **changed) -> SimpleNamespace:
    """A script in a folder, as Snakemake has made it ready for a job."""
    basedir = SimpleNamespace(get_path_or_uri=lambda secret_free: str(folder))
    script = {"conda_env": None, "container_img": None, "env_modules": None, "bench_record": None, "threads": 2}
    path = SimpleNamespace(get_basedir=lambda: basedir)
    return SimpleNamespace(**script | {"resources": {"tmpdir": "/scratch"}, "path": path} | changed)


@pytest.fixture
def executed(monkeypatch):
    """Runs a script that is ready, where forked jobs end with a code; which of both ways ran it."""

    def run(script, code, target_jobs=()):
        ran = []
        monkeypatch.setattr(snakemake_inside.forked, "run", lambda script, measured: ran.append(script) or code)
        plain = lambda script, path, edit: ran.append(path)  # noqa: E731
        monkeypatch.setattr(snakemake_inside.inside_script.PythonScript, "execute_script", plain)
        monkeypatch.setattr(snakemake_inside, "_executes", [])
        for _ in range(2):
            snakemake_inside.fork_jobs(SimpleNamespace(dag_settings=SimpleNamespace(target_jobs=target_jobs)))
        snakemake_inside.inside_script.PythonScript.execute_script(script, "x.step.py")
        return ran

    return run


def test_a_script_of_ours_is_forked_and_fails_as_if_it_had_been_started(executed, checkout):
    script = forked.Script("x.step.py", 2, "/scratch")
    assert executed(ready(checkout / "scripts"), 0) == [script]
    # no process could be forked
    assert executed(ready(checkout / "scripts"), None) == [script, "x.step.py"]
    with pytest.raises(subprocess.CalledProcessError, match="SIGKILL") as raised:
        executed(ready(checkout / "scripts"), -9)
    assert snakemake_inside.MESSAGES_OF_STEPS.match(f"RuleException:\nCalledProcessError in file x:\n{raised.value}")


@pytest.mark.parametrize(
    "changed",
    [{"conda_env": "envs/cpu.yaml"}, {"container_img": "a.sif"}, {"resources": {"shell_exec": "zsh"}}],
    ids=["conda", "container", "shell"],
)
def test_a_script_with_an_environment_of_its_own_is_started(executed, checkout, changed):
    assert executed(ready(checkout / "scripts", **changed), 0) == ["x.step.py"]


def test_the_only_job_of_a_submission_is_started_and_two_are_forked(executed, checkout):
    one, two = {"track:movie=a"}, {"track:movie=a", "ctc:movie=a"}
    assert executed(ready(checkout / "scripts"), 0, one) == ["x.step.py"]
    assert executed(ready(checkout / "scripts"), 0, two) == [forked.Script("x.step.py", 2, "/scratch")]


def test_a_script_of_others_or_of_another_snakemake_is_started(executed, tmp_path):
    assert executed(ready(tmp_path), 0) == ["x.step.py"]
    assert executed(GONE, 0) == ["x.step.py"]
