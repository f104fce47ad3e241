"""A job ends when the run that started it is gone."""

import os
import subprocess
import sys
import threading

from sidewinder.driver import orphan

# a run that starts a job by way of a shell, as Snakemake does; the job has a worker; all three hold standard output
DRIVER = """
import os, subprocess, sys
os.environ[{variable!r}] = str(os.getpid())
subprocess.run(["bash", "-c", '"$1" -c "$2"; true', "bash", sys.executable, {job!r}])
"""
JOB = """
import subprocess, sys
from sidewinder.driver.orphan import end_with_driver
end_with_driver()
subprocess.Popen(["sleep", "600"])
print("working", flush=True)
sys.stdin.read()
"""


def test_a_job_and_its_workers_end_with_the_run_that_was_killed(checkout):
    driver = DRIVER.format(variable=orphan.DRIVER_VARIABLE, job=JOB)
    read_end, write_end = os.pipe()  # never written to: the job waits for ever
    pipes = {"stdin": read_end, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", driver], cwd=checkout / "workflow", **pipes) as process:
        assert process.stdout.readline() == "working\n"
        process.kill()
        # the end of standard output comes when the last process that holds it has ended
        assert process.communicate(timeout=60)[0] == ""
    os.close(read_end)
    os.close(write_end)


def test_a_job_of_a_cluster_watches_nothing(monkeypatch):
    monkeypatch.setenv(orphan.DRIVER_VARIABLE, "999999999")
    orphan.end_with_driver()
    assert "end_with_driver" not in [thread.name for thread in threading.enumerate()]
    assert not orphan.is_ancestor(os.getpid())
    assert orphan.is_ancestor(os.getppid())
