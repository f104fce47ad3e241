"""What became of the movies of a run that ended with an error."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sidewinder.driver.failures import Failure
from sidewinder.driver.joblog import read_end
from sidewinder.driver.progress import FAILED, NO_MOVIE
from sidewinder.names import PRODUCTS

STAGE_OF = {name: stage for stage, names in PRODUCTS.items() for name in names}


@dataclass(frozen=True)
class Outcome:
    """What became of a movie that is not done.

    Parameters
    ----------
    state : {"failed", "missing"}
        Whether a job of its own failed.
    reason : str
        The last error, or what holds the movie up, in one line.
    left : frozenset of str
        The stages that this run was to run for it and has not; what they make is missing, or of an earlier run.
    """

    state: str
    reason: str
    left: frozenset[str]

    def lacks(self, product: str) -> bool:
        """Whether one of its files was not made in this run, though it was to be."""
        return STAGE_OF.get(product) in self.left


def outcomes(left: Mapping[str, Mapping[str, str]], failures: Iterable[Failure], since: float) -> dict[str, Outcome]:
    """Say what became of the movies that are not done.

    Parameters
    ----------
    left : dict of str to dict of str to str
        What `Progress.left` gives.
    failures : iterable of Failure
        All of the run.
    since : float
        When the run began, as for `read_failures`.

    Returns
    -------
    outcomes : dict of str to Outcome
        Of each movie that is not done.
    """
    by_movie: dict[str, list[Failure]] = {}
    for failure in failures:
        by_movie.setdefault(failure.movie, []).append(failure)
    others = ", ".join(sorted({failure.name for failure in by_movie.get(NO_MOVIE, ())}))
    ended = f"not made: {others} failed, and " * bool(others) or "not made: "
    ended += "the run ended before its turn"
    found = {}
    for movie, jobs in left.items():
        stages = frozenset(Path(log).parent.name for log, state in jobs.items() if not _is_done(log, state, since))
        if not stages or movie == NO_MOVIE:
            continue
        own = sorted(by_movie.get(movie, ()), key=lambda failure: failure.written)
        failed = any(failure.log for failure in own)
        found[movie] = Outcome("failed" if failed else "missing", own[-1].reason if own else ended, stages)
    return found


def _is_done(log: str, state: str, since: float) -> bool:
    """Whether a job has ended well nevertheless: the submission that failed may hold others that did not."""
    return state == FAILED and read_end(log, since).state == "done"
