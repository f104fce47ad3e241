"""Whether a limit of address space (`ulimit -v`, Grid Engine's `h_vmem`) leaves a job what its libraries take."""

import resource

from sidewinder.errors import UserError

# NumPy, SciPy, pandas and what they need, without PyTorch, and the stack and buffer of each thread
LIBRARIES_MB, THREAD_MB = 500, 40


def check_address_space(threads: int) -> None:
    """Refuse to begin where libraries could not be loaded: OpenBLAS asks again for ever what it does not get.

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
    needed_mb = LIBRARIES_MB + THREAD_MB * threads
    if limit != resource.RLIM_INFINITY and limit < needed_mb * 1e6:
        raise UserError(
            f"the limit of {limit / 1e6:,.0f} MB of address space (ulimit -v, h_vmem) does not even hold the "
            f"libraries, which take {needed_mb:,} MB; raise it, or give this rule more mem_mb in the profile"
        )
