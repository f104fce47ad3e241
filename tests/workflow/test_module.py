"""Sidewinder as a part of another workflow, and in the layout that snakedeploy writes."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tifffile

from running import stub_scripts

MODULE = """
configfile: "config.yaml"


rule mine:
    input:
        {wanted},
    output:
        "done.txt",
    shell:
        "touch {{output}}"


module sidewinder:
    snakefile:
        {snakefile}
    config:
        config["sidewinder"]
    prefix:
        "sub"


use rule * from sidewinder as sw_*


{more}
"""
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="SKIPPED LOUDLY: git is missing")
# as in docs/module.md
HOOKS = """
onsuccess:
    sidewinder.onsuccess()


onerror:
    sidewinder.onerror()
"""
# as snakedeploy 0.17 writes it
DEPLOYED = """
from snakemake.utils import min_version


min_version("6.10.0")


configfile: "config/config.yaml"


# declare https://github.com/owner/sidewinder as a module
module sidewinder:
    snakefile: 
        {snakefile}
    config:
        config


# use all rules from https://github.com/owner/sidewinder
use rule * from sidewinder
"""  # noqa: W291


@pytest.fixture(scope="module")
def stubbed(clean_checkout, tmp_path_factory) -> Path:
    """A checkout whose jobs make empty files."""
    folder = tmp_path_factory.mktemp("stubbed") / "checkout"
    return stub_scripts(Path(shutil.copytree(clean_checkout, folder, symlinks=True)))


@pytest.fixture
def caller(tmp_path, sheet):
    """Write a workflow that uses Sidewinder for a movie called cell; gives its folder."""
    (tmp_path / "raw").mkdir()
    frames = np.full((2, 64, 64), 100, dtype=np.uint16)
    frames[:, 20:40, 20:40] += 3000
    tifffile.imwrite(tmp_path / "raw" / "cell.tif", frames, imagej=True, metadata={"axes": "TYX"})
    sheet(movie=["cell"], path=["raw/cell.tif"], pixel_size_um=["0.5"])

    def write(checkout: Path, wanted: str = "sub/tracks/summary.csv", more: str = HOOKS, results: str = "tracks"):
        snakefile = f'"{checkout / "workflow" / "Snakefile"}"'
        text = MODULE.format(wanted=repr(wanted), snakefile=snakefile, more=more)
        (tmp_path / "Snakefile").write_text(text)
        (tmp_path / "config.yaml").write_text(
            f"samples: [a]\nsidewinder:\n  movies: movies.tsv\n  results: {results}\n  exports: []\n"
        )
        return tmp_path

    return write


def stub_ran(folder: Path) -> list[str]:
    """What the stubs have noted, each its rule and its movie."""
    return [line.split('"')[3] for line in (folder / "ran.jsonl").read_text().splitlines()]


def test_its_rules_work_behind_a_prefix_under_other_names(snakemake, clean_checkout, caller):
    renamed = "use rule track from sidewinder as sw_track with:\n    threads: 2\n"
    folder = caller(clean_checkout, "sub/tracks/cell/tracks.csv", renamed + HOOKS)
    result = snakemake("--cores", 2, cwd=folder)
    assert result.returncode == 0, result.stdout
    made = {str(path.relative_to(folder)) for path in folder.glob("*") if not path.name.startswith(".")}
    assert made == {"Snakefile", "config.yaml", "movies.tsv", "raw", "done.txt", "sub"}
    tracks = folder / "sub" / "tracks"
    beside = {".lock", "benchmarks", "logs", "provenance.json", "records", "work"}
    assert {path.name for path in tracks.iterdir()} == {"cell", *beside}
    assert (tracks / "cell" / "tracks.csv").read_text().count("\n") == 3
    log = (tracks / "logs" / "track" / "cell.log").read_text()
    assert "sw_track on " in log
    assert ", 2 threads" in log
    assert "1 movie: 1 done; 2 of 2 frames" in result.stdout
    status = snakemake("status", cwd=folder)
    assert status.stdout.splitlines()[-2:] == ["1 movie: 0 done, 1 waiting; 0 of 2 frames", "no run is going on"]


def test_a_rule_can_take_all_that_sidewinder_makes(snakemake, stubbed, caller):
    folder = caller(stubbed, more="rule both:\n    input:\n        rules.sw_all.input,\n")
    result = snakemake("--cores", 2, "both", cwd=folder)
    assert result.returncode == 0, result.stdout
    assert (folder / "sub" / "tracks" / "summary.csv").is_file()
    made = {path.name for path in (folder / "sub" / "tracks" / "cell").iterdir()}
    tables = {"tracks.parquet", "tracks.csv", "lineage.csv", "warnings.csv"}
    # without the hooks nobody says what made them
    assert made == {"movie.ome.zarr", "overlay.png", "report.html", *tables}


def test_what_was_made_is_not_made_again_and_the_summary_is_shown(snakemake, stubbed, caller):
    folder = caller(stubbed)
    result = snakemake("--cores", 1, cwd=folder)
    assert result.returncode == 0, result.stdout
    assert "Look first at sub/tracks/stub/report.html" in result.stdout
    stages = ["preprocess/cell", "infer/cell/0", "instances/cell/0", "track/cell", "plausibility/cell", "publish/cell"]
    stages.append("experiment")
    assert sorted(stub_ran(folder)) == sorted(f"sw_{stage}" for stage in stages)
    again = snakemake("--cores", 1, cwd=folder)
    assert "Nothing to be done" in again.stdout
    # the rest of the workflow is no business of Sidewinder's
    began = (folder / "sub" / "tracks" / ".lock").stat().st_mtime_ns
    (folder / "done.txt").unlink()
    rest = snakemake("--cores", 1, cwd=folder)
    assert rest.returncode == 0, rest.stdout
    assert (folder / "done.txt").exists()
    assert "Look first at" not in rest.stdout
    assert (folder / "sub" / "tracks" / ".lock").stat().st_mtime_ns == began


def test_a_movie_that_fails_is_named(snakemake, stubbed, caller):
    folder = caller(stubbed)
    (folder / "behaviour.json").write_text('{"sw_track/cell": ["fails"]}')
    result = snakemake("--cores", 1, cwd=folder)
    assert result.returncode != 0
    said = result.stdout.splitlines()
    assert "movie cell: sw_track/cell: this one fails (log: sub/tracks/logs/track/cell.log)" in said
    assert "1 movie: 0 done, 1 failed" in result.stdout


@pytest.mark.parametrize("more", [HOOKS, ""], ids=["hooks", "no hooks"])
def test_a_second_run_is_kept_off(snakemake, stubbed, caller, more):
    folder = caller(stubbed, more=more)
    lock = folder / "sub" / "tracks" / ".lock"
    lock.parent.mkdir(parents=True)
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        dry = snakemake("-n", cwd=folder)
        result = snakemake("--cores", 1, cwd=folder)
    assert dry.returncode == 0, dry.stdout
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("another run is writing to sub/tracks: ")
    assert "Traceback" not in result.stdout
    assert not (folder / "ran.jsonl").exists()


def test_only_results_are_behind_the_prefix(snakemake, stubbed, caller, checkout):
    folder = caller(
        stubbed, "sub/tracks/summary.csv", "use rule all from sidewinder as sw_all with:\n    priority: 1\n"
    )
    shutil.copy(checkout / "config" / "demo.tsv", folder / "movies.tsv")
    (folder / "annotate" / "a" / "corrected").mkdir(parents=True)
    (folder / "annotate" / "a" / "corrected" / "1.tif").touch()
    annotations = folder / "annotations.tsv"
    annotations.write_text("images\tlabels\n01\tSEG\n")
    with open(folder / "config.yaml", "a") as config:
        config.write("  train: {annotations: annotations.tsv, model: models/mine}\n")
    targets = ("sw_all", "sw_train", "sw_annotate", "sw_package")
    result = snakemake("--summary", *targets, cwd=folder)
    assert result.returncode == 0, result.stdout
    rows = [line.split("\t") for line in result.stdout.splitlines() if "\tsw_" in line]
    outside = {row[0] for row in rows if not row[0].startswith("sub/tracks/")}
    scenes = {f"simulated/{scene}/01{end}" for scene in ("plain", "crowded", "rough") for end in (".ome.tif", "_GT")}
    assert outside == scenes | {"models/mine/training.csv", "annotate/annotations.tsv"}
    assert "sub/tracks/nuclei.bioimageio.zip" in {row[0] for row in rows}
    assert len(rows) > 40


def test_the_profile_asks_for_a_gpu_by_the_rules_new_name(snakemake, stubbed, caller):
    folder = caller(stubbed)
    asked = []
    for resources in ([], ["--set-resources", "sw_infer:gpu=1"]):
        result = snakemake("--cores", 1, "--forceall", *resources, cwd=folder)
        assert result.returncode == 0, result.stdout
        notes = (folder / "ran.jsonl").read_text().splitlines()
        asked.append(next(note.split('"mem_mb": ')[1].split(",")[0] for note in reversed(notes) if "sw_infer" in note))
    # the libraries of CUDA are more than what a frame of 64 pixels needs
    assert int(asked[1]) > int(asked[0]) + 2000


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('config["sidewinder"]', "config", "config.yaml: there is no key samples; "),
        ("results: tracks", "results: /tmp/tracks", "config: results: '/tmp/tracks' is absolute, and the module has a"),
        (
            "exports: []",
            "track: {max_gap: 1}",
            "config.yaml: there is no key track.max_gap; did you mean track.max_gap_",
        ),
    ],
    ids=["foreign keys", "absolute", "key"],
)
def test_mistakes_end_the_run_with_one_line(snakemake, stubbed, caller, old, new, expected):
    folder = caller(stubbed)
    for path in (folder / "Snakefile", folder / "config.yaml"):
        path.write_text(path.read_text().replace(old, new, 1 if path.suffix else -1))
    result = snakemake("-n", cwd=folder)
    assert result.returncode == 1
    assert [line for line in result.stdout.splitlines() if line.startswith(expected)], result.stdout
    assert "Traceback" not in result.stdout
    hint = 'give it a section of its own: config: config["sidewinder"]'
    assert (hint in result.stdout) == ("no key" in expected)


def test_two_experiments_have_a_module_each(snakemake, stubbed, caller):
    folder = caller(stubbed)
    other = """
module other:
    snakefile:
        "{}/workflow/Snakefile"
    config:
        {{**config["sidewinder"], "results": "other"}}

use rule * from other as other_*
"""
    with open(folder / "Snakefile", "a") as snakefile:
        snakefile.write(other.format(stubbed))
    result = snakemake("--cores", 1, "mine", "other_all", cwd=folder)
    assert result.returncode == 0, result.stdout
    assert (folder / "other" / "summary.csv").is_file()
    assert (folder / "sub" / "tracks" / "summary.csv").is_file()
    assert (folder / "other" / ".lock").is_file()


@pytest.fixture
def hosted(stubbed, tmp_path, monkeypatch) -> Path:
    """A repository that git finds where GitHub would have it; gives its folder."""
    folder = Path(shutil.copytree(stubbed, tmp_path / "hosted" / "sidewinder", symlinks=True))
    (tmp_path / "gitconfig").write_text(f'[url "{folder.parent}/"]\n\tinsteadOf = https://github.com/owner/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    person = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (["init", "--quiet"], ["add", "--all"], [*person, "commit", "--quiet", "-m", "all"], ["tag", "v1"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def deployed(hosted: Path, source: str) -> Path:
    """The folder that snakedeploy sets up, with a sheet of one movie."""
    folder = hosted.parents[1] / "deployed"
    shutil.copytree(hosted / "config", folder / "config")
    (folder / "workflow").mkdir()
    (folder / "workflow" / "Snakefile").write_text(DEPLOYED.format(snakefile=source))
    (folder / "config" / "movies.tsv").write_text("movie\tpath\nmine\tmine.tif\n")
    (folder / "mine.tif").touch()
    return folder


@needs_git
def test_it_runs_from_a_repository(snakemake, hosted):
    folder = deployed(hosted, 'github("owner/sidewinder", path="workflow/Snakefile", tag="v1")')
    result = snakemake("--cores", 2, cwd=folder)
    assert result.returncode == 0, result.stdout
    assert (folder / "results" / "mine" / "tracks.geff").is_dir()
    (export,) = (folder / ".snakemake" / "sidewinder").iterdir()
    assert (export / "workflow" / "models" / "nuclei" / "card.yaml").is_file()
    again = snakemake("--cores", 1, cwd=folder)
    assert "Nothing to be done" in again.stdout
    assert os.listdir(export.parent) == [export.name]


@needs_git
def test_what_it_cannot_run_from_is_refused_with_what_to_do(snakemake, hosted):
    folder = deployed(hosted, f'gitfile("{hosted}", path="workflow/Snakefile", tag="v1")')
    result = snakemake("-n", cwd=folder)
    assert result.returncode == 1
    assert "Sidewinder can be a module from a checkout on disk, or by github" in result.stdout.splitlines()[-1]
