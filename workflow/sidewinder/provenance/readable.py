"""Whether what the sheet names can be read, looked at before anything runs: each movie that cannot be made is named."""

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.fingerprint import paths_of
from sidewinder.movie.causes import unreachable
from sidewinder.movie.listing import is_zarr, root_of
from sidewinder.movie.quiet import quietly
from sidewinder.names import IMAGE, PUBLISHED
from sidewinder.plan import Plan, is_url
from sidewinder.provenance.renaming import Renamed
from sidewinder.provenance.sources import prints_of
from sidewinder.rectangle import parse_rectangle

# thousands of movies on a slow disk: the others are looked at by their jobs
LONGEST_LOOK_S = 10.0
THREADS = 16
MOST_LINES = 20


def unreadable_lines(plan: Plan, results: str | Path, here: str | Path, renamed: Iterable[Renamed] = ()) -> list[str]:
    """Say which movies that are yet to be made cannot be, because what the sheet names for them cannot be read.

    Parameters
    ----------
    plan : Plan
        The experiment.
    results : path
        The results folder.
    here : path
        The folder that the user is in, which need not be the working directory.
    renamed : iterable of Renamed
        Movies that have been begun under another name.

    Returns
    -------
    lines : list of str
        One for each movie, and one about all; none where all can be read, as far as a short look tells.
    """
    begun = {one.movie for one in renamed}
    movies = [movie for movie in plan.rows if movie not in begun and not is_begun(Path(results), movie)]
    until = time.monotonic() + LONGEST_LOOK_S
    with quietly(), ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(partial(_why_not, plan, str(here), until), movies))
    lines = [f"movie {movie}: {why}" for movie, why in zip(movies, found, strict=True) if why]
    if not lines:
        return []
    many = len(lines) > 1
    shown = lines[:MOST_LINES] + [f"... and {len(lines) - MOST_LINES:,} more"] * (len(lines) > MOST_LINES)
    told = f"WARNING: {len(lines):,} of {len(plan.rows):,} movies {'are' if many else 'is'} going to fail"
    return [f"{told}; the others are made:", *shown]


def is_begun(results: Path, movie: str) -> bool:
    """Whether a movie's raw data have been read, so that they are compared with what was made of them."""
    return (results / "work" / movie / IMAGE).exists() or (results / movie / PUBLISHED).exists()


def _why_not(plan: Plan, here: str, until: float, movie: str) -> str:
    """Why a movie cannot be made; empty where nothing speaks against it."""
    row = plan.row(movie)
    # what the workflow makes itself is not there yet
    made = plan.raw_input(movie) + plan.truth_input(movie)
    region = None if parse_rectangle(row.region or "") else row.region
    for kind, path in (("raw", row.path), ("labels", row.labels), ("region", region), ("truth", row.truth)):
        if path is None or is_url(path) or os.path.normpath(path) in made or time.monotonic() > until:
            continue
        try:
            _look(kind, path, row.position)
        except (UserError, OSError, ValueError) as error:
            said = error if isinstance(error, UserError) else unreachable(path, error)
            return f"{said}{_elsewhere(path, here)}"
    return ""


def _look(kind: str, path: str, position: str | None) -> None:
    """List the files of a source and read the first byte of the first of them; raises an error where that fails."""
    names = sorted(prints_of(kind, path, position))
    (first,) = paths_of(names[:1], root_of(path))
    with open(first, "rb") as file:
        if kind == "raw" and not is_zarr(path) and not file.read(1):
            raise UserError(f"{first}: is empty; copy or export it again")


def _elsewhere(path: str, here: str) -> str:
    """What to say of a relative path that is there from where the user is."""
    if os.path.isabs(path) or os.path.exists(path) or not os.path.exists(os.path.join(here, path)):
        return ""
    return (
        f". It is there in {here}, but paths of the sheet are relative to the sheet or to the working directory, "
        f"{os.getcwd()}: write {os.path.join(os.path.relpath(here), path)}, or start with --directory {here}"
    )
