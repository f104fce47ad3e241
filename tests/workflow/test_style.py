"""The workflow is written as the community writes workflows."""

import subprocess

import pytest
import yaml


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_the_linter_is_content(snakemake, clean_checkout, snakefile):
    result = snakemake("--lint", "--snakefile", snakefile, cwd=clean_checkout)
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1] == "Congratulations, your workflow is in a good condition!"


def test_the_formatter_is_content(checkout):
    snakefmt = checkout / ".venv-snakefmt" / "bin" / "snakefmt"
    if not snakefmt.is_file():
        pytest.skip(f"SKIPPED LOUDLY: {snakefmt} is not there; `make test` sets it up")
    result = subprocess.run(
        [snakefmt, "--check", "Snakefile", "workflow/Snakefile", "workflow/rules"],
        cwd=checkout,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


def test_every_rule_says_what_it_needs(rules):
    jobs = {name: rule for name, rule in rules.items() if rule["script"]}
    assert not [name for name in rules.keys() - jobs.keys() if rules[name]["output"]]
    for name, rule in jobs.items():
        assert all(rule[directive] for directive in ("output", "log", "benchmark", "conda", "message")), name
        assert {"mem_mb", "runtime"} <= set(rule["resources"]), name


def test_rules_leave_to_profiles_what_depends_on_the_machine(rules):
    assert not [name for name, rule in rules.items() if {"gpu", "gres"} & set(rule["resources"]) or rule["retries"]]


def test_the_catalog_of_workflows_finds_what_it_asks_for(checkout):
    usage = yaml.safe_load((checkout / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["software-stack-deployment"] == {"conda": True, "apptainer": True, "apptainer+conda": False}
    assert usage["report"] is True
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert (checkout / "config" / "README.md").is_file()
    assert (checkout / "workflow" / "Snakefile").is_file()
