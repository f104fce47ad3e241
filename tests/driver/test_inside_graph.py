"""Which jobs a graph runs again."""

import asyncio
import os
from types import SimpleNamespace

import pytest

from sidewinder.driver import snakemake_inside
from sidewinder.driver.snakemake_inside import graph as inside_graph


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
    monkeypatch.setattr(inside_graph.inside, "DAG", Graph)
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
        monkeypatch.setattr(inside_graph, name, empty)

    def make(workflow, jobs, *told):
        for one in told:
            snakemake_inside.judge(*one)
        return inside_graph.inside.DAG(workflow, jobs)

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
    monkeypatch.delattr(inside_graph.inside, "DAG")
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
    asyncio.run(inside_graph.remove_unneeded(made))
    assert removed == [needless]
