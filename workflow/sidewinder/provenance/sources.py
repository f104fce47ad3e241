"""What comes from outside: raw data, models, label images and truth, as files with fingerprints."""

import os
from collections.abc import Iterable
from pathlib import Path

from sidewinder.errors import UserError
from sidewinder.movie.label_images import label_path
from sidewinder.movie.listing import GLOB_CHARACTERS, raw_files
from sidewinder.names import CARD, WEIGHTS
from sidewinder.provenance.fingerprint import Prints, look_at

# which source a stage reads, and the parameter of its rule that says where that is
SOURCES = {
    "preprocess": ("raw", "source"),
    "infer": ("model", "model"),
    "instances": ("labels", "own_labels"),
    "evaluate": ("truth", "truth"),
}


def root_of(path: str) -> str:
    """What the files of a source are named from: the path itself, or the folder in which a glob looks."""
    start = min((path.find(character) for character in GLOB_CHARACTERS if character in path), default=-1)
    return path if start < 0 or os.path.exists(path) else os.path.dirname(path[:start])


def prints_of(kind: str, path: str) -> Prints:
    """Take the fingerprints of a source, without digests.

    Parameters
    ----------
    kind : {"raw", "model", "labels", "truth"}
        Of a model of Sidewinder's own its card and its weights count, of all else every file.
    path : str
        Where it is.

    Raises
    ------
    UserError
        If nothing is there, or its files are not those of one movie.
    OSError
        If a file may not be looked at.
    """
    prints = look_at(_files_of(kind, path), root_of(path))
    if not prints:
        raise UserError(f"{path}: no files are there")
    return prints


def _files_of(kind: str, path: str) -> Iterable[str | Path]:
    if kind == "raw":
        return raw_files(path)
    if kind == "labels":
        return raw_files(label_path(path))
    if kind == "model" and os.path.isfile(f"{path}/{CARD}"):
        return (Path(path, name) for name in (CARD, WEIGHTS))
    if os.path.isfile(path):
        return [path]
    return (Path(top, name) for top, _, names in os.walk(path, followlinks=True) for name in names)
