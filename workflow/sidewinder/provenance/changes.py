"""What has changed since results were made: of the raw data, the model, the truth and the settings.

Asked for all movies by the process of a run, before the graph of jobs is built, and by `verify`. It needs the records
alone, neither Snakemake's hidden folder nor the times of results. What has no record is left to Snakemake.
"""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.movie.quiet import quietly
from sidewinder.names import BLOCKWISE, IMAGE, PRODUCTS
from sidewinder.plan import Plan, is_url
from sidewinder.provenance.fingerprint import SNAKEMAKES, difference, digest_of
from sidewinder.provenance.record import BEFORE, FOLDER, Record, before_of, names_of, read_record, write_record
from sidewinder.provenance.sources import prints_of, root_of

NOUNS = {"raw": "raw data have", "model": "model has", "labels": "label images have", "truth": "truth has"}
MOST_LINES = 30
# a network file system answers late, but many at once
THREADS = 16


@dataclass
class Changes:
    """What has changed of a movie.

    Parameters
    ----------
    movie : str
        Its name.
    why : list of (str, str)
        Stages that are to be run again, the earliest first, each with the reason, such as "its raw data have changed (1
        file added: t004.tif)".
    again : list of str
        The files below the results folder that are to be made again; what depends on them follows.
    gone : str
        Why its raw data cannot be compared, such as that they are not there; else empty.
    touched : dict of str to Record
        By their paths, records of files whose times alone have changed, as they are to be.
    settled : list of str
        The names of the records with which everything agrees: whatever the times of files, their jobs have been done.
    """

    movie: str
    why: list[tuple[str, str]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    gone: str = ""
    touched: dict[str, Record] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)


class Comparison:
    """Compares results with what is there now.

    Parameters
    ----------
    plan : Plan
        The experiment as it is now.
    results : path
        The results folder, in which nothing is changed.
    with_settings : bool
        Whether rules have the settings that the plan says; those of a module may have been given others.
    """

    def __init__(self, plan: Plan, results: str | Path, *, with_settings: bool) -> None:
        self._plan, self._results, self._with_settings = plan, str(results), with_settings
        self._folder = os.path.join(results, FOLDER)
        self._digests: dict[str, str] = {}
        self._names = {name for stage in BEFORE for name in self._listed(stage)}

    def changes(self) -> list[Changes]:
        """What has changed of each movie, in the order of the sheet."""
        with quietly(), ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(self._of_movie, self._plan.rows))

    def _listed(self, stage: str) -> set[str]:
        """The names of the records of a stage; one list is quicker than a look for each."""
        try:
            return {f"{stage}/{name.removesuffix('.json')}" for name in os.listdir(os.path.join(self._folder, stage))}
        except OSError:
            return set()

    def _of_movie(self, movie: str) -> Changes:
        changes = Changes(movie)
        keys: dict[str, str] = {}
        for stage in BEFORE:
            for name in names_of(stage, movie, range(self._plan.row(movie).blocks)):
                path = f"{self._folder}/{name}.json"
                record = read_record(path) if name in self._names else None
                keys[name] = record.key if record else ""
                reason = self._reason(changes, stage, path, record, keys) if record else self._newer(stage, movie)
                if reason:
                    changes.why.append((stage, reason))
                    changes.again.append(_made(movie, stage, name.removeprefix(f"{stage}/{movie}-")))
                elif record and self._knows_all(movie, record, keys):
                    changes.settled.append(name)
        return changes

    def _reason(self, changes: Changes, stage: str, path: str, record: Record, keys: dict[str, str]) -> str:
        """Why a job is to be run again; empty where it is not."""
        return (
            self._other_sources(changes, path, record)
            or self._other_settings(changes.movie, stage, record)
            or self._other_before(changes.movie, stage, record, keys)
        )

    def _newer(self, stage: str, movie: str) -> str:
        """Whether raw data are newer than an image of which there is no record, as of an earlier version."""
        path, image = self._plan.row(movie).path, os.path.join(self._results, "work", movie, IMAGE)
        if stage != "preprocess" or is_url(path) or not os.path.isdir(image):
            return ""
        try:
            newest_ns = max(one.mtime_ns for one in prints_of("raw", path).values())
            made_ns = os.stat(os.path.join(image, SNAKEMAKES)).st_mtime_ns
        except (UserError, OSError, ValueError):
            # neither can be compared, or there is no time at which the image was complete
            return ""
        return "its raw data are newer than its results, of which there is no record" if newest_ns > made_ns else ""

    def _other_sources(self, changes: Changes, path: str, record: Record) -> str:
        """How what a job has read from outside differs from what is there now."""
        for kind, then in record.sources.items():
            where = self._where(changes.movie, kind)
            if where is None or is_url(where):
                continue
            try:
                now = prints_of(kind, where)
                changed = difference(then, now, partial(self._digest, root_of(where)))
            except (UserError, OSError) as error:
                # that a model is not there is said of the sheet; scores stay without their truth
                said = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
                changes.gone = said if kind == "raw" else changes.gone
                continue
            if changed:
                return f"its {NOUNS[kind]} changed ({changed})"
            if any(then[name].mtime_ns != now[name].mtime_ns for name in then):
                dated = {name: now[name]._replace(digest=one.digest) for name, one in then.items()}
                changes.touched[path] = replace(record, sources={**record.sources, kind: dated})
        return ""

    def _where(self, movie: str, kind: str) -> str | None:
        """The path of a source of a movie."""
        if kind == "model":
            return self._plan.model_folder(movie)
        row = self._plan.row(movie)
        return {"raw": row.path, "labels": row.labels, "truth": row.truth}[kind]

    def _knows_all(self, movie: str, record: Record, keys: dict[str, str]) -> bool:
        """Whether a job's record knows all its inputs; of a source in a store Snakemake alone knows the time."""
        fetched = any(is_url(self._where(movie, kind) or "") for kind in record.sources)
        return not fetched and all(key and keys.get(name) == key for name, key in record.before.items())

    def _digest(self, root: str, name: str) -> str:
        """The digest of a file of a source; a model is that of many movies."""
        path = os.path.join(root, name) if name else root
        if path not in self._digests:
            self._digests[path] = digest_of(path)
        return self._digests[path]

    def _other_settings(self, movie: str, stage: str, record: Record) -> str:
        """Settings that differ from those that a job was given; what a rule alone knows is left out."""
        if not self._with_settings:
            return ""
        now = self._plan.settings_of(stage, movie)
        changed = [name for name in now if name in record.settings and now[name] != record.settings[name]]
        return f"settings of {stage} have changed ({', '.join(_deeper(changed, record.settings, now))})" * bool(changed)

    def _other_before(self, movie: str, stage: str, record: Record, keys: dict[str, str]) -> str:
        """What a job's inputs have been made of since, as after a run that was ended halfway."""
        row = self._plan.row(movie)
        before = before_of(stage, bool(row.labels))
        names = names_of(before, movie, range(row.blocks)) if before else []
        if stage in BLOCKWISE and len(names) > 1:
            names = [name for name in names if name in record.before]
        if all(not keys[name] or keys[name] == record.before.get(name) for name in names):
            return ""
        return f"{stage} was made of earlier results of {before}"


def _deeper(changed: list[str], then: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """The names of settings that differ; of a section those in it."""
    for name in changed:
        if isinstance(then[name], dict) and isinstance(now[name], dict):
            yield from sorted(key for key in {**then[name], **now[name]} if then[name].get(key) != now[name].get(key))
        else:
            yield name


def _made(movie: str, stage: str, block: str) -> str:
    """What a job makes, which stands for all that it makes, below the results folder."""
    if stage == "preprocess":
        return f"work/{movie}/{IMAGE}"
    if stage in BLOCKWISE:
        return f"work/{movie}/{BLOCKWISE[stage][0].format(block=block)}"
    return f"{movie}/{PRODUCTS[stage][0]}"


def lines_of(changes: Iterable[Changes]) -> list[str]:
    """Say what is computed again and why, and which raw data cannot be compared: a line each movie."""
    lines = []
    for one in changes:
        if one.why:
            stage, reason = one.why[0]
            whole = "it is computed again" if stage == "preprocess" else f"it is computed again from {stage} on"
            lines.append(f"movie {one.movie}: {reason}: {whole}")
        elif one.gone:
            lines.append(f"movie {one.movie}: {one.gone}; its results stay as they are")
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"... and {more} more movies of which something has changed"]


def note_times(changes: Iterable[Changes]) -> None:
    """Note the times of files of which nothing else has changed, so that they are not read at every start."""
    for one in changes:
        for path, record in one.touched.items():
            try:
                write_record(Path(path), record)
            except OSError:
                # results that may not be written to are compared at length again
                return
