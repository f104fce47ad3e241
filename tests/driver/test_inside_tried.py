"""Versions that were tried, and others."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from running import Stubbed, copy_workflow, stub_scripts
from sidewinder.driver.snakemake_inside import tried


def test_the_project_asks_for_what_was_tried(checkout):
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    asked = {requirement.name: requirement for requirement in map(Requirement, project["dependencies"])}
    for package, (oldest, newest) in tried.TRIED.items():
        specifier = asked[package].specifier
        assert f">={oldest.removesuffix('.0')}" in {str(part).removesuffix(".0") for part in specifier}, package
        assert {part.operator for part in specifier} == {">=", "<"}, package
        assert newest in specifier, package
    minimum = re.search(r'min_version\("(.*)"\)', (checkout / "workflow" / "Snakefile").read_text())[1]
    assert minimum == tried.TRIED["snakemake"][0]


def test_what_is_installed_here_was_tried():
    assert tried.untried() == []


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
    oldest, newest = tried.TRIED["snakemake"]
    warning = (
        f"snakemake 9.99.0 was not tried with Sidewinder, {oldest} to {newest} was; if something goes wrong: "
        f"pip install snakemake=={newest}"
    )
    assert result.stdout.splitlines().count(warning) == 1


def test_versions_are_compared_as_versions():
    for oldest, newest in tried.TRIED.values():
        assert Version(oldest) <= Version(newest)
