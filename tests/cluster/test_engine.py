"""Jobs on SGE, LSF and PBS: how they end, whatever the engine says or does not say of them."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from sidewinder.cluster import engine
from sidewinder.errors import UserError

QSTAT = """\
job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID
-----------------------------------------------------------------------------------------------------------------
{rows}
"""
SGE_ROW = "{:7} 0.55500 preprocess somebody     {:5} 11/24/2026 03:09:07 all.q@node7                        4"
PBS_ROW = "{}.pbs01        somebody workq    preprocess  12345   1   2  457mb 00:11 {} 00:00"


@pytest.fixture
def cluster(monkeypatch):
    """A stand-in for an engine: `queue` is what it lists, or an error; `says` what a submission says, in turn."""
    fake = SimpleNamespace(queue="", error="", says=[], called=[], slept_s=0.0)

    def run(command, input, **_):
        fake.called.append((command, input))
        if command[0] in ("qstat", "bjobs"):
            if isinstance(fake.queue, Exception):
                raise fake.queue
            return SimpleNamespace(returncode=255 if fake.error else 0, stdout=fake.queue, stderr=fake.error)
        said = fake.says.pop(0) if fake.says else ""
        return SimpleNamespace(returncode=said is None, stdout=said or "", stderr="refused" if said is None else "")

    def sleep(seconds):
        fake.slept_s += seconds

    monkeypatch.setattr(engine.subprocess, "run", run)
    monkeypatch.setattr(engine.time, "sleep", sleep)
    monkeypatch.setattr(engine, "QUEUE_FRESH_S", -1.0)
    return fake


@pytest.fixture
def job(tmp_path):
    """A job of SGE that was submitted, and functions that say what it did since."""
    folder = tmp_path / engine.FOLDER
    folder.mkdir()
    (folder / "7").write_text("sge")

    def not_seen_for(seconds):
        then = (folder / "7").stat().st_mtime - seconds
        os.utime(folder / "7", (then, then))

    return SimpleNamespace(
        folder=folder,
        status=lambda: engine.status(tmp_path, "sge", "7"),
        ended=lambda code: (folder / "7.exit").write_text(f"{code}\n"),
        not_seen_for=not_seen_for,
    )


class TestStatus:
    @pytest.mark.parametrize(("code", "status"), [(0, "success"), (1, "failed"), (137, "failed")])
    def test_a_job_ends_as_it_says_and_the_engine_is_not_asked(self, job, cluster, code, status):
        job.ended(code)
        assert job.status() == status
        assert not cluster.called
        assert not list(job.folder.iterdir())

    def test_a_job_in_the_queue_runs(self, job, cluster):
        job.not_seen_for(1e6)
        cluster.queue = QSTAT.format(rows=SGE_ROW.format(7, "qw"))
        assert job.status() == "running"
        cluster.queue = ""
        # it was seen just now
        assert job.status() == "running"

    def test_a_run_that_is_killed_while_it_notes_a_job_leaves_the_note_whole(self, job, cluster, tmp_path, monkeypatch):
        cluster.queue = QSTAT.format(rows=SGE_ROW.format(7, "qw"))

        def killed(path, _):
            open(path, "w").close()
            raise KeyboardInterrupt

        (job.folder / engine.QUEUE).write_text('["7"]')
        with monkeypatch.context() as patch:
            patch.setattr(engine, "QUEUE_FRESH_S", 60.0)
            patch.setattr(engine.Path, "write_text", killed)
            pytest.raises(KeyboardInterrupt, job.status)
        assert (job.folder / "7").read_text() == "sge"
        cluster.queue = ""
        assert engine.end_jobs_of_last_run(tmp_path) is None
        assert {path.name for path in job.folder.iterdir()} <= {engine.QUEUE}

    def test_a_job_that_is_in_no_list_is_given_some_time(self, job, cluster):
        job.not_seen_for(engine.GONE_AFTER_S - 5)
        assert job.status() == "running"
        job.not_seen_for(engine.GONE_AFTER_S + 5)
        assert job.status() == "failed"
        assert [path.name for path in job.folder.iterdir()] == [engine.QUEUE]

    def test_a_job_that_is_stuck_is_given_up_and_removed(self, job, cluster):
        job.not_seen_for(engine.GONE_AFTER_S + 5)
        cluster.queue = QSTAT.format(rows=SGE_ROW.format(7, "Eqw"))
        assert job.status() == "failed"
        assert cluster.called[-1][0] == ["qdel", "7"]

    @pytest.mark.parametrize(
        "queue", [subprocess.TimeoutExpired("qstat", 60), FileNotFoundError("qstat"), "rubbish"], ids=str
    )
    def test_no_answer_says_nothing_about_a_job(self, job, cluster, queue, capsys):
        job.not_seen_for(1e6)
        cluster.queue, cluster.error = queue, "cannot reach the server"
        assert job.status() == "running"
        assert (job.folder / "7").exists()
        assert "qstat: " in capsys.readouterr().err

    def test_many_jobs_cost_one_look(self, job, cluster, monkeypatch):
        monkeypatch.setattr(engine, "QUEUE_FRESH_S", 3600.0)
        cluster.error = "down"
        for _ in range(10):
            assert job.status() == "running"
        assert len(cluster.called) == 1

    def test_a_job_nobody_noted_is_looked_for_from_now_on(self, job, cluster):
        (job.folder / "7").unlink()
        assert job.status() == "running"
        assert (job.folder / "7").read_text() == "sge"

    def test_a_file_system_that_stumbles_says_nothing_about_a_job(self, tmp_path, capsys):
        assert engine.main([str(tmp_path / "nowhere"), "status", "sge", "7"]) == 0
        said = capsys.readouterr()
        assert said.out == "running\n"
        assert "nowhere" in said.err


@pytest.mark.parametrize(
    ("name", "rows", "alive"),
    [
        ("sge", [SGE_ROW.format(n, s) for n, s in enumerate("qw hqw r t S Rr Eqw dr".split(), 1)], "123456"),
        ("sge", [SGE_ROW.format(1234567, "r")], ["1234567"]),
        ("lsf", ["1 PEND", "2 RUN", "3 USUSP", "4 UNKWN", "5 ZOMBI", "6 EXIT", "7 DONE"], "1234"),
        ("pbs", ["Job ID  Username", *(PBS_ROW.format(n, s) for n, s in enumerate("QRHEC", 1))], "1234"),
    ],
    ids=["sge", "sge wide", "lsf", "pbs"],
)  # fmt: skip
def test_jobs_that_run_or_will_run(name, rows, alive, cluster, tmp_path):
    cluster.queue = "\n".join(rows)
    assert engine._ask(engine.ENGINES[name]) == set(alive)


def test_lsf_fails_where_there_is_no_job(cluster):
    cluster.error = "No unfinished job found"
    assert engine._ask(engine.ENGINES["lsf"]) == set()


class TestSubmission:
    @pytest.mark.parametrize(
        ("name", "said"),
        [("sge", "12\n"), ("lsf", "hello\nJob <12> is submitted to queue <q9>.\n"), ("pbs", "12.s3\n")],
    )
    def test_the_job_is_noted(self, name, said, cluster, tmp_path):
        cluster.says = [said]
        assert engine.submit(tmp_path, name, ["qsub", "-x"], "the script") == "12"
        assert (tmp_path / engine.FOLDER / "12").read_text() == name
        ((command, text),) = cluster.called
        assert command == ["qsub", "-x"]
        assert "the script" in text

    def test_a_job_that_is_refused_twice_is_an_error(self, cluster, tmp_path, capsys):
        cluster.says = [None, None]
        assert engine.main([str(tmp_path), "submit", "sge", "qsub", __file__]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.splitlines()[-1] == (
            "sge does not take the job: see above, and the submit command in the profile"
        )
        assert "qsub: refused" in said.err

    def test_an_engine_that_is_down_is_waited_for(self, cluster, tmp_path):
        cluster.says, cluster.error = [None] * 5 + ["12"], "down"
        assert engine.submit(tmp_path, "sge", ["qsub"], "") == "12"
        assert cluster.slept_s == 5 * engine.SECONDS_BETWEEN_LOOKS

    def test_an_engine_that_comes_back_in_between_has_refused_nothing(self, cluster, tmp_path):
        cluster.says = [None, "12"]
        assert engine.submit(tmp_path, "sge", ["qsub"], "") == "12"

    def test_what_holds_no_number_is_an_error(self, cluster, tmp_path):
        cluster.says = ["welcome to the 3 clusters"]
        with pytest.raises(UserError, match="no job number is in what qsub said: welcome"):
            engine.submit(tmp_path, "sge", ["qsub"], "")


@pytest.mark.parametrize(("script", "code"), [("echo hello; exit 0", 0), ("echo hello; exit 3", 3)])
def test_a_job_writes_down_how_it_ended(script, code, tmp_path):
    results = tmp_path / "results of o'neill"
    # a job may end before its submission does
    runs_it = ["sh", "-c", "cat >$0; JOB_ID=12 sh $0; echo $? >$0.code; echo 12", f"{tmp_path}/script"]
    assert engine.submit(results, "sge", runs_it, f"#!/bin/sh\n{script}\n") == "12"
    assert int((tmp_path / "script.code").read_text()) == code
    log = results / "logs" / "sge" / "12.log"
    assert (log.read_text() if log.exists() else None) == (None if code == 0 else "hello\n")
    assert engine.status(results, "sge", "12") == ("success" if code == 0 else "failed")


def test_what_is_noted_is_cancelled_without_a_word_of_what_has_ended(cluster, tmp_path, job, capsys):
    (job.folder / "8").write_text("lsf")
    (job.folder / "6.exit").write_text("0")
    cluster.says = ["deleted\n", "deleted, too\n"]
    engine.cancel_noted(tmp_path)
    assert [command for command, _ in cluster.called] == [["qdel", "7"], ["bkill", "8"]]
    assert capsys.readouterr().err == "deleted\ndeleted, too\n"
    cluster.error = "no such job"
    engine.cancel_noted(tmp_path)
    assert capsys.readouterr().err == ""


def test_without_notes_nothing_is_cancelled(cluster, tmp_path):
    engine.cancel_noted(tmp_path)
    assert not cluster.called


def test_results_in_a_folder_with_a_space_are_found_by_the_profiles_command(tmp_path, checkout):
    """As Snakemake calls it: through a shell, the command in a variable."""
    folder = tmp_path / "my  results" / engine.FOLDER
    folder.mkdir(parents=True)
    (folder / "7").write_text("sge")
    (folder / "7.exit").write_text("0\n")
    variables = {
        engine.VARIABLE: f"{sys.executable} {checkout}/profiles/engine.py",
        engine.RESULTS_VARIABLE: str(folder.parent),
    }
    ended = subprocess.run(
        "$SIDEWINDER_ENGINE status sge 7", shell=True, env=os.environ | variables, capture_output=True, text=True
    )
    assert (ended.stdout, ended.stderr) == ("success\n", "")


@pytest.mark.parametrize("name", ["my results", "it's", "a$b", "a;b"])
def test_a_job_writes_its_exit_code_into_any_folder(name, tmp_path):
    said = tmp_path / "script"
    catch = ["sh", "-c", 'cat >"$1"; echo 12', "sh", str(said)]
    assert engine.submit(tmp_path / name, "sge", catch, "#!/bin/sh\nexit 3\n") == "12"
    ended = subprocess.run(["sh", str(said)], env=os.environ | {"JOB_ID": "12"})
    assert ended.returncode == 3
    assert (tmp_path / name / engine.FOLDER / "12.exit").read_text() == "3\n"


@pytest.mark.case("machine", "a checkout at a path with a blank, on SGE, LSF and PBS")
@pytest.mark.parametrize("checkout", ["/home/ada/my code", "/home/ada/code*"])
def test_a_checkout_that_a_shell_would_not_find_is_refused_before_jobs_run(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv(engine.VARIABLE, f"{sys.executable} {checkout}/profiles/engine.py")
    with pytest.raises(UserError, match=f"^{re.escape(checkout)}/profiles/engine.py: .* move the checkout"):
        engine.end_jobs_of_last_run(tmp_path)


class TestEarlierRun:
    def test_nothing_was_left(self, cluster, tmp_path):
        assert engine.end_jobs_of_last_run(tmp_path) is None
        assert not cluster.called

    def test_its_jobs_are_cancelled(self, cluster, tmp_path, job, monkeypatch):
        (job.folder / "8").write_text("sge")
        job.ended(0)
        (job.folder / "6.exit").write_text("0")
        cluster.queue = QSTAT.format(rows="\n".join([SGE_ROW.format(8, "r"), SGE_ROW.format(9, "r")]))

        def sleep(seconds):
            cluster.queue = QSTAT.format(rows=SGE_ROW.format(9, "r"))

        monkeypatch.setattr(engine.time, "sleep", sleep)
        message = engine.end_jobs_of_last_run(tmp_path)
        assert message == "an earlier run was killed; its 1 jobs that were in the queue or running are cancelled"
        assert [command for command, _ in cluster.called if command[0] == "qdel"] == [["qdel", "8"]]
        assert not list(job.folder.iterdir())

    @pytest.mark.case("machine", "another batch system does not answer")
    def test_an_engine_that_does_not_answer_is_an_error(self, cluster, tmp_path, job):
        cluster.error = "down"
        with pytest.raises(UserError, match=r"sge does not answer, .* remove .*\.engine"):
            engine.end_jobs_of_last_run(tmp_path)
        assert (job.folder / "7").exists()

    @pytest.mark.case("machine", "jobs of an earlier run do not end")
    def test_jobs_that_do_not_end_are_an_error(self, cluster, tmp_path, job, monkeypatch):
        monkeypatch.setattr(engine, "PATIENCE_S", -1.0)
        cluster.queue = QSTAT.format(rows=SGE_ROW.format(7, "r"))
        with pytest.raises(UserError, match="jobs of an earlier run do not end: 7"):
            engine.end_jobs_of_last_run(tmp_path)
