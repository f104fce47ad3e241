"""Gives a movie what was made of it under another name: image, maps and cells, with their records and logs.

The files get a second name, so that those of the old name stay. Nothing in them is ever changed in place: what is made
again is written beside and moved, or removed first.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sidewinder.fingerprint import SNAKEMAKES
from sidewinder.links import link_or_copy
from sidewinder.names import BLOCKWISE, IMAGE
from sidewinder.provenance.record import (
    BEGUN,
    FOLDER,
    RENAMED,
    Record,
    names_of,
    read_record,
    write_record,
    write_whole,
)
from sidewinder.provenance.renaming import NAMELESS, Renamed, renamed


def take_over(results: Path, one: Renamed) -> None:
    """Give a movie what was made of it under another name, all of it or nothing.

    Parameters
    ----------
    results : Path
        The results folder, to which no other run writes.
    one : Renamed
        The movie.

    Raises
    ------
    OSError
        If the disk is full, or a folder may not be written to.
    """
    begun = results / FOLDER / "preprocess" / f"{one.movie}{BEGUN}"
    target = results / "work" / one.movie
    # no movie has such a name; a killed run may have left it
    part = target.with_name(f".{one.movie}.part")
    _remove(part)
    try:
        _link(target.with_name(one.old), part, one.n_blocks)
        if begun.exists():
            _remove(target)
        # if this is killed, the next run finds it, and no record of the image, and begins anew
        begun.touch()
        os.rename(part, target)
    finally:
        _remove(part)
    try:
        _write_records(results, one)
    except OSError:
        _remove(target)
        raise
    begun.unlink()


def last_names(results: str | Path) -> dict[str, str]:
    """The last name of each movie that was given another one, as long as both are of the same raw data.

    Parameters
    ----------
    results : path
        The results folder.

    Returns
    -------
    names : dict of str to str
        By the earlier names.
    """
    folder = Path(results, FOLDER, "preprocess")
    said = {path.name.removesuffix(RENAMED): _read(path) for path in folder.glob(f"*{RENAMED}")}
    held = {movie: _key_of(folder, movie) for movie in {*said, *(new for new, _ in said.values())}}
    next_names = {old: new for old, (new, key) in said.items() if held[old] == held[new] == key != ""}
    names = {}
    for old in next_names:
        seen, name = {old}, next_names[old]
        while name in next_names and name not in seen:
            seen.add(name)
            name = next_names[name]
        names[old] = name
    return names


def _read(path: Path) -> tuple[str, str]:
    """The new name, and the key of the record that this is said of; empty where somebody has altered that."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return str(said["movie"]), str(said["key"])
    except (OSError, ValueError, LookupError, TypeError):
        return "", ""


def _write_records(results: Path, one: Renamed) -> None:
    """Write logs and records under the new name, that of the image last."""
    folder, records = results / FOLDER, dict(_records(results / FOLDER, one))
    _copy_logs(results / "logs", one, records)
    of_images = folder / "preprocess"
    said = {"movie": one.movie, "key": _key_of(of_images, one.old)}
    write_whole(of_images / f"{one.old}{RENAMED}", json.dumps(said))
    # it may have been an earlier name
    (of_images / f"{one.movie}{RENAMED}").unlink(missing_ok=True)
    for name in reversed(records):
        write_record(folder / f"{name}.json", records[name])


def _key_of(folder: Path, movie: str) -> str:
    record = read_record(folder / f"{movie}.json")
    return record.key if record else ""


def _link(source: Path, target: Path, n_blocks: int) -> None:
    """Give the files of a movie up to its cells a second name, as far as they are there."""
    target.mkdir()
    patterns = [name for stage in BLOCKWISE.values() for name in stage]
    for name in (IMAGE, *(pattern.format(block=block) for pattern in patterns for block in range(n_blocks))):
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, copy_function=_link_or_copy)
        elif (source / name).exists():
            _link_or_copy(str(source / name), str(target / name))


def _link_or_copy(source: str, target: str) -> None:
    """Give a file a second name, but for that by whose time Snakemake knows a folder's."""
    own = os.path.basename(source) == SNAKEMAKES
    shutil.copy2(source, target) if own else link_or_copy(source, target)


def _records(folder: Path, one: Renamed) -> Iterator[tuple[str, Record]]:
    """The records under the new name; the keys of those of which others are made change with the names in them."""
    keys: dict[str, str] = {}
    for stage in NAMELESS:
        for old in names_of(stage, one.old, range(one.n_blocks)):
            record = read_record(folder / f"{old}.json")
            if record is None:
                continue
            before = {renamed(name, one.old, one.movie): key for name, key in record.before.items()}
            record = replace(record, before={name: keys.get(name, key) for name, key in before.items()})
            name = renamed(old, one.old, one.movie)
            keys[name] = record.key
            yield name, record


def _copy_logs(logs: Path, one: Renamed, records: dict[str, Record]) -> None:
    """Copy the logs, without which files would pass for somebody else's."""
    for name in records:
        source = logs / f"{renamed(name, one.movie, one.old)}.log"
        if source.is_file():
            (logs / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, logs / f"{name}.log")


def _remove(folder: Path) -> None:
    if os.path.lexists(folder):
        shutil.rmtree(folder)
