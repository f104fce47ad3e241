"""Give a movie another name, so that the network need not run again."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.names import BLOCKWISE, IMAGE
from sidewinder.provenance.record import FOLDER, read_record, write_record
from sidewinder.sheet import MOVIES

# the stages whose results do not hold the movie's name, each before those that are made of it
NAMELESS = ("preprocess", "infer", "instances")


def rename_movie(results: Path, old: str, new: str) -> list[str]:
    """Let what was made of a movie up to its cells be that of a movie of another name.

    Parameters
    ----------
    results : Path
        The results folder, to which no run writes.
    old, new : str
        The movie's name so far, and from now on.

    Returns
    -------
    lines : list of str
        What was done, and what is to be done.

    Raises
    ------
    UserError
        If there is no such movie, the other name is taken, or none that a movie can have.
    """
    source, target = results / "work" / old, results / "work" / new
    if not re.fullmatch(MOVIES.columns["movie"]["pattern"], new):
        raise UserError(f"{new!r} is no name of a movie; allowed is {MOVIES.columns['movie']['error_message']}")
    if not (source / IMAGE).is_dir():
        raise UserError(f"there is no movie {old!r} in {results}, or its intermediate files are deleted")
    for taken in (target, results / new):
        if os.path.lexists(taken):
            raise UserError(f"{taken} is there already: rename or delete that movie first")
    os.rename(source, target)
    _rename_records(results / FOLDER, old, new)
    return [
        f"{source} is {target} now: write {new} into the sheet in place of {old}; the next run makes tables, pictures "
        f"and exports of {new}, without the network. {results / old} keeps the old name: delete it when that is done"
    ]


def _rename_records(folder: Path, old: str, new: str) -> None:
    """Rename the records of a movie; the keys of those of which others are made change with the names in them."""
    keys: dict[str, str] = {}
    for stage, path, block in _records(folder, old):
        record = read_record(path)
        if record is None:
            continue
        before = {_renamed(name, old, new): key for name, key in record.before.items()}
        record = replace(record, before={name: keys.get(name, key) for name, key in before.items()})
        keys[f"{stage}/{new}{block}"] = record.key
        write_record(path.with_name(f"{new}{block}.json"), record)
        path.unlink()


def _records(folder: Path, movie: str) -> Iterator[tuple[str, Path, str]]:
    """The stage and the path of each record, and the end of its name that says which block it is of."""
    for stage in NAMELESS:
        form = re.compile(re.escape(movie) + (r"(-\d+)\.json" if stage in BLOCKWISE else r"()\.json"))
        for path in sorted((folder / stage).glob("*.json")):
            if match := form.fullmatch(path.name):
                yield stage, path, match[1]


def _renamed(name: str, old: str, new: str) -> str:
    """The name of a record of another movie: `<stage>/<movie>`, or `<stage>/<movie>-<block>`."""
    stage, _, rest = name.partition("/")
    return f"{stage}/{new}{rest.removeprefix(old)}"
