"""How many threads the libraries of a job use: most read it in the environment when they are imported."""

import os
import sys

# Snakemake sets these for its jobs, too
OF_LINEAR_ALGEBRA = (
    "OMP_NUM_THREADS", "GOTO_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)  # fmt: skip
OF_OTHERS = ("NUMBA_NUM_THREADS", "DASK_NUM_WORKERS", "ZARR_THREADING__MAX_WORKERS", "BLOSC_NTHREADS")


# whether threads that wait for each other keep their cores: where others use these, too, that costs ten times the work
POLICY = "OMP_WAIT_POLICY"


def thread_variables(threads: int) -> dict[str, str]:
    """The variables of the environment that say how many, and how they wait unless the user has chosen that.

    Parameters
    ----------
    threads : int
        Of a job.
    """
    policy = {POLICY: os.environ.get(POLICY, "PASSIVE")}
    return policy | dict.fromkeys((*OF_LINEAR_ALGEBRA, *OF_OTHERS), str(threads))


def use_threads(threads: int) -> None:
    """Let the libraries of this process use so many threads, whether they are imported yet or not.

    Those of linear algebra and Numba keep the number that they were imported with: no stage gains from more. PyTorch is
    told by the stage.

    Parameters
    ----------
    threads : int
        Of a job.
    """
    os.environ.update(thread_variables(threads))
    if "zarr" in sys.modules:
        sys.modules["zarr"].config.set({"threading.max_workers": threads})
    if "dask" in sys.modules:
        sys.modules["dask"].config.set(num_workers=threads)
