"""Compares results with the raw data, the model, the truth and the settings that are there now.

Asked for all movies by the process of a run, before the graph of jobs is built, and by `verify`. It needs the records
alone, neither Snakemake's hidden folder nor the times of results. What has no record is left to Snakemake.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.fingerprint import SNAKEMAKES, difference, digest_of, paths_of
from sidewinder.movie.causes import unreachable
from sidewinder.movie.listing import root_of
from sidewinder.movie.quiet import quietly
from sidewinder.names import BLOCKWISE, EXPERIMENT, EXPORTS, IMAGE, LABELS, PRODUCTS
from sidewinder.plan import Plan, is_url
from sidewinder.provenance.changes import Changes
from sidewinder.provenance.pixels import PIXEL_SIZE, Seen, matters, own_pixels
from sidewinder.provenance.record import (
    BEFORE,
    BEGUN,
    FOLDER,
    TABLES,
    Record,
    before_of,
    digest_of_rows,
    names_of,
    of_outer,
    read_record,
)
from sidewinder.provenance.sources import images_of_light, prints_of

NOUNS = {
    "raw": "raw data have", "region": "region has", "flat_field": "flat field has", "dark_field": "dark field has",
    "model": "model has", "labels": "label images have", "truth": "truth has",
}  # fmt: skip
# what stages read from outside, how that is said, and what shows when it was read
UNRECORDED = {
    "preprocess": ("raw", "raw data are", IMAGE),
    "infer": ("model", "model is", LABELS.format(block=0)),
}
# a network file system answers late, but many at once
THREADS = 16


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
        """What has changed of each movie, in the order of the sheet; last of the tables of all, if anything has."""
        with quietly(), ThreadPoolExecutor(THREADS) as pool:
            return [*pool.map(self._of_movie, self._plan.rows), *self._of_tables()]

    def _of_tables(self) -> Iterator[Changes]:
        """Whether the sheet says something else of the movies than the tables of all."""
        record = read_record(f"{self._folder}/{TABLES}/{TABLES}.json")
        then = record.settings.get("rows") if record and self._with_settings else None
        if then and then != digest_of_rows(self._plan.metadata()):
            yield Changes("", [(TABLES, "what the sheet says of the movies has changed")], [EXPERIMENT])

    def _listed(self, stage: str) -> set[str]:
        """The names of the records of a stage; one list is quicker than a look for each."""
        try:
            return {f"{stage}/{name.removesuffix('.json')}" for name in os.listdir(os.path.join(self._folder, stage))}
        except OSError:
            return set()

    def _of_movie(self, movie: str) -> Changes:
        changes = Changes(movie)
        within = self._plan.row(movie).within
        keys = {name: self._key(name) for name in of_outer("within", within)}
        not_asked = {*EXPORTS} - {*self._plan.exports(movie), *["ctc"] * self._plan.needs_ctc(movie)}
        for stage in (stage for stage in BEFORE if within or stage != "within"):
            for name in names_of(stage, movie, range(self._plan.row(movie).blocks)):
                path = f"{self._folder}/{name}.json"
                record = read_record(path) if name in self._names else None
                keys[name] = record.key if record else ""
                if record:
                    # what nobody asks for any more is not made again, whatever it was made of
                    reason = self._reason(changes, stage, path, record, keys) if stage not in not_asked else ""
                else:
                    reason = self._cut_off(stage, movie, name) or self._newer(stage, movie)
                if reason and stage == "preprocess" and changes.gone:
                    changes.kept = reason
                elif reason:
                    changes.why.append((stage, reason))
                    changes.again.append(_made(movie, stage, name.removeprefix(f"{stage}/{movie}-")))
                elif record and self._knows_all(movie, record, keys):
                    changes.settled.append(name)
                    changes.alike += [name] * self._has_other_cell(movie, stage, record)
        return changes

    def _key(self, name: str) -> str:
        """The key of a record; empty where there is none."""
        record = read_record(f"{self._folder}/{name}.json") if name in self._names else None
        return record.key if record else ""

    def _reason(self, changes: Changes, stage: str, path: str, record: Record, keys: dict[str, str]) -> str:
        """Why a job is to be run again; empty where it is not."""
        return (
            self._other_sources(changes, path, record)
            or self._other_settings(changes.movie, stage, record)
            or self._other_before(changes.movie, stage, record, keys)
        )

    def _cut_off(self, stage: str, movie: str, name: str) -> str:
        """Whether what is there was made by a job that was ended before it had written its record."""
        made = _made(movie, stage, name.removeprefix(f"{stage}/{movie}-"))
        is_cut_off = f"{name}{BEGUN}" in self._names and os.path.lexists(os.path.join(self._results, made))
        return f"{stage} was ended before it was complete" if is_cut_off else ""

    def _newer(self, stage: str, movie: str) -> str:
        """Whether raw data or a model are newer than what was made of them by a version that kept no records."""
        if stage not in UNRECORDED:
            return ""
        kind, verb, name = UNRECORDED[stage]
        where, made = self._where(movie, kind), os.path.join(self._results, "work", movie, name)
        if where is None or is_url(where) or not os.path.isdir(made):
            return ""
        try:
            newest_ns = max(one.mtime_ns for one in prints_of(kind, where, self._plan.row(movie).position).values())
            made_ns = os.stat(os.path.join(made, SNAKEMAKES)).st_mtime_ns
        except (UserError, OSError, ValueError):
            # neither can be compared, or there is no time at which it was complete
            return ""
        return f"its {verb} newer than its results, of which there is no record" if newest_ns > made_ns else ""

    def _other_sources(self, changes: Changes, path: str, record: Record) -> str:
        """How what a job has read from outside differs from what is there now."""
        for kind, then in record.sources.items():
            where = self._where(changes.movie, kind)
            if where is None or is_url(where):
                continue
            try:
                now = prints_of(kind, where, self._plan.row(changes.movie).position)
                changed = difference(then, now, partial(self._digest, root_of(where)))
            except (UserError, OSError) as error:
                # that a model is not there is said of the sheet; scores stay without their truth
                said = unreachable(where, error) if isinstance(error, OSError) else error
                if kind == "raw":
                    changes.gone, changes.archived = str(said), self._plan.row(changes.movie).archived or ""
                continue
            if changed:
                return f"its {NOUNS[kind]} changed ({changed})"
            if any(then[name].mtime_ns != now[name].mtime_ns for name in then):
                dated = {name: now[name]._replace(digest=one.digest) for name, one in then.items()}
                changes.touched[path] = replace(record, sources={**record.sources, kind: dated})
        return ""

    def _where(self, movie: str, kind: str) -> str | None:
        """The path of a source of a movie."""
        row = self._plan.row(movie)
        model = self._plan.model_if_any(movie) or None
        said = {"raw": row.path, "region": row.region, "model": model, "labels": row.labels, "truth": row.truth}
        # a setting that names no image any more has changed as a setting
        return said[kind] if kind in said else images_of_light(self._plan.config.get("preprocess")).get(kind)

    def _knows_all(self, movie: str, record: Record, keys: dict[str, str]) -> bool:
        """Whether a job's record knows all its inputs; of a source in a store Snakemake alone knows the time."""
        fetched = any(is_url(self._where(movie, kind) or "") for kind in record.sources)
        return not fetched and all(key and keys.get(name) == key for name, key in record.before.items())

    def _digest(self, root: str, name: str) -> str:
        """The digest of a file of a source; a model is that of many movies."""
        (path,) = paths_of([name], root)
        if path not in self._digests:
            self._digests[path] = digest_of(path)
        return self._digests[path]

    def _other_settings(self, movie: str, stage: str, record: Record) -> str:
        """Settings that differ from those that a job was given; what a rule alone knows is left out."""
        if not self._with_settings:
            return ""
        now, then = self._plan.settings_of(stage, movie), record.settings
        changed = [name for name in now if name in then and now[name] != then[name]]
        # a version that knew no edits has applied none
        changed += ["edits"] if now.get("edits") and "edits" not in then else []
        if PIXEL_SIZE in changed and not self._other_pixels(movie, stage, then[PIXEL_SIZE], now[PIXEL_SIZE]):
            changed.remove(PIXEL_SIZE)
        return f"settings of {stage} have changed ({', '.join(_deeper(changed, then, now))})" * bool(changed)

    def _has_other_cell(self, movie: str, stage: str, record: Record) -> bool:
        """Whether the sheet says another pixel size than when a job was run."""
        now, then = self._plan.settings_of(stage, movie), record.settings
        return PIXEL_SIZE in now and PIXEL_SIZE in then and now[PIXEL_SIZE] != then[PIXEL_SIZE]

    def _other_pixels(self, movie: str, stage: str, then: float | str | None, now: float | str | None) -> bool:
        """Whether another pixel size makes a difference to a stage, as far as that can be told."""
        own = own_pixels(os.path.join(self._results, "work", movie, IMAGE))
        model_um, size = self._plan.model_pixel_size_um(movie), self._plan.known_size(movie)
        if own is None or size is None or (stage == "infer" and model_um is None):
            return True
        return matters(stage, then, now, Seen((size.shape[2], size.shape[3]), own, model_um or None))

    def _other_before(self, movie: str, stage: str, record: Record, keys: dict[str, str]) -> str:
        """What a job's inputs have been made of since, as after a run that was ended halfway."""
        row = self._plan.row(movie)
        before = before_of(stage, bool(row.labels))
        names = names_of(before, movie, range(row.blocks)) + of_outer(stage, row.within) if before else []
        if stage in BLOCKWISE and len(names) > 1:
            names = [name for name in names if name in record.before]
        if all(not keys[name] or keys[name] == record.before.get(name) for name in names):
            return ""
        return f"{stage} was made of earlier results of {before}"


def _deeper(changed: list[str], then: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """The names of settings that differ; of a section those in it."""
    for name in changed:
        if isinstance(then.get(name), dict) and isinstance(now[name], dict):
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
