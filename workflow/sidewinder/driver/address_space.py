"""Whether a limit of address space (`ulimit -v`, Grid Engine's `h_vmem`) leaves a job what its libraries take."""

import resource
from importlib import import_module

from sidewinder.errors import UserError

# NumPy, SciPy, pandas and what they need, without PyTorch, and the stack and buffer of each thread
LIBRARIES_MB, THREAD_MB = 500, 40
WITH_OPENBLAS = ("numpy.linalg", "scipy.linalg")


def check_address_space(threads: int) -> None:
    """Refuse to begin where libraries could not be loaded; under any limit, load those that wait for memory for ever.

    OpenBLAS, of which NumPy and SciPy have one each, asks again and again for what it does not get. Others, such as
    PyTorch, end with an error where they come later and find too little.

    Parameters
    ----------
    threads : int
        Of the job.

    Raises
    ------
    UserError
        With the limit, and what is needed at least.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    needed_mb = LIBRARIES_MB + THREAD_MB * threads
    if limit < needed_mb * 1e6:
        raise UserError(
            f"the limit of {limit / 1e6:,.0f} MB of address space (ulimit -v, h_vmem) does not even hold the "
            f"libraries, which take {needed_mb:,} MB; raise it, or give this rule more mem_mb in the profile"
        )
    for library in WITH_OPENBLAS:
        import_module(library)
