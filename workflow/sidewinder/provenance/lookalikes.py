"""Movies that the sheet lacks whose raw data look like those of new ones: by names, sizes, times and settings.

Nothing of raw data is read; of those that are archived, nothing but their path is known.
"""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.fingerprint import Prints
from sidewinder.movie.quiet import quietly
from sidewinder.names import PROVENANCE
from sidewinder.plan import Plan, is_url
from sidewinder.provenance.comparison import THREADS
from sidewinder.provenance.record import BEGUN, FOLDER, RENAMED, read_record
from sidewinder.provenance.sources import prints_of

STAGE = "preprocess"


def look_alike(plan: Plan, results: str | Path) -> list[tuple[str, str]]:
    """Find new movies that look like one of the results which the sheet lacks.

    Parameters
    ----------
    plan : Plan
        The experiment as the sheet says.
    results : path
        The results folder, on a disk of this machine.

    Returns
    -------
    pairs : list of (str, str)
        The new movie and the other one, in the order of the sheet. A movie may stand in several pairs, last in those
        with an earlier name of its, as after it was renamed twice.
    """
    recorded, renamed = _recorded(results, ".json"), _recorded(results, RENAMED)
    left = sorted(recorded - plan.rows.keys(), key=lambda movie: (movie in renamed, movie))
    new = [movie for movie in plan.rows if left and movie not in recorded and _is_new(plan, results, movie)]
    if not new:
        return []
    with quietly(), ThreadPoolExecutor(THREADS) as pool:
        wanted = dict(zip(new, pool.map(partial(_key_of_raw, plan), new), strict=True))
        held = list(zip(pool.map(partial(_key_of_record, results), left), left, strict=True))
        if not all(wanted.values()):
            wanted |= {movie: os.path.realpath(plan.row(movie).path) for movie, key in wanted.items() if not key}
            held += zip(pool.map(partial(path_of, results), left), left, strict=True)
    by_key: dict[str, list[str]] = {}
    for key, movie in held:
        by_key.setdefault(key, []).append(movie)
    return [(movie, other) for movie, key in wanted.items() for other in by_key.get(key, ())]


def path_of(results: str | Path, movie: str) -> str:
    """Where the raw data of a movie are, as the sheet had it when it was made; empty where that is not written down."""
    try:
        document = json.loads(Path(results, movie, PROVENANCE).read_text(encoding="utf-8"))
        return os.path.realpath(str(document["sheet"]["path"]))
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _recorded(results: str | Path, kind: str) -> set[str]:
    """The movies of whose image there is a record, or something else beside it."""
    try:
        names = os.listdir(os.path.join(results, FOLDER, STAGE))
    except OSError:
        return set()
    return {name.removesuffix(kind) for name in names if name.endswith(kind)}


def _is_new(plan: Plan, results: str | Path, movie: str) -> bool:
    """Whether a model segments a movie of which nothing is there but what was ended before it was complete."""
    row = plan.row(movie)
    if row.labels or is_url(row.path) or os.path.lexists(os.path.join(results, movie)):
        return False
    begun = os.path.join(results, FOLDER, STAGE, f"{movie}{BEGUN}")
    return os.path.exists(begun) or not os.path.lexists(os.path.join(results, "work", movie))


def _key_of_raw(plan: Plan, movie: str) -> str:
    """What is the same of raw data and settings that look alike; empty where raw data cannot be looked at."""
    row = plan.row(movie)
    try:
        return _key(prints_of("raw", row.path, row.position), plan.settings_of(STAGE, movie))
    except (UserError, OSError, ValueError):
        return ""


def _key_of_record(results: str | Path, movie: str) -> str:
    """The same of a movie of the results."""
    record = read_record(os.path.join(results, FOLDER, STAGE, f"{movie}.json"))
    return _key(record.sources.get("raw", {}), record.settings) if record else ""


def _key(prints: Prints, settings: dict[str, Any]) -> str:
    files = sorted((name, one.size, one.mtime_ns) for name, one in prints.items())
    text = json.dumps([files, settings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
