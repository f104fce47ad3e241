"""How a process ends that has used Zarr."""

import subprocess
import sys

BUSY = """
import threading, time
import sidewinder.store
from zarr.core.sync import _get_loop
# Zarr's thread does something else when the process ends, as on a busy machine
begun = threading.Event()
_get_loop().call_soon_threadsafe(lambda: (begun.set(), time.sleep(1)))
begun.wait()
"""


def test_a_process_whose_thread_of_zarr_is_busy_ends_without_a_word(checkout):
    command = [sys.executable, "-c", BUSY]
    ended = subprocess.run(command, cwd=checkout / "workflow", capture_output=True, text=True, check=True)
    assert ended.stderr == ""
