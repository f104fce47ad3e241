"""What surrounds a stage when it runs as a job."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# what Snakemake puts at the head of a script, as far as it matters here
HEAD = """
import sys
from types import SimpleNamespace
sys.path.append({scripts!r})
class Wildcards(dict):
    __getattr__ = dict.__getitem__
snakemake = SimpleNamespace(
    rule={rule!r}, wildcards=Wildcards({wildcards!r}), threads=3, log=["job.log"], params={params}, input=[], output=[]
)
from job import job, log
with job() as described:
    assert described is snakemake
"""


@pytest.fixture
def run_job(checkout, tmp_path) -> Callable[..., tuple[int, str, str]]:
    """Run a stage's code as a job; its exit code, what it said in the terminal, its log."""

    def run(code: str, rule: str = "preprocess", n_blocks: int = 2, **wildcards: str) -> tuple[int, str, str]:
        if not (tmp_path / "job.log").is_symlink():
            (tmp_path / "job.log").write_text("ERROR: of an earlier attempt\n")
        params = f"Wildcards(n_blocks={n_blocks})"
        head = HEAD.format(scripts=str(checkout / "scripts"), rule=rule, wildcards=wildcards, params=params)
        script = f"{head}    {code}\n"
        environment = {name: value for name, value in os.environ.items() if name != "SIDEWINDER_DRIVER"}
        result = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, env=environment
        )
        log = "" if (tmp_path / "job.log").is_symlink() else (tmp_path / "job.log").read_text()
        return result.returncode, result.stdout + result.stderr, log

    return run


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "from sidewinder.errors import UserError; raise UserError('x.tif, frame 3: no pixels')",
            "x.tif, frame 3: no pixels",
        ),
        (
            "from sidewinder.errors import UserError; raise UserError('zelle_\\udce4.tif: frame 3 is missing')",
            "zelle_\\udce4.tif: frame 3 is missing",
        ),
        pytest.param(
            "raise MemoryError",
            "the memory did not suffice; run fewer jobs at a time, or give this rule more mem_mb in the profile",
            marks=pytest.mark.case("machine", "a stage needs more memory than there is"),
        ),
        pytest.param(
            "import errno; raise OSError(errno.ENOSPC, 'No space left on device', 'out/a.zarr')",
            "no space is left (disk, quota, or number of files) for out/a.zarr; free some space and start again",
            marks=pytest.mark.case("machine", "the disk is full"),
        ),
        (
            "import shutil; raise shutil.Error([('a', 'results/a', '[Errno 28] No space left on device')])",
            "no space is left (disk, quota, or number of files) for results/a; free some space and start again",
        ),
        (
            "raise RuntimeError('codec: No space left on device (os error 28)')",
            "no space is left (disk, quota, or number of files) for the results; free some space and start again",
        ),
        pytest.param(
            "raise ValueError('late') from OSError(122, 'Disk quota exceeded')",
            "no space is left (disk, quota, or number of files) for the results; free some space and start again",
            marks=pytest.mark.case("machine", "a quota is used up"),
        ),
        pytest.param(
            "raise PermissionError(13, 'Permission denied', 'movies/a.tif')",
            "movies/a.tif cannot be read or written: Permission denied; see to that and start again",
            marks=pytest.mark.case("machine", "a file of the workflow may not be read or written"),
        ),
    ],
)
def test_what_the_user_can_put_right_is_one_line_without_a_traceback(run_job, shown, code, message):
    code, said, log = run_job(code, movie="plain")
    assert code == 1
    assert said == f"ERROR: movie plain: {message}\n"
    shown(said.removeprefix("ERROR: "), code)
    assert log.splitlines()[-1] == said.strip()
    assert "Traceback" not in log
    assert "earlier attempt" not in log


@pytest.mark.case("machine", "a fault of the program")
def test_a_fault_of_the_program_leaves_its_traceback_in_the_log(run_job, shown):
    code, said, log = run_job("{}['gone']", rule="infer", movie="plain", block="1")
    assert code == 1
    assert said == "ERROR: movie plain: infer failed: KeyError: 'gone'; this is a fault of the program\n"
    assert "Traceback" in log
    shown(said.removeprefix("ERROR: "), code)
    assert log.splitlines()[-1] == said.strip()


def test_a_user_who_interrupts_is_not_shown_a_traceback(run_job):
    code, said, log = run_job("raise KeyboardInterrupt", movie="plain")
    assert (code, said) == (130, "")
    assert log.splitlines()[-1].endswith(" interrupted")


def test_messages_go_to_the_terminal_with_the_job_and_to_the_log_with_the_time(run_job):
    stage = "import logging, warnings; logging.getLogger('sidewinder').info('12/60 frames'); warnings.warn('odd')"
    code, said, log = run_job(stage, rule="infer", movie="plain", block="1")
    assert (code, said) == (0, "movie plain block 1: 12/60 frames\n")
    assert [line[20:] for line in log.splitlines() if line.startswith("20")][1] == "12/60 frames"
    assert "UserWarning: odd" in log
    assert run_job(stage, rule="infer", n_blocks=1, movie="plain", block="0")[1] == "movie plain: 12/60 frames\n"
    assert "done in" in log.splitlines()[-1]


def test_in_a_brief_terminal_a_job_says_its_warnings_and_that_it_is_done(run_job, monkeypatch):
    monkeypatch.setenv("SIDEWINDER_BRIEF", "1")
    stage = "log.info('12/60 frames'); log.warning('plausibility: WARNING: dim')"
    code, said, log = run_job(stage, rule="infer", movie="plain", block="1")
    warned, done = said.splitlines()
    assert (code, warned) == (0, "movie plain block 1: plausibility: WARNING: dim")
    assert re.fullmatch(r"movie plain block 1: infer, \d+ s", done)
    assert "12/60 frames" in log


def test_libraries_use_the_threads_of_the_job(run_job):
    stage = "import dask, numba, zarr; print(dask.config.get('num_workers'), numba.config.NUMBA_NUM_THREADS, zarr.config.get('threading.max_workers'))"  # noqa: E501
    code, said, _ = run_job(stage, movie="plain")
    assert (code, said) == (0, "3 3 3\n")


@pytest.mark.parametrize(("given", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_that_wait_sleep_unless_the_user_wants_it_otherwise(run_job, monkeypatch, given, expected):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if given:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    code, said, _ = run_job("import os; print(os.environ['OMP_WAIT_POLICY'])")
    assert (code, said) == (0, f"{expected}\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="SKIPPED LOUDLY: there is no /dev/full to play a full disk")
def test_a_full_disk_has_no_place_for_the_log(run_job, tmp_path):
    (tmp_path / "job.log").symlink_to("/dev/full")
    code, said, _ = run_job("log.info('on'); raise OSError(28, 'No space left on device', 'a.zarr')")
    assert code == 1
    assert said.splitlines()[-1].startswith(
        "ERROR: preprocess: no space is left (disk, quota, or number of files) for a"
    )
    assert "Traceback" not in said
