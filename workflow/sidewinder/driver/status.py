"""How far an experiment is, as its results folder tells, whether a run is going on or not.

It is asked about 10,000 movies on network file systems: folders are listed rather than each file asked for, a movie
that has not begun costs nothing, and only logs of jobs whose files are not there are read. A job that is run again
loses its files before it begins, so that a movie whose re-run failed lacks intermediate ones, though its results of
before are there; one whose intermediate files were all deleted, once it was done, is done.
"""

import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sidewinder.cluster.resources import size_of_image
from sidewinder.driver import lock
from sidewinder.driver.ending import seen_from
from sidewinder.driver.joblog import MISSING, LogEnd, read_end
from sidewinder.driver.overview import MovieState, duration, named, overview, time_left
from sidewinder.errors import UserError
from sidewinder.names import BLOCKWISE, CELLS, EXPERIMENT, IMAGE, LONG_AGO_S, PRODUCTS, PUBLISHED, REPORT, SUMMARY
from sidewinder.plan import Plan

# a job of a cluster outlives the run; one that is silent for longer does not live
SILENT_S = 300
# a network file system answers late, but many at once
THREADS = 16
# what is said of a movie if several of its jobs have something to say
FAILED, RUNNING, FAILED_BEFORE, INTERRUPTED = range(4)
STATES = {FAILED: "failed", RUNNING: "running", FAILED_BEFORE: "failed", INTERRUPTED: "interrupted"}


def status_lines(plan: Plan, results: str | Path, here: str | Path) -> list[str]:
    """Say how far the experiment is, which movies failed, and which are at work.

    Parameters
    ----------
    plan : Plan
        The experiment's movies.
    results : path
        The results folder, in which nothing is changed.
    here : path
        The folder that the user is in.

    Returns
    -------
    lines : list of str
        First the overview of all movies, then whether a run is going on, then movies by name.

    Raises
    ------
    UserError
        Where the folder cannot be read.
    """
    folder = Folder(results, here)
    movies = folder.movies(plan)
    if folder.holder:
        elapsed_s = folder.now - folder.since
        left = time_left(movies, folder.finished(movies), elapsed_s)
        run = f"a run is going on: {folder.holder}, for {duration(elapsed_s)}"
    else:
        at_work = any(movie.state == "running" for movie in movies)
        left, run = "", "no run is going on" + ", but jobs of the last one are" * at_work
    return [overview(movies, left), run, *named([*movies, folder.tables()]), *folder.old_tables(movies)]


def n_frames(*images: str | Path) -> int | None:
    """The number of frames of the first of these OME-Zarr images that is there; None where none is."""
    for image in images:
        try:
            size = size_of_image(image)
        except (OSError, ValueError, LookupError, TypeError):
            # nothing that a look from outside should stumble over
            continue
        if size:
            return size.shape[0]
    return None


class Folder:
    """A results folder as it is now.

    Parameters
    ----------
    results : path
        The folder.
    here : path
        The folder that the user is in.
    """

    def __init__(self, results: str | Path, here: str | Path) -> None:
        self.results, self.here, self.now = Path(results), here, time.time()
        self.names, self.at_work, stages = (self._names(folder) for folder in ("", "work", "logs"))
        self.logs = {stage: self._names(f"logs/{stage}") for stage in stages}
        self.holder = lock.holder(results)
        self.since = lock.held_since(results) if lock.NAME in self.names else 0.0

    def movies(self, plan: Plan) -> list[MovieState]:
        """All movies of a plan, in its order."""
        products: dict[str, set[str]] = {movie: set() for movie in plan.rows}
        for product in plan.products():
            movie, name = product.split("/")
            products[movie].add(name)
        n_blocks = [row.blocks for row in plan.rows.values()]
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(self._movie, plan.rows, n_blocks, products.values()))

    def finished(self, movies: list[MovieState]) -> set[str]:
        """The movies that were finished since the last run began."""
        # a folder changes when a product moves into it
        done = [movie.name for movie in movies if movie.state == "done"]
        return {name for name in done if os.stat(self.results / name).st_mtime >= self.since}

    def tables(self) -> MovieState:
        """The tables of all movies, as if they were a movie."""
        made_by = {
            SUMMARY: ("the tables", "experiment/experiment.log"),
            REPORT: ("the report", "report_all/report_all.log"),
        }
        jobs = [job for name, job in made_by.items() if name not in self.names]
        return MovieState("all movies", *self._at(jobs))

    def old_tables(self, movies: list[MovieState]) -> list[str]:
        """A line, where the tables of all movies were made before the last run began, which has not ended well."""
        try:
            written = os.stat(self.results / SUMMARY).st_mtime
        except OSError:
            return []
        # those of a run in which movies failed say that they are very old, and name these movies
        renewed = written >= self.since or written == LONG_AGO_S
        if renewed or self.holder or all(movie.state == "done" for movie in movies):
            return []
        tables = " and ".join(str(seen_from(self.here, self.results / name)) for name in (EXPERIMENT, SUMMARY))
        return [f"{tables} are of an earlier run"]

    def _movie(self, movie: str, n_blocks: int, products: set[str]) -> MovieState:
        there = self._names(movie) if movie in self.names else set()
        work = self._names(f"work/{movie}") if movie in self.at_work else set()
        images = [self.results / "work" / movie / IMAGE] if IMAGE in work else []
        images += [self.results / movie / PUBLISHED] if PUBLISHED in there else []
        missing = products - there
        state, what = "waiting", ""
        if missing or movie in self.at_work:
            state, what = self._at(_unfinished(movie, n_blocks, missing, work))
        # what else is not there was deleted once it was of no use any more
        state = state if missing or what else "done"
        return MovieState(movie, state, what, n_frames(*images))

    def _at(self, jobs: Iterable[tuple[str, str]]) -> tuple[str, str]:
        """The state of a movie and what to say of it, from its unfinished jobs, each its name and its log."""
        said = []
        for job, log in jobs:
            stage, name = log.split("/")
            end = read_end(self.results / "logs" / log) if name in self.logs.get(stage, ()) else MISSING
            rank = self._rank(end)
            if rank is not None:
                said.append((rank, -end.written, self._says(rank, job, end, log)))
        if not said:
            return "waiting", ""
        rank, _, what = min(said)
        return STATES[rank], what

    def _rank(self, end: LogEnd) -> int | None:
        """What a log means for a movie; nothing where there is none, or where it ended well and was of no avail."""
        of_this_run = end.written >= self.since
        if end.state == "failed":
            return FAILED if of_this_run else FAILED_BEFORE
        if end.state == "open":
            lives = (self.holder and of_this_run) or self.now - end.written < SILENT_S
            return RUNNING if lives else INTERRUPTED
        return INTERRUPTED if end.state == "interrupted" else None

    def _says(self, rank: int, job: str, end: LogEnd, log: str) -> str:
        at = ", ".join([job, end.progress] if end.progress else [job])
        if rank == RUNNING:
            silent_s = self.now - end.written
            return at if silent_s < SILENT_S else f"{at}, silent for {duration(silent_s)}"
        if rank == INTERRUPTED:
            return f"cut off at {at}; the next run makes it again"
        before = "in an earlier run: " if rank == FAILED_BEFORE else ""
        # without the name that the job has put in front
        error = end.error.partition(": ")[2]
        return f"{before}{error} (log: {seen_from(self.here, self.results / 'logs' / log)})"

    def _names(self, folder: str) -> set[str]:
        """The names in a folder; none where there is no such folder."""
        try:
            return set(os.listdir(self.results / folder))
        except (FileNotFoundError, NotADirectoryError):
            return set()
        except OSError as error:
            raise UserError(f"{self.results / folder} cannot be read: {error.strerror}") from error


def _unfinished(movie: str, n_blocks: int, missing: set[str], work: set[str]) -> Iterator[tuple[str, str]]:
    """The jobs of a movie whose product is not there, each its name and its log."""
    for stage, names in PRODUCTS.items():
        if not missing.isdisjoint(names):
            yield stage, f"{stage}/{movie}.log"
    if IMAGE not in work:
        yield "preprocess", f"preprocess/{movie}.log"
    for block in range(n_blocks):
        # maps may be removed once there are cells
        for stage, names in BLOCKWISE.items() if CELLS.format(block=block) not in work else ():
            if not work.issuperset(name.format(block=block) for name in names):
                yield stage + f" of block {block}" * (n_blocks > 1), f"{stage}/{movie}-{block}.log"
