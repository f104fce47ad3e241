"""Jobs are forked from a process that has imported what they need, and do not depend on it."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import nullcontext

import psutil
import pytest

from sidewinder.driver import fork_server, forked
from sidewinder.driver.forked import Script
from sidewinder.provenance.keeping import _commit, _installed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a run adopts processes on Linux only")


@pytest.fixture
def fork(tmp_path, monkeypatch):
    """Runs code as a job that is forked, behind the import of a module that notes each import; its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(forked, "_servers", [])
    assert forked.can_fork(fork_server.SCRIPTS)
    finalizer = "import weakref\nweakref.finalize(weakref.finalize, print, 'what was imported is taken apart')\n"
    (tmp_path / "slow.py").write_text(f"open('imports', 'a').write('x')\nready = True\n{finalizer}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def run(code, threads=3, measured=lambda number: nullcontext()):
        path = tmp_path / f"{threading.get_ident()}.step.py"
        path.write_text(f"import os, signal, sys\nfrom slow import ready\n{code}\n")
        return forked.run(Script(str(path), threads, str(tmp_path)), measured)

    yield run
    for server in forked._servers:
        server.end()


def servers():
    """The processes of fork servers that this process has started."""
    return [server.process for server in forked._servers]


def test_a_job_is_as_if_python_had_been_started_for_it(fork, tmp_path, monkeypatch):
    monkeypatch.setenv("OF_THE_RUN", "an umlaut \udce4")
    said = "os.getcwd(), os.environ['OMP_NUM_THREADS'], os.environ['TMPDIR'], os.environ['OF_THE_RUN']"
    handler = "signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    fork("")
    assert fork(f"assert __name__ == '__main__'\nopen('said', 'w').write(ascii(({said}, {handler}, sys.argv)))") == 0
    path = str(tmp_path / f"{threading.get_ident()}.step.py")
    expected = (str(tmp_path), "3", str(tmp_path), "an umlaut \udce4", True, [path])
    assert (tmp_path / "said").read_text() == ascii(expected)


def test_what_jobs_need_is_imported_once(fork, tmp_path):
    assert [fork("assert ready", threads=threads) for threads in (1, 2, 3)] == [0, 0, 0]
    assert (tmp_path / "imports").read_text() == "x"


def test_a_job_that_fails_or_is_killed_says_so_and_leaves_the_others_whole(fork, capfd):
    assert fork("sys.exit(3)") == 3
    assert fork("os.kill(os.getpid(), signal.SIGKILL)") == -signal.SIGKILL
    assert fork("raise ValueError('of this job')") == 1
    assert "ValueError: of this job" in capfd.readouterr().err
    assert fork("import no_such_module") == 1
    assert fork("") == 0
    assert len(servers()) == 1


ENDING = """
import atexit, logging, slow, threading, warnings
class Parted:
    def __del__(self, note=os.mkdir):
        note("taken_apart")
slow.parted = Parted()
def wait():
    threading.main_thread().join()
    print("thread")
threading.Thread(target=wait).start()
def warn():
    print("at exit", end="")
    warnings.warn("at exit", DeprecationWarning, stacklevel=2)
atexit.register(warn)
logging.getLogger("py.warnings").addHandler(logging.FileHandler("warned"))
"""


def test_a_job_ends_with_all_it_had_begun_but_does_not_take_apart_what_was_imported(fork, tmp_path, capfd):
    assert fork(ENDING) == 0
    assert capfd.readouterr() == ("thread\nat exit", "")
    assert (tmp_path / "warned").read_text() == ""
    assert not (tmp_path / "taken_apart").exists()


def test_it_is_measured_from_before_it_begins(fork, tmp_path):
    def measured(number):
        assert psutil.Process(number).ppid() == servers()[0].pid
        assert not (tmp_path / "begun").exists()
        return nullcontext()

    assert fork("open('begun', 'w').close()", measured=measured) == 0
    assert (tmp_path / "begun").exists()


@pytest.mark.parametrize(("code", "expected"), [("", 0), ("sys.exit(3)", 3), ("os.abort()", -signal.SIGABRT)])
def test_a_job_ends_as_it_would_have_when_its_fork_server_is_killed_meanwhile(fork, tmp_path, code, expected):
    for name in ("works", "goes_on"):
        os.mkfifo(tmp_path / name)

    def kill():
        (tmp_path / "works").read_text()
        for server in servers():
            server.kill()
        (tmp_path / "goes_on").write_text("")

    thread = threading.Thread(target=kill)
    thread.start()
    assert fork(f"open('works', 'w').close()\nopen('goes_on').read()\n{code}") == expected
    thread.join()
    assert servers() == []


def test_a_job_whose_fork_server_is_killed_before_it_has_said_how_it_ended_has_ended(fork, tmp_path, monkeypatch):
    told = forked._code

    def says_nothing(begun, message):
        begun.server.process.send_signal(signal.SIGSTOP)
        begun.job.sendall(message)
        begun.job.shutdown(socket.SHUT_WR)
        (tmp_path / "ends").read_text()
        begun.server.process.kill()
        return told(begun, message)

    monkeypatch.setattr(forked, "_code", says_nothing)
    os.mkfifo(tmp_path / "ends")
    assert fork("open('ends', 'w').close()\nsys.exit(5)") == 5


def test_several_jobs_run_at_a_time_and_each_ends_as_it_does(fork, tmp_path):
    """Those that began first end last, so that the sockets of jobs at work are in none of the others."""
    codes = {}
    for number in range(4):
        os.mkfifo(tmp_path / f"ends{number}")
    runs = [
        threading.Thread(target=lambda n=n: codes.update({n: fork(f"open('ends{n}').read()\nsys.exit({n})")}))
        for n in range(4)
    ]
    for one in runs:
        one.start()
    for number in (3, 2, 1, 0):
        (tmp_path / f"ends{number}").write_text("")
        runs[number].join()
    assert codes == {3: 3, 2: 2, 1: 1, 0: 0}
    assert len(servers()) == 1


def test_what_is_the_same_for_all_jobs_is_looked_up_once(fork):
    code = "from sidewinder.provenance.keeping import _commit, _installed\n"
    for look_up in (_commit, _installed):
        code += f"assert {look_up.__name__}.cache_info().currsize == 1\n"
    assert fork(code) == 0


def test_a_fork_server_that_is_killed_takes_no_job_along_and_is_replaced(fork, tmp_path):
    def killed(number):
        for server in servers():
            server.kill()
            server.wait()
        return nullcontext()

    for n_done in (1, 2):
        assert fork("open('done', 'a').write('x')", measured=killed) == 0
        assert (tmp_path / "done").read_text() == "x" * n_done
    assert (tmp_path / "imports").read_text() == "xx"


def test_where_nothing_can_be_forked_the_job_is_not_run(fork, tmp_path, monkeypatch):
    monkeypatch.setattr(fork_server, "__file__", str(tmp_path / "gone.py"))
    assert fork("open('begun', 'w').close()") is None
    assert not (tmp_path / "begun").exists()


def test_only_scripts_of_this_checkout_are_forked_and_none_where_it_is_switched_off(tmp_path, monkeypatch):
    assert not forked.can_fork(tmp_path)
    monkeypatch.setenv(forked.VARIABLE, "0")
    assert not forked.can_fork(fork_server.SCRIPTS)


def test_an_interrupt_ends_the_job_and_not_the_server(fork, tmp_path):
    def interrupted(number):
        for server in servers():
            server.send_signal(signal.SIGINT)
        os.kill(number, signal.SIGINT)
        return nullcontext()

    # before its script has begun
    assert fork("", measured=interrupted) == 130
    assert fork("os.kill(os.getpid(), signal.SIGINT)") == -signal.SIGINT
    assert (tmp_path / "imports").read_text() == "x"


# a run with a job that works and one that has ended, and the processes of both hold standard output
RUN = """
import os
from contextlib import nullcontext
from sidewinder.driver import forked, orphan
os.environ[orphan.DRIVER_VARIABLE] = str(os.getpid())
assert forked.can_fork(forked.fork_server.SCRIPTS)
forked.run(forked.Script({path!r}, 1), lambda number: nullcontext())
"""
JOB = """
import sys
from sidewinder.driver.orphan import end_with_driver
end_with_driver()
print("working", flush=True)
sys.stdin.read()
"""


def test_nothing_outlives_a_run_that_is_killed(checkout, tmp_path):
    path = tmp_path / "job.step.py"
    path.write_text(JOB)
    read_end, write_end = os.pipe()  # never written to: the job waits for ever
    pipes = {"stdin": read_end, "stdout": subprocess.PIPE, "text": True}
    run = [sys.executable, "-c", RUN.format(path=str(path))]
    with subprocess.Popen(run, cwd=checkout / "workflow", **pipes) as process:
        assert process.stdout.readline() == "working\n"
        assert len(psutil.Process(process.pid).children(recursive=True)) == 2
        process.kill()
        # the end of standard output comes when the last process that holds it has ended
        assert process.communicate(timeout=60)[0] == ""
    os.close(read_end)
    os.close(write_end)
