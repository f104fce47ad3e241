"""What comes from outside: raw data, images of light, models, label images and truth, as files with fingerprints."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.fingerprint import SNAKEMAKES, Prints, look_at
from sidewinder.movie.causes import unreachable
from sidewinder.movie.label_images import label_path
from sidewinder.movie.listing import raw_files, raw_prints, root_of
from sidewinder.names import CARD, WEIGHTS
from sidewinder.settings import PreprocessSettings, from_section

# which sources a stage reads, and the parameters of its rule that say where these are
SOURCES = {
    "preprocess": {"raw": "source", "region": "region"},
    "infer": {"model": "model"},
    "instances": {"labels": "own_labels"},
    "evaluate": {"truth": "truth"},
}


def images_of_light(section: Mapping[str, Any] | None) -> dict[str, str]:
    """The images of the light that the section `preprocess` of the config names, by kind; none where it names none."""
    return from_section(PreprocessSettings, "preprocess", dict(section or {})).profiles


def prints_of(kind: str, path: str, position: str | None = None) -> Prints:
    """Take the fingerprints of a source, without digests.

    Parameters
    ----------
    kind : {"raw", "region", "flat_field", "dark_field", "model", "labels", "truth"}
        Of a model of Sidewinder's own its card and its weights count, of all else every file.
    path : str
        Where it is.
    position : str or None
        Which position of raw data in several files.

    Raises
    ------
    UserError
        If nothing is there, a file is not there or may not be looked at, or files are not those of one movie.
    """
    try:
        prints = raw_prints(path, position) if kind == "raw" else look_at(_files_of(kind, path), root_of(path))
    except OSError as error:
        raise unreachable(path, error) from error
    if not prints:
        raise UserError(f"{path}: no files are there")
    return prints


def _files_of(kind: str, path: str) -> Iterable[str | Path]:
    if kind == "labels":
        return raw_files(label_path(path))
    if kind == "model" and os.path.isfile(f"{path}/{CARD}"):
        return (Path(path, name) for name in (CARD, WEIGHTS))
    if os.path.isfile(path):
        return [path]
    return _files_below(path, set())


def _files_below(folder: str, above: set[str]) -> Iterator[str]:
    """All files below a folder, through links as well, but for those that lead back to a folder `above`."""
    above = above | {os.path.realpath(folder)}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if not entry.is_dir():
                # comes and goes with the run that has made the folder
                if entry.name != SNAKEMAKES:
                    yield entry.path
            elif os.path.realpath(entry.path) not in above:
                yield from _files_below(entry.path, above)
