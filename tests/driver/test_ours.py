"""What lies under the name of a result is written over only if a job of ours has made it."""

from pathlib import Path

import pytest

from sidewinder.driver.ours import check_outputs
from sidewinder.driver.run import Run
from sidewinder.driver.snakemake_inside import Job
from sidewinder.errors import UserError
from sidewinder.plan import Plan
from sidewinder.sheet import Row

JOB = Job(
    {"movie": "a"}, "sub/results/logs/ctc/a.log", ("sub/results/a/ctc", "sub/results/a/b.csv", "elsewhere/c.tsv"),
    "sub/results/benchmarks/ctc/a.tsv",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def make(*paths: str) -> None:
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.case("results", "files of somebody else under the name of a result")
@pytest.mark.parametrize("there", ["sub/results/a/ctc/mask000.tif", "sub/results/a/b.csv"])
def test_a_folder_or_file_of_somebody_else_is_refused_by_name(there):
    make(there)
    name = "sub/results/a/" + Path(there).relative_to("sub/results/a").parts[0]
    with pytest.raises(UserError, match=f"^{name}: there already, .* no sub/results/logs/ctc/a.log; .* move it out of"):
        check_outputs("sub/results", [JOB])


def test_a_link_that_leads_nowhere_is_somebody_s_too():
    make("sub/results/a/tracks.csv")
    Path("sub/results/a/ctc").symlink_to("gone")
    with pytest.raises(UserError, match="^sub/results/a/ctc: there already"):
        check_outputs("sub/results", [JOB])


@pytest.mark.parametrize("trace", [JOB.log, JOB.benchmark])
def test_what_a_job_has_left_with_its_log_or_benchmark_is_ours(trace):
    make("sub/results/a/ctc/mask000.tif", trace)
    check_outputs("sub/results", [JOB])


def test_what_lies_elsewhere_is_left_to_those_who_write_there():
    make("elsewhere/c.tsv")
    check_outputs("sub/results", [JOB])


def test_of_many_three_are_named():
    paths = [f"results/{movie}/ctc" for movie in "abcde"]
    make(*paths)
    jobs = [Job({}, f"results/logs/ctc/{path[8]}.log", (path,)) for path in paths]
    with pytest.raises(UserError, match=r"^results/a/ctc, results/b/ctc, results/c/ctc, \.\.\.: there already"):
        check_outputs("results", jobs)


def test_a_run_is_refused_before_it_takes_the_results_folder():
    make("results/a/ctc/mask000.tif")
    jobs = [Job({"movie": "a"}, "results/logs/ctc/a.log", ("results/a/ctc",))]
    with pytest.raises(UserError, match="^results/a/ctc: there already"):
        Run("results", Plan({"a": Row(2, "a", "a.tif")}, {}, Path()), ".").begin("local", jobs, jobs)
    assert [path.name for path in Path("results").iterdir()] == ["a"]
