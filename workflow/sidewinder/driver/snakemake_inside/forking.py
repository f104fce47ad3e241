"""Fork a run's jobs from a process that has imported what they need."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from snakemake import benchmark
from snakemake import script as inside_script

from sidewinder.driver import forked
from sidewinder.driver.snakemake_inside.absent import found_or


def fork_jobs(workflow: Any) -> None:
    """Let the jobs that this process runs be forked from one that has imported what they need, where that can be done.

    How Snakemake starts a script is not documented. Without it each job starts a Python of its own, as it does in a
    conda environment, in a container, where the script is none of this checkout, and in a submission of a single job.
    """
    _runs_one.append(lambda: len(workflow.dag_settings.target_jobs) == 1)
    with suppress(AttributeError):
        if not _executes:
            _executes.append(inside_script.PythonScript.execute_script)
            inside_script.PythonScript.execute_script = _execute


_executes: list[Callable[..., None]] = []
# known only when the Snakefile has been read
_runs_one: list[Callable[[], bool]] = []


def _execute(self: Any, path: str, edit: bool = False) -> None:
    """Run a job's script, which Snakemake has made ready."""
    script: forked.Script | None = None if edit else found_or(None, lambda: _plain_script(self, path))
    unmeasured: Callable[[int], AbstractContextManager[object]] = nullcontext
    code = forked.run(script, found_or(unmeasured, lambda: _measuring(self.bench_record))) if script else None
    if code is None:
        _executes[0](self, path, edit=edit)
    elif code:
        raise subprocess.CalledProcessError(code, [sys.executable, path])


def _measuring(record: Any) -> Callable[[int], AbstractContextManager[object]]:
    """What measures a process for a benchmark, or nothing where the rule has none."""
    return nullcontext if record is None else partial(benchmark.benchmarked, benchmark_record=record)


def _plain_script(script: Any, path: str) -> "forked.Script | None":
    """A script as ours; None where it cannot be run in a process that is forked."""
    own_environment = script.conda_env or script.container_img or script.env_modules
    folder = Path(script.path.get_basedir().get_path_or_uri(secret_free=True))
    # a second process would cost a single job memory, and save nothing
    if found_or(False, _runs_one[-1]) or own_environment or script.resources.get("shell_exec"):
        return None
    if not forked.can_fork(folder):
        return None
    return forked.Script(path, script.threads, script.resources.get("tmpdir") or "")
