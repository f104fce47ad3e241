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


def test_every_rule_says_what_it_needs(checkout):
    for path in sorted((checkout / "workflow" / "rules").glob("*.smk")):
        for rule in path.read_text().split("\nrule ")[1:]:
            for directive in ("output", "log", "benchmark", "conda", "threads", "resources", "message", "script"):
                assert f"\n    {directive}:" in rule, (path.name, directive)
            assert "mem_mb=" in rule
            assert "runtime=" in rule
            assert "gpu=" not in rule  # said in profiles


def test_the_catalog_of_workflows_finds_what_it_asks_for(checkout):
    usage = yaml.safe_load((checkout / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["software-stack-deployment"] == {"conda": True, "apptainer": True, "apptainer+conda": False}
    assert usage["report"] is False
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert (checkout / "config" / "README.md").is_file()
    assert (checkout / "workflow" / "Snakefile").is_file()
