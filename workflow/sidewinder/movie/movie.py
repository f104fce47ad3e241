"""The movie, and how a reader of frames becomes one."""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.limits import check_size
from sidewinder.movie.times import median_interval_s, times_from_first

if TYPE_CHECKING:
    import dask.array as da

log = logging.getLogger("sidewinder")

# more than a microscope takes of a single time point without a reason
MANY_CHANNELS = 4
# a file of more images than this is a stack and no frame
MOST_CHANNELS = 8
RGB = ("red", "green", "blue")


@dataclass(frozen=True)
class Movie:
    """One field of view over time, not yet read.

    Parameters
    ----------
    read : callable
        A function from the number of a frame to its pixels, (C, Y, X); raises UserError where the frame is broken.
    shape : tuple of int
        (T, C, Y, X).
    dtype : dtype
        Of the pixels, in this machine's byte order.
    pixel_size_um, frame_interval_s : float or None
        None where the file does not say; the median interval where it says the time of each frame.
    channel_names : tuple of str
        One a channel, all different; "ch0", "ch1", ... where the file does not say.
    times_s : tuple of float or None
        When each frame was taken, in seconds since the first, (T,); None where the file does not say.
    source_frames : tuple of int or None
        Which of the frames that were planned each frame is, (T,), where some are missing; None where none is.
    pixel_aspect : float
        Height of a pixel over its width, of which `pixel_size_um` is then the side of the square of the same area.
    """

    read: Callable[[int], np.ndarray]
    shape: tuple[int, int, int, int]
    dtype: np.dtype
    pixel_size_um: float | None
    frame_interval_s: float | None
    channel_names: tuple[str, ...]
    times_s: tuple[float, ...] | None = None
    source_frames: tuple[int, ...] | None = None
    pixel_aspect: float = 1.0

    @cached_property
    def data(self) -> "da.Array":
        """The movie as a lazy dask array, (T, C, Y, X), one chunk a frame, as napari and others take it.

        The stages read frame by frame without it: it costs a millisecond a frame (docs/measurements/preprocess.md).
        """
        import dask.array as da

        n_frames, *shape_cyx = self.shape
        return da.map_blocks(
            lambda block_id: self.read(block_id[0])[np.newaxis],
            chunks=((1,) * n_frames, *((n,) for n in shape_cyx)),
            dtype=self.dtype,
            meta=np.empty((0, 0, 0, 0), self.dtype),
            # the name is unique, for readers cannot be told apart by their contents
            name=f"frames-{uuid.uuid4().hex}",
        )


@dataclass(frozen=True)
class Slices:
    """The z-slices of each frame.

    Parameters
    ----------
    n : int
        How many, more than one.
    read : callable
        A function from the numbers of a frame and a slice to its pixels, (C, Y, X); raises UserError.
    """

    n: int
    read: Callable[[int, int], np.ndarray]


@dataclass(frozen=True)
class Frames:
    """What a file format has to tell.

    Parameters
    ----------
    read : callable
        A function from the number of a frame to its pixels, (C, Y, X); raises UserError.
    n_frames : int
    shape_cyx : tuple of int
        Shape of every frame.
    dtype : dtype
        Type of every frame, in any byte order.
    pixel_size_um, frame_interval_s : float or None
    channel_names : sequence
        One a channel, or empty where the file does not say.
    taken_s : sequence of float or None
        When each frame was taken, in seconds since any moment; empty where the file does not say.
    source_frames : sequence of int
        Which of the frames that were planned each frame is; empty where none is missing.
    slices : Slices or None
        Where frames have z-slices; `read` is then the first of them.
    pixel_aspect : float
        As of `Movie`.
    """

    read: Callable[[int], np.ndarray]
    n_frames: int
    shape_cyx: tuple[int, int, int]
    dtype: np.dtype
    pixel_size_um: float | None = None
    frame_interval_s: float | None = None
    channel_names: Sequence[object] = ()
    taken_s: Sequence[float | None] = ()
    source_frames: Sequence[int] = ()
    slices: Slices | None = None
    pixel_aspect: float = 1.0

    @property
    def n_slices(self) -> int:
        """How many z-slices each frame has."""
        return 1 if self.slices is None else self.slices.n

    def read_slice(self, frame: int, z: int) -> np.ndarray:
        """The pixels of a slice of a frame, (C, Y, X)."""
        return self.read(frame) if self.slices is None else self.slices.read(frame, z)

    def to_movie(self, path: str) -> Movie:
        """Wrap the frames; `path` is for messages.

        Raises
        ------
        UserError
            If there are no pixels, or they are no real numbers.
        """
        if self.n_frames == 0 or 0 in self.shape_cyx:
            raise UserError(f"{path}: has no pixels ({self.n_frames} frames of {self.shape_cyx}); expected a movie")
        if np.dtype(self.dtype).kind not in "buif":
            raise UserError(f"{path}: pixels are {self.dtype}; expected integers, floats or booleans")
        check_size(path, self.n_frames * self.shape_cyx[0], prod(self.shape_cyx[1:]))
        if self.n_frames == 1 and self.shape_cyx[0] > MANY_CHANNELS:
            log.warning(
                "%s: has one frame of %d channels; if they are time points, save it again with them as frames",
                path,
                self.shape_cyx[0],
            )
        # by its name, for C's `long long` is called int64, too, and is another dtype to Zarr
        dtype = np.dtype(self.dtype.newbyteorder("=").name)
        names = distinct_names(self.channel_names, self.shape_cyx[0])
        times_s = times_from_first(path, self.n_frames, self.taken_s)
        return Movie(
            lambda frame: self.read(frame).astype(dtype, copy=False),
            (self.n_frames, *self.shape_cyx),
            dtype,
            self.pixel_size_um,
            self.frame_interval_s if times_s is None else median_interval_s(times_s),
            names,
            times_s,
            tuple(self.source_frames) or None,
            self.pixel_aspect,
        )


def distinct_names(names: Sequence[object], n_channels: int) -> tuple[str, ...]:
    """Give every channel a name of its own.

    Parameters
    ----------
    names : sequence
        What the file says; used if there is one a channel. Numbers are names, too.
    n_channels : int

    Returns
    -------
    tuple of str
        The file's names; "ch0", "ch1", ... where it gives none, and after a name that it gives twice.
    """
    if len(names) != n_channels:
        names = [""] * n_channels
    cleaned = [" ".join(str("" if name is None else name).split()) for name in names]
    distinct = tuple(
        name if name and cleaned.count(name) == 1 else f"{name} ch{index}".strip() for index, name in enumerate(cleaned)
    )
    return distinct if len(set(distinct)) == n_channels else tuple(f"ch{index}" for index in range(n_channels))


class SeveralPositions(UserError):
    """A file has several positions, and none was named; `names` has them in the file's order."""

    def __init__(self, message: str, names: Sequence[str]) -> None:
        super().__init__(message)
        self.names = list(names)


def choose_position(path: str, names: Sequence[str], position: str | None) -> int:
    """Find a position by its name, or else by its number from 0.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    names : sequence of str
        Names of all positions, in the file's order.
    position : str or None
        What the sheet says; may be None where there is one position only.

    Returns
    -------
    int
        The position's number.

    Raises
    ------
    UserError
        If there is no such position, or it must be said which.
    """
    if position is None and len(names) == 1:
        return 0
    if position is not None and names.count(position) == 1:
        return names.index(position)
    if position is not None and position.isdecimal() and int(position) < len(names) and position not in names:
        return int(position)
    listed = ", ".join(f"{i}: {name}" if name != str(i) else name for i, name in enumerate(names[:20]))
    listed += ", ..." if len(names) > 20 else ""
    if position is None:
        raise SeveralPositions(
            f"{path}: has {len(names)} positions ({listed}); name one in the sheet's column 'position'", names
        )
    raise UserError(f"{path}: position '{position}' is not one of its {len(names)} ({listed}); name one, or its number")
