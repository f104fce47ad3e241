"""What Snakemake says in the terminal."""

import errno
from types import SimpleNamespace

import pytest
from snakemake import exceptions

from sidewinder.driver import snakemake_inside
from sidewinder.driver.snakemake_inside import wording


def test_snakemake_says_in_a_sentence_what_the_machine_lacks(monkeypatch):
    plain = exceptions.format_exception_to_string
    monkeypatch.setattr(exceptions, "format_exception_to_string", plain)
    monkeypatch.setattr(wording, "_in_words", [])
    for _ in range(2):
        snakemake_inside.say_in_words()
    said = exceptions.format_exception_to_string(OSError(errno.ENOSPC, "full", ".snakemake/x"))
    assert said == (
        "no space is left (disk, quota, or number of files) for .snakemake/x; free some space and start again"
    )
    error = exceptions.WorkflowError("no such rule")
    assert exceptions.format_exception_to_string(error) == plain(error)


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

    monkeypatch.setattr(wording.atexit, "register", called.append)

    class DefaultFilter:
        def __init__(self):
            self.dryrun = dryrun

        def filter(self, record):
            return True

    monkeypatch.setattr(wording.inside_logging, "DefaultFilter", DefaultFilter)
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
    monkeypatch.delattr(wording.inside_logging, "DefaultFilter")
    assert snakemake_inside.be_brief(SimpleNamespace(output_settings=SimpleNamespace(verbose=False)), print) is False
