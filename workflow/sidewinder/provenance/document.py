"""What made these results, for people: `provenance.json` beside the tables of all movies and in each movie's folder.

Everything is taken from the records of the jobs, from the sheet and from the config; nothing compares with it.
"""

import json
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sidewinder.fingerprint import Prints, digest_of_all
from sidewinder.names import PROVENANCE, VERSION
from sidewinder.plan import Plan
from sidewinder.provenance.keeping import machine, versions
from sidewinder.provenance.record import BEFORE, FOLDER, Record, names_of, read_record, write_whole

# what a later run may change without making other results
NOT_COMPARED = ("written", "machine")
# and what a run that has made nothing may say in other words, such as another path to the same sheet
OF_RUN = (*NOT_COMPARED, "made_by", "versions", "config", "movies", "sheet", "model")


def write_documents(results: Path, plan: Plan, *, is_idle: bool = False) -> None:
    """Write what made the results, where that is not what is written there.

    Parameters
    ----------
    results : path
        The results folder. Movies of which nothing is there are left out.
    plan : Plan
        The experiment's movies and its config.
    is_idle : bool
        Whether there was nothing to do: an earlier run, which made the results, may have been killed before it wrote
        them.
    """
    rows = {movie: _row(plan, movie) for movie in plan.rows}
    whole = {
        "made_by": f"Sidewinder {VERSION}", "written": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "machine": machine(),
        "versions": versions(),
        "config": plan.config, "movies": rows,
    }  # fmt: skip
    besides = OF_RUN if is_idle else NOT_COMPARED
    _write(results / PROVENANCE, whole, besides)
    for movie, row in rows.items():
        stages = dict(_stages(results, plan, movie))
        if stages and (results / movie).is_dir():
            sources = {kind: _sources(prints) for record in stages.values() for kind, prints in record.sources.items()}
            model = {"model": plan.model_if_any(movie)} if plan.model_if_any(movie) else {}
            said: dict[str, Any] = {"movie": movie, "sheet": row, **model, "read": sources}
            said["stages"] = {name: _said(one) for name, one in stages.items()}
            _write(results / movie / PROVENANCE, said, besides)


def _row(plan: Plan, movie: str) -> dict[str, Any]:
    """What the sheet says of a movie."""
    row = {name: value for name, value in asdict(plan.row(movie)).items() if value is not None}
    return row | row.pop("extra")


def _stages(results: Path, plan: Plan, movie: str) -> Iterator[tuple[str, Record]]:
    """The records of a movie, by stage, of several blocks with the block's number."""
    blocks = range(plan.row(movie).blocks)
    for stage in BEFORE:
        for name in names_of(stage, movie, blocks):
            record = read_record(results / FOLDER / f"{name}.json")
            if record is not None:
                block = name.removeprefix(f"{stage}/{movie}")
                yield (f"{stage}{block}" if len(blocks) > 1 else stage), record


def _said(record: Record) -> dict[str, Any]:
    """What is said of a stage."""
    return {"settings": record.settings, "versions": record.versions, "machine": record.machine, "made": record.made}


def _sources(prints: Prints) -> dict[str, object]:
    """What was read from outside; of many files one digest, of the list of their names and digests."""
    files = {name: one.digest for name, one in sorted(prints.items())}
    n_bytes = sum(one.size for one in prints.values())
    return {"n_files": len(files), "bytes": n_bytes, "sha256": files if len(files) <= 2 else digest_of_all(prints)}


def _write(path: Path, said: Mapping[str, Any], besides: Collection[str]) -> None:
    """Write a file, whole or not at all, if there is none or it says something else, some of its keys left aside."""
    text = json.dumps(said, indent=1, default=str)
    if not path.exists() or _compared(json.loads(text), besides) != _compared(_read(path), besides):
        write_whole(path, text)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _compared(said: Mapping[str, Any], besides: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in besides}
