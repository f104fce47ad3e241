"""What a user is told of an error that ended a job."""

import errno
import socket
from concurrent.futures.process import BrokenProcessPool

import pytest

from sidewinder.driver.for_users import for_users
from sidewinder.errors import UserError

NODE = socket.gethostname()
MEMORY = "the memory did not suffice; run fewer jobs at a time, or give this rule more mem_mb in the profile"
SPACE = "no space is left (disk, quota, or number of files) for {}; free some space and start again"


def caused(error: Exception, cause: Exception) -> Exception:
    """An error that came from another one."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: 1 bytes"),
        RuntimeError("can't start new thread"),
        RuntimeError("std::bad_alloc"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        BrokenProcessPool("A process in the process pool was terminated abruptly"),
        caused(ValueError("while that was written"), MemoryError()),
        caused(UserError("a.tif: frame 3 cannot be decoded; copy or export it again"), OSError(errno.ENOMEM, "x")),
    ],
)
def test_a_lack_of_memory_is_one_whatever_library_meets_it(error):
    assert for_users(error) == MEMORY


@pytest.mark.parametrize(
    ("error", "of"),
    [
        (OSError(errno.ENOSPC, "full", f"results/a/.tracks.csv.{NODE}-12.tmp"), "results/a/tracks.csv"),
        (OSError(errno.EDQUOT, "full", f"results/work/a/.maps-0.zarr.{NODE}-1.tmp/0"), "results/work/a/maps-0.zarr"),
        (OSError(errno.ENOSPC, "full", "results/records/track/.a.json.12.tmp"), "results/records/track/a.json"),
        (OSError("[Errno 28] Error writing bytes to file"), "the results"),
        (RuntimeError("codec: No space left on device"), "the results"),
        (caused(UserError("a: not a complete store; delete it"), OSError(errno.ENOSPC, "full", "a")), "a"),
    ],
)  # fmt: skip
def test_a_lack_of_space_names_the_result_and_not_its_temporary_file(error, of):
    assert for_users(error) == SPACE.format(of)


def test_what_may_not_be_written_is_named_whatever_library_tries():
    said = "{} cannot be read or written: {}; see to that and start again"
    error = OSError(errno.EROFS, "Read-only file system", f"results/a/.ctc.{NODE}-12.tmp")
    assert for_users(error) == said.format("results/a/ctc", "Read-only file system")
    assert for_users(RuntimeError("Permission denied (os error 13)")) == said.format("a file", "Permission denied")


def test_other_errors_stay_what_they_are():
    assert for_users(KeyError("No such column")) is None
    assert for_users(OSError(errno.ENOENT, "No such file or directory", "a")) is None
    assert for_users(caused(UserError("a.tif: no TIFF"), ValueError("not a TIFF"))) == "a.tif: no TIFF"
    # why it may not be read was said already, better
    assert (
        for_users(caused(UserError("a.tif: may not be read"), PermissionError(13, "denied")))
        == "a.tif: may not be read"
    )
