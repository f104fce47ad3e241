"""Whether the disk will do: what the movies that are yet to be made will take, beside what is free."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sidewinder.names import IMAGE, PUBLISHED
from sidewinder.plan import Plan

# bytes on the disk for each byte of the image: zstd leaves seven tenths of noisy pixels, smaller levels add a third
OF_IMAGE = 1.0
# and for each pixel of a channel and frame: labels, masks, tables, and maps until there are cells. Measured on the
# simulated movies, which take 1.0 to 1.3 times their uncompressed pixels in all
OF_LABELS = 0.5
# the headers of thousands of movies on a slow disk: the others are taken to be like those that were looked at
LONGEST_LOOK_S = 5.0
UNITS = (("MB", 1.0), ("GB", 1e3), ("TB", 1e6))


def disk_lines(plan: Plan, results: str | Path) -> Iterator[str]:
    """A line on the disk that is needed, and a warning where it will not do.

    Parameters
    ----------
    plan : Plan
        The experiment.
    results : path
        The results folder, on a disk of this machine; need not be there yet.

    Yields
    ------
    line : str
        None where no movie is yet to be made, or the size of none can be told.
    """
    movies = [movie for movie in plan.rows if not _is_there(Path(results), movie)]
    needed_mb = _needed_mb(plan, movies)
    if not needed_mb:
        return
    free_mb = shutil.disk_usage(_nearest(Path(results))).free / 1e6
    said = f"{len(movies):,} movies are yet to be made, for about {_size(needed_mb)}; {_size(free_mb)} are free"
    if needed_mb < free_mb:
        yield f"disk: {said}"
    else:
        yield f"WARNING: the disk of {results} will not do: {said}. Make room, or name another results folder"


def _is_there(results: Path, movie: str) -> bool:
    return (results / "work" / movie / IMAGE).exists() or (results / movie / PUBLISHED).exists()


def _needed_mb(plan: Plan, movies: list[str]) -> float:
    """What movies will take, from their headers; of those that cannot be read, and beyond some seconds, the mean."""
    start, known = time.monotonic(), []
    for movie in movies:
        size = plan.known_size(movie)
        if size is not None:
            known.append(OF_IMAGE * size.movie_mb + OF_LABELS * size.movie_mpx)
        if time.monotonic() - start > LONGEST_LOOK_S:
            break
    return sum(known) / len(known) * len(movies) if known else 0.0


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = Path(os.path.abspath(folder))
    return next(one for one in (folder, *folder.parents) if one.exists())


def _size(megabytes: float) -> str:
    """A size as people say it, with three digits."""
    unit, of_mb = next(((unit, of_mb) for unit, of_mb in UNITS if megabytes < 1000 * of_mb), UNITS[-1])
    value = megabytes / of_mb
    return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"
