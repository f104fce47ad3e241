"""The movies in a folder or file: one a position, by their headers, no pixel read."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sidewinder.errors import UserError
from sidewinder.movie.listing import is_zarr, raw_files
from sidewinder.movie.movie import Frames, SeveralPositions
from sidewinder.movie.opening import described_in, open_frames
from sidewinder.movie.pieces import are_pieces
from sidewinder.movie.quiet import quietly
from sidewinder.movie.tiff import read_once
from sidewinder.movie.vendors import READERS
from sidewinder.movie.zarr_store import ZIPPED
from sidewinder.tiff_names import is_tiff


@dataclass(frozen=True)
class Found:
    """A movie, or what cannot be read as one.

    Parameters
    ----------
    path : str
        As the sheet is to have it.
    position : str
        Its name in a file of several; empty where there is one.
    frames : Frames or None
        What its header says; None where it cannot be read.
    problem : str
        Why it cannot be read.
    """

    path: str
    position: str
    frames: Frames | None
    problem: str = ""


def movies_at(source: str) -> list[Found]:
    """Find all movies at a path.

    Parameters
    ----------
    source : str
        A file, a folder of frames, of movies or of folders of them, or a glob.

    Returns
    -------
    list of Found
        In natural order.

    Raises
    ------
    UserError
        If nothing is there.
    """
    with quietly():
        return [found for path in _paths(source) for found in _all_of(path)]


def _paths(source: str) -> list[str]:
    """The paths of the movies at a path."""
    if not os.path.isdir(source) or is_zarr(source):
        return [source]
    source = os.path.normpath(source)
    names = sorted(os.listdir(source), key=_natural)
    movies = [os.path.join(source, name) for name in names if _is_movie(os.path.join(source, name))]
    if movies:
        return movies
    stacks = _stacks(source)
    if stacks:
        return stacks
    folders = [os.path.join(source, name) for name in names if os.path.isdir(os.path.join(source, name))]
    return [path for folder in folders for path in _paths(folder)] if folders and not _is_one(source) else [source]


def _is_movie(path: str) -> bool:
    """Whether a path is a movie by its ending."""
    return path.lower().endswith((*READERS, *ZIPPED)) if os.path.isfile(path) else is_zarr(path)


def _stacks(folder: str) -> list[str]:
    """The TIFF files of a folder, if each is a movie of its own by the first; else nothing."""
    try:
        files = raw_files(folder)
        in_it = os.path.dirname(files[0]) == folder and is_tiff(os.path.basename(files[0]))
        if not in_it or described_in(folder, files) or not are_pieces(files):
            return []
    except SeveralPositions:
        # of one file
        return files
    except UserError:
        return []
    return files


def _is_one(folder: str) -> bool:
    """Whether a folder with folders is one movie, or the positions of one."""
    try:
        open_frames(folder)
    except SeveralPositions:
        return True
    except UserError:
        return False
    return True


def _all_of(path: str) -> list[Found]:
    """The movies of a file or folder."""
    with read_once():
        return list(_positions(path))


def _positions(path: str) -> Iterator[Found]:
    """They, one after the other."""
    try:
        yield Found(path, "", open_frames(path))
    except SeveralPositions as several:
        for index, name in enumerate(several.names):
            position = name if several.names.count(name) == 1 else str(index)
            try:
                yield Found(path, position, open_frames(path, position))
            except UserError as error:
                yield Found(path, position, None, str(error))
    except UserError as error:
        yield Found(path, "", None, str(error))


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts a2 before a10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
