"""A movie in several stacks, one after the other, as programs write it that begin a new file at a certain size."""

import bisect
import itertools
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.movie import MOST_CHANNELS, Frames, Slices
from sidewinder.movie.pictures import is_picture
from sidewinder.movie.tiff import open_file, open_tiff, read_tiff_frames

log = logging.getLogger("sidewinder")

# files that are kept open while frames are read
OPEN_FILES = 2


def are_pieces(files: Sequence[str]) -> bool:
    """Whether files are stacks of frames and not single images, by the first of them.

    Images of which a file does not say what they are count as the channels of one frame, unless there are too many, or
    not as many in the last file.

    Parameters
    ----------
    files : sequence of str
        In the order of frames.

    Raises
    ------
    UserError
        If the first file cannot be read.
    """
    if is_picture(files[0]):
        return False
    n_frames, (n_channels, height, width) = _size(files[0], "C")
    if n_frames > 1 or n_channels == 1:
        return n_frames > 1
    are_unknown = _size(files[0], "T")[0] > 1
    channels_last = width <= MOST_CHANNELS < min(n_channels, height)
    too_many = n_channels > MOST_CHANNELS and not channels_last
    return are_unknown and (too_many or _size(files[-1], "T")[0] not in (1, n_channels))


def open_pieces(path: str, files: Sequence[str]) -> Frames:
    """Open stacks as one movie.

    Parameters
    ----------
    path : str
        The folder or glob, for messages.
    files : sequence of str
        In the order of frames.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If one cannot be read, or is not like the first.
    """
    opened = lru_cache(OPEN_FILES)(lambda piece: open_tiff(files[piece], None))
    pieces = [opened(piece) for piece in range(len(files))]
    first = pieces[0]
    for file, piece in zip(files, pieces, strict=True):
        if (piece.shape_cyx, piece.dtype, piece.n_slices) != (first.shape_cyx, first.dtype, first.n_slices):
            raise UserError(
                f"{file}: has frames of {piece.shape_cyx} {piece.dtype} and {piece.n_slices} z-slices where "
                f"{files[0]} has {first.shape_cyx} {first.dtype} and {first.n_slices} (channels, height, width); "
                "expected stacks that are parts of one movie"
            )
    ends = list(itertools.accumulate(piece.n_frames for piece in pieces))
    sizes = ", ".join(str(piece.n_frames) for piece in pieces)
    if len(files) > 1:
        log.warning("%s: %d stacks (of %s frames) are read one after the other, as one movie", path, len(files), sizes)
    taken_s = [time for piece in pieces for time in piece.taken_s]

    def read(frame: int, z: int = 0) -> np.ndarray:
        piece = bisect.bisect_right(ends, frame)
        return opened(piece).read_slice(frame - (ends[piece] - pieces[piece].n_frames), z)

    # parts that each count from 0 do not say how long the pause between them was
    rises = all(a is not None and b is not None and a < b for a, b in itertools.pairwise(taken_s))
    slices = None if first.slices is None else Slices(first.n_slices, read)
    return replace(first, read=read, n_frames=ends[-1], taken_s=taken_s if rises else (), slices=slices)


def _size(file: str, unknown: str) -> tuple[int, tuple[int, int, int]]:
    where = f"{file} (frame 0)"
    with open_file(file, where) as tif:
        found = read_tiff_frames(where, tif, None, unknown=unknown)
        return found.n_frames, found.shape_cyx
