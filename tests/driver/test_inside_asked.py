"""What is asked of Snakemake, and what is taken for an answer where something is gone."""

import sys
from types import SimpleNamespace

import pytest

from sidewinder.driver import snakemake_inside
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
