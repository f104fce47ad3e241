"""What exists under its own name is complete, whatever happens on the way."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from sidewinder.store import atomic_file, atomic_folder, restore_replaced, scratch_folder


def names(folder) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.fixture
def zombie_pid() -> Iterator[int]:
    """The id of a process that has ended and that nobody has waited for, as in containers without an init."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process.pid
    process.wait()


@pytest.fixture
def thread_id() -> Iterator[int]:
    """The id of a thread, which no process has."""
    ends = threading.Event()
    thread = threading.Thread(target=ends.wait)
    thread.start()
    assert thread.native_id is not None
    yield thread.native_id
    ends.set()
    thread.join()


@pytest.fixture
def dead_pid() -> int:
    """The id of a process that has just ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_folder_appears_only_when_the_block_ends(tmp_path):
    target = tmp_path / "deep" / "ctc"
    with atomic_folder(target) as temporary:
        assert temporary.parent == target.parent
        (temporary / "a.txt").write_text("a")
        assert not target.exists()
    assert names(target) == ["a.txt"]
    assert names(target.parent) == ["ctc"]


def test_a_file_appears_only_when_the_block_ends(tmp_path):
    target = tmp_path / "deep" / "tracks.csv"
    with atomic_file(str(target)) as temporary:
        temporary.write_text("1")
        assert not target.exists()
    assert target.read_text() == "1"
    assert names(target.parent) == ["tracks.csv"]


@pytest.mark.parametrize("old", ["file", "empty folder", "full folder", "link to a folder", "dangling link"])
@pytest.mark.parametrize("new", ["file", "folder"])
def test_whatever_stood_there_is_replaced(tmp_path, old, new):
    target = tmp_path / "t"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "keep").write_text("keep")
    if old == "file":
        target.write_text("old")
    elif old.endswith("folder") and "link" not in old:
        target.mkdir()
        if old == "full folder":
            (target / "sub").mkdir()
            (target / "sub" / "old").write_text("old")
    else:
        target.symlink_to(elsewhere if "folder" in old else tmp_path / "nowhere")
    if new == "file":
        with atomic_file(target) as temporary:
            temporary.write_text("new")
        assert target.read_text() == "new"
    else:
        with atomic_folder(target) as temporary:
            (temporary / "new").write_text("new")
        assert names(target) == ["new"]
    assert not target.is_symlink()
    assert names(tmp_path) == ["elsewhere", "t"]
    assert names(elsewhere) == ["keep"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_what_stood_there(tmp_path, error):
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    (folder / "old").write_text("old")
    file.write_text("old")
    with pytest.raises(error), atomic_folder(folder) as temporary:  # noqa: PT012 - the block is what is tested
        (temporary / "half").write_text("half")
        raise error
    with pytest.raises(error), atomic_file(file) as temporary:  # noqa: PT012 - the block is what is tested
        temporary.write_text("half")
        raise error
    assert names(tmp_path) == ["file", "folder"]
    assert names(folder) == ["old"]
    assert file.read_text() == "old"


def test_a_file_that_the_block_forgot_is_an_error(tmp_path):
    (tmp_path / "t").write_text("old")
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "t"):
        pass
    assert (tmp_path / "t").read_text() == "old"


def test_a_killed_process_leaves_nothing_under_the_name_and_is_cleaned_up_after(tmp_path):
    code = (
        "import os, signal, sys; from sidewinder.store import atomic_folder\n"
        "with atomic_folder(sys.argv[1]) as t:\n"
        "    (t / 'half').write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "t")], env=environment)
    assert killed.returncode == -signal.SIGKILL
    (leftover,) = names(tmp_path)
    assert leftover.startswith(".t.")
    with atomic_folder(tmp_path / "t"):
        pass
    assert names(tmp_path) == ["t"]


def test_only_leftovers_of_dead_processes_of_this_host_and_target_are_removed(
    tmp_path, dead_pid, zombie_pid, thread_id
):
    host = socket.gethostname()
    gone = [f".t.{host}-{dead_pid}.{kind}" for kind in ("tmp", "old", "scratch")] + [f".t.{host}-{os.getpid()}.tmp"]
    gone += [f".t.{host}-{pid}.tmp" for pid in (zombie_pid, thread_id)]
    # a folder that was to become a part of another one
    gone.append(f".{gone[0]}.{host}-{dead_pid}.tmp")
    kept = [f".t.{host}-{os.getppid()}.tmp", f".t.other{host}-{dead_pid}.tmp", f".u.{host}-{dead_pid}.tmp", ".t.tmp"]
    for name in gone + kept:
        (tmp_path / name).mkdir()
        (tmp_path / name / "part").write_text("part")
    with atomic_file(tmp_path / "t") as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == sorted([*kept, "t"])


def test_killed_between_its_two_renames_a_process_has_lost_nothing(tmp_path, dead_pid):
    replaced = tmp_path / f".t.{socket.gethostname()}-{dead_pid}.old"
    for there in (True, False):
        replaced.mkdir()
        (replaced / "old").write_text("old")
        if there:
            (tmp_path / "t").mkdir()
        restore_replaced(tmp_path / "t")
        # what stands there now was complete before the process was killed
        assert names(tmp_path / "t") == ([] if there else ["old"])
        with pytest.raises(ValueError, match="stop"), atomic_folder(tmp_path / "t"):
            raise ValueError("stop")
        assert names(tmp_path) == ["t"]
        (tmp_path / "t").rmdir() if there else None
    restore_replaced(tmp_path / "nowhere" / "t")


def test_scratch_goes_with_the_block(tmp_path):
    with pytest.raises(ValueError, match="stop"), scratch_folder(tmp_path / "t") as folder:  # noqa: PT012
        (folder / "part").write_text("part")
        raise ValueError("stop")
    assert names(tmp_path) == []


def test_errors_of_shutil_keep_what_they_say(tmp_path):
    failed = [("image.ome.zarr", "movie.ome.zarr", "[Errno 28] No space left on device")]
    with pytest.raises(shutil.Error, match="No space left on device"), atomic_folder(tmp_path / "movie.ome.zarr"):
        raise shutil.Error(failed)
