"""What holds on every batch system: what is asked of it, and what happens when jobs, the system or the run itself die.

Each has a file that plays it, tests/cluster/test_on_*.py, so that pytest-xdist hands them to different workers.
Slurm and Grid Engine are real, LSF and PBS are stand-ins of their commands; stages are stubs, which make empty files.
"""

import os
import signal
from collections import Counter

import pytest

from impatient import IN_MOVIE, PER_MOVIE, SLOTS
from polling import wait_for
from running import PATIENCE_S
from standin import is_running


def kill(process):
    """Take the run away as a power cut does: its jobs go on."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Contract:
    """How a system is spoken to; who inherits these has fixtures `batch_system` and, of it, `stubbed`."""

    def test_a_movie_is_three_submissions_and_only_the_network_gets_a_gpu(self, stubbed, batch_system):
        stubbed.movies("a", "b")
        result = stubbed.run()
        assert result.returncode == 0, result.stdout[-3000:]
        assert Counter(note["name"].split("/")[0] for note in stubbed.ran()) == dict.fromkeys(PER_MOVIE, 2) | {
            "experiment": 1,
            "report_all": 1,
        }
        of_all = ("experiment", "report_all")
        by_rule = {rule: {batch_system.number(note) for note in stubbed.ran(rule)} for rule in (*PER_MOVIE, *of_all)}
        # both movies share one GPU submission
        assert [len(by_rule[rule]) for rule in ("preprocess", "infer", "track", *of_all)] == [2, 1, 2, 1, 1]
        assert all(by_rule[rule] == by_rule["track"] for rule in IN_MOVIE)
        submissions = {number: rule for rule in SLOTS for number in by_rule[rule]}
        for number, rule in submissions.items():
            notes = [note for note in stubbed.ran() if batch_system.number(note) == number]
            # one after the other: memory of the largest and time of all
            assert batch_system.asked(number) == batch_system.wanted(rule, notes)
            assert batch_system.ended(number) in ("done", None)
        assert batch_system.submitted() == submissions.keys()
        assert {note["gpus"] for note in stubbed.ran("infer")} <= batch_system.gpus
        assert {note["gpus"] for note in stubbed.ran() if not note["name"].startswith("infer")} == {None}
        # jobs that ended well leave nothing behind
        assert batch_system.left(stubbed.folder / "results") == []

    def test_a_job_that_is_cancelled_is_tried_again_with_more(self, stubbed, batch_system):
        stubbed.movies("a")
        stubbed.behave({"preprocess/a": ["hangs"]})
        process = stubbed.start("results/work/a/image.ome.zarr")
        number = batch_system.number(stubbed.begun("preprocess/a"))
        batch_system.cancel(number)
        assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
        first, second = stubbed.ran("preprocess/a")
        assert second["mem_mb"] == pytest.approx(2 * first["mem_mb"], abs=2)
        assert second["runtime"] == pytest.approx(2 * first["runtime"], abs=1)
        for note in (first, second):
            assert batch_system.asked(batch_system.number(note)) == batch_system.wanted("preprocess", [note])
        assert batch_system.ended(number) in ("cancelled", None)
        if batch_system.profile != "slurm":
            assert (
                f"{batch_system.profile} job {number} is gone without an exit code: killed, or out of" in stubbed.said()
            )


class Survival:
    """What happens to jobs when the run ends, the system is away or a job fails; by the same fixtures."""

    def test_a_run_that_is_interrupted_ends_its_jobs(self, stubbed, batch_system):
        stubbed.movies("a")
        stubbed.behave({"preprocess/a": ["hangs"]})
        process = stubbed.start("results/work/a/image.ome.zarr")
        note = stubbed.begun("preprocess/a")
        number = batch_system.number(note)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE_S) == 1
        wait_for(lambda: not batch_system.in_queue(number), "the job's end", PATIENCE_S)
        wait_for(lambda: not is_running(note["process"]), "the end of its processes", PATIENCE_S)
        assert batch_system.ended(number) in ("cancelled", None)
        assert len(stubbed.ran()) == 1

    def test_a_system_that_does_not_answer_costs_no_job(self, stubbed, batch_system):
        stubbed.movies("a")
        stubbed.behave({"preprocess/a": ["waits"]})
        process = stubbed.start(*batch_system.while_away, "--retries", 0)
        stubbed.begun("preprocess/a")
        with batch_system.away():
            # what runs, ends; what comes next waits
            stubbed.go()
            wait_for(lambda: batch_system.no_answer in stubbed.said(), "a question without an answer", PATIENCE_S)
        assert process.wait(timeout=PATIENCE_S) == 0, stubbed.said()[-3000:]
        times = Counter(note["name"] for note in stubbed.ran())
        assert times == dict.fromkeys(
            ("preprocess/a", "infer/a/0") if batch_system.profile != "slurm" else ("preprocess/a",), 1
        )

    def test_the_run_is_killed_and_started_again(self, stubbed, batch_system):
        stubbed.movies("a", "b")
        stubbed.behave({"track/a": ["hangs"], "track/b": ["hangs"]})
        targets = [f"results/work/{movie}/label_tracks.parquet" for movie in "ab"]
        process = stubbed.start(*targets)
        orphans = [batch_system.number(stubbed.begun(f"track/{movie}")) for movie in "ab"]
        kill(process)
        assert all(batch_system.in_queue(orphan) for orphan in orphans)
        result = stubbed.run(*targets)
        assert result.returncode == 0, result.stdout[-3000:]
        assert "an earlier run was killed; its 2 jobs that were in the queue or running are cancelled" in result.stdout
        assert {batch_system.ended(orphan) for orphan in orphans} <= {"cancelled", None}
        assert batch_system.noted(stubbed.folder / "results") == []
        # what shares their submission and was done is not done again
        assert Counter(note["name"] for note in stubbed.ran()) == {
            f"{rule}/{movie}{block}": times
            for movie in "ab"
            for rule, block, times in (
                ("preprocess", "", 1),
                ("infer", "/0", 1),
                ("instances", "/0", 1),
                ("track", "", 2),
            )
        }

    def test_what_jobs_finish_after_the_run_was_killed_is_not_done_again(self, stubbed, batch_system):
        stubbed.movies("a", "b")
        stubbed.behave({"preprocess/a": ["waits"], "preprocess/b": ["waits"]})
        targets = [f"results/work/{movie}/maps-0.zarr" for movie in "ab"]
        process = stubbed.start(*targets)
        numbers = [batch_system.number(stubbed.begun(f"preprocess/{movie}")) for movie in "ab"]
        kill(process)
        stubbed.go()
        wait_for(
            lambda: not any(batch_system.in_queue(number) for number in numbers), "the end of what was left", PATIENCE_S
        )
        result = stubbed.run(*targets)
        assert result.returncode == 0, result.stdout[-3000:]
        assert Counter(note["name"] for note in stubbed.ran()) == {
            "preprocess/a": 1, "preprocess/b": 1, "infer/a/0": 1, "infer/b/0": 1,
        }  # fmt: skip

    def test_of_jobs_that_share_a_submission_one_that_fails_undoes_no_other(self, stubbed, batch_system):
        stubbed.movies("bad", "good")
        stubbed.behave({"infer/bad/0": ["fails"]})
        targets = [f"results/work/{movie}/maps-0.zarr" for movie in ("bad", "good")]
        result = stubbed.run(*targets, "--retries", 0)
        assert result.returncode == 1
        assert "movie bad: infer/bad/0: this one fails (log: results/logs/infer/bad-0.log)" in result.stdout
        held_up = "movie good: held up by movie bad, which shared its submission; start again to go on"
        assert held_up in result.stdout.splitlines()
        number = batch_system.number(stubbed.ran("infer/bad")[0])
        assert batch_system.ended(number) in ("failed", None)
        log = batch_system.log(stubbed.folder / "results", number)
        assert log is None or "infer/bad/0: this one fails" in log.read_text()
        result = stubbed.run(*targets, "--retries", 0)
        assert result.returncode == 0, result.stdout[-3000:]
        assert Counter(note["name"] for note in stubbed.ran("infer")) == {"infer/bad/0": 2, "infer/good/0": 1}
