"""Libraries use the threads of a job, also where they were imported before it began."""

import os

import dask
import zarr

from sidewinder.driver.threads import thread_variables, use_threads


def test_libraries_that_are_imported_use_the_threads_of_the_job(monkeypatch):
    monkeypatch.setattr(os, "environ", {"HOME": "/home/me"})
    with zarr.config.set({"threading.max_workers": 1}), dask.config.set(num_workers=1):
        use_threads(3)
        assert zarr.config.get("threading.max_workers") == 3
        assert dask.config.get("num_workers") == 3
    assert os.environ == {"HOME": "/home/me", **thread_variables(3)}
    assert os.environ["OMP_NUM_THREADS"] == os.environ["NUMBA_NUM_THREADS"] == "3"
