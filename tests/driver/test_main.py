"""What Sidewinder answers without Snakemake, as a user asks."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def ask(checkout, tmp_path) -> Callable[..., subprocess.CompletedProcess]:
    """Ask in a folder with a sheet of two movies."""
    (tmp_path / "movies.tsv").write_text("movie\tpath\na\ta.tif\nb\tb.tif\n")

    def run(*arguments: object, cwd: Path = tmp_path) -> subprocess.CompletedProcess:
        command = [sys.executable, checkout / "workflow" / "sidewinder", *arguments]
        return subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True)

    return run


def test_status_is_that_of_the_same_sheet_and_config(ask, tmp_path):
    (tmp_path / "mine.yaml").write_text("movies: movies.tsv\ntrack: {max_gap_frames: 1}\n")
    (tmp_path / "out" / "logs" / "preprocess").mkdir(parents=True)
    (tmp_path / "out" / "logs" / "preprocess" / "a.log").write_text("ERROR: movie a: a.tif: no TIFF file\n")
    result = ask("status", "--configfile", "mine.yaml", "--config", "results=out/", "track={max_gap_frames: 2}")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "2 movies: 0 done, 1 failed, 1 waiting",
        "no run is going on",
        "failed       a: a.tif: no TIFF file (log: out/logs/preprocess/a.log)",
    ]


def test_status_is_asked_from_elsewhere(ask, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.yaml").write_text("movies: movies.tsv\n")
    result = ask("status", "-d", tmp_path, "--configfile", "mine.yaml", cwd=tmp_path / "elsewhere")
    assert result.stdout.splitlines() == ["2 movies: 0 done, 2 waiting", "no run is going on"], result.stderr


def test_verify_names_what_is_missing_and_its_exit_code_says_so(ask, tmp_path):
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "overlay.png").touch()
    result = ask("verify", "--config", "movies=movies.tsv", "results=out", "exports=[ctc]")
    assert (result.returncode, result.stderr) == (1, "")
    lines = result.stdout.splitlines()
    missing = [line.removesuffix(": is missing") for line in lines if line.endswith(": is missing")]
    of_a = ["ctc", "lineage.csv", "movie.ome.zarr", "report.html", "tracks.csv", "tracks.parquet", "warnings.csv"]
    assert set(missing) == {
        *("experiment.parquet", "experiment.csv", "experiment_lineage.parquet", "experiment_lineage.csv"),
        *(f"movie a: {name}" for name in of_a), "summary.csv", "report.html",
    }  # fmt: skip
    assert lines[-1] == "1 of 2 movies have results; 1 of these are not as they should be"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["verify", "--config", "movies=movies.tsv"], "no movie of movies.tsv has results in results"),
        (["status", "--config", "moveis=a.tsv"], "there is no key moveis; did you mean movies?"),
        (["status", "--config", "movies=gone.tsv"], "the sheet of movies gone.tsv does not exist"),
        (["status", "--configfile", "gone.yaml"], "gone.yaml cannot be read as a config: "),
        (["status", "--configfile", "movies.tsv"], "movies.tsv"),
        (["status", "--directory", "gone"], "--directory gone: No such file or directory"),
        (["status", "--config", "movies"], "'movies' is not of the form key=value"),
        (["summary", "."], "there is no summary.csv in .: no run has come so far"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_are_said_in_a_line(ask, arguments, expected):
    result = ask(*arguments)
    assert result.returncode != 0
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


def test_the_summary_is_that_of_a_results_folder(ask, tmp_path):
    (tmp_path / "summary.csv").write_text("movie,cells,tracks\na,3,1\n")
    result = ask("summary", ".")
    assert result.stdout.splitlines()[1:3] == ["movie  cells  tracks", "a          3       1"]


def test_the_table_of_what_runs_again_is_that_of_the_docs(ask, checkout):
    result = ask("reruns")
    assert result.returncode == 0, result.stderr
    assert "| column `frame_interval_s`" in result.stdout
    assert result.stdout in (checkout / "docs" / "stages.md").read_text(encoding="utf-8")
