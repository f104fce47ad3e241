"""Arrays of frames in which every shard is written once, whole, by one process.

Parts of a shard that are written one after the other cost a read, a decode and an encode each; written by two processes
they lose data without an error (zarr-python #3682). So a shard holds whole frames, or whole rows of chunks of a frame
that is too large for one, and frames are gathered until a shard is full.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from math import ceil, prod
from pathlib import Path
from types import EllipsisType
from typing import Any

import numpy as np
import zarr
from numpy.typing import DTypeLike
from zarr.codecs import BloscCodec

from sidewinder.errors import UserError

# big enough for a cluster's inode quota, small enough to hold one in memory
SHARD_BYTES = 64 * 2**20
# what is kept of a movie lies in as many files an array, or more if these would be larger than a machine can hold
MOST_SHARDS, LARGEST_SHARD_BYTES = 32, 384 * 2**20
# what a viewer reads at once, as bioformats2raw has it; Zarr takes a third of a millisecond of Python's time for each
CHUNK_PX = 1024

# frames, channels if any, rows and columns of an array
Place = tuple[slice, EllipsisType, slice, slice]


def create_array(
    group: zarr.Group,
    name: str,
    *,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    shuffle: str = "shuffle",
    shard_bytes: int | None = None,
) -> zarr.Array:
    """Create an array of frames: time first, the image plane last.

    Parameters
    ----------
    group : zarr.Group
        The group that the array goes to.
    name : str
        The array's name in the group.
    shape : tuple of int
        (T, Y, X) or (T, C, Y, X); T may be 0.
    dtype : dtype
        Type of the pixels; written in the machine's byte order.
    shuffle : {"shuffle", "bitshuffle"}
        What Blosc does to the bytes before it compresses them.
    shard_bytes : int, optional
        Of a shard before compression, about; by default `SHARD_BYTES`.

    Returns
    -------
    zarr.Array
        Chunks of one plane, at most `CHUNK_PX` wide; shards of whole frames, or of the full width of a larger one.
    """
    shard_bytes = shard_bytes or SHARD_BYTES
    dtype = np.dtype(dtype).newbyteorder("=")
    n_frames, *frame_shape = shape
    plane_chunk = tuple(_even_part(n, CHUNK_PX) for n in frame_shape[-2:])
    frames_that_fit = max(1, shard_bytes // (prod(frame_shape) * dtype.itemsize))
    shard_frames = _even_part(n_frames, frames_that_fit) if n_frames else 1
    rows, width = (ceil(n / c) * c for n, c in zip(frame_shape[-2:], plane_chunk, strict=True))
    if prod(frame_shape) * dtype.itemsize > shard_bytes:
        bytes_a_row = prod(frame_shape[:-2]) * width * dtype.itemsize
        rows = max(1, shard_bytes // bytes_a_row // plane_chunk[0]) * plane_chunk[0]
    return group.create_array(
        name,
        shape=shape,
        dtype=dtype,
        chunks=(1,) * (len(shape) - 2) + plane_chunk,
        shards=(shard_frames, *frame_shape[:-2], rows, width),
        # level 3 takes four times as long; it packs noisy 16-bit frames no better, smooth 8-bit ones by 8 %
        compressors=BloscCodec(cname="zstd", clevel=1, shuffle=shuffle),
        dimension_names=("t", *"cyx"[-len(frame_shape) :]),
        # an all-zero shard is written too, so that a missing file always means lost data
        config={"write_empty_chunks": True},
    )


def _even_part(length: int, largest: int) -> int:
    """The size of the parts when `length` is cut into as few even parts as `largest` allows."""
    return ceil(length / ceil(length / largest))


class FrameWriter:
    """Gathers rows of frames and writes each shard of an array once, whole, while the next one is gathered.

    Used in a `with` block, whose end waits for the last shard and raises ValueError if frames are missing.

    Parameters
    ----------
    array : zarr.Array
        An array that `create_array` made, still empty.
    n_behind : int
        How many shards are written at a time while the next one is gathered; all of them are in memory.
    through : callable, optional
        Gives another way to write into the array.
    """

    def __init__(
        self, array: zarr.Array, n_behind: int = 1, through: Callable[[zarr.Array], zarr.Array] | None = None
    ) -> None:
        self.array = array
        self.through = array if through is None else through(array)
        self.n_behind = n_behind
        self.n_frames, *_, self.height, _ = array.shape
        self.shard_frames, self.shard_rows = array.shards[0], min(array.shards[-2], self.height)
        # the frame and the row that come next
        self.frame = self.row = 0
        self.buffer = self._empty()
        self.pool = ThreadPoolExecutor(n_behind, thread_name_prefix="shards")
        self.behind: deque[Future[None]] = deque()

    def __enter__(self) -> "FrameWriter":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        try:
            if error is None:
                self._wait(0)
                if self.frame != self.n_frames:
                    raise ValueError(f"{self.frame} frames where {self.n_frames} were announced")
        finally:
            self.pool.shutdown()

    def append(self, rows: np.ndarray) -> None:
        """Take the next rows of a frame, or all of it, in a dtype that the array's can hold without loss."""
        *planes, n_rows, width = rows.shape
        if self.frame >= self.n_frames:
            raise ValueError(f"more frames than the {self.n_frames} that were announced")
        if (*planes, width) != (*self.array.shape[1:-2], self.array.shape[-1]) or self.row + n_rows > self.height:
            raise ValueError(f"rows of shape {rows.shape} in an array of frames of shape {self.array.shape[1:]}")
        if not np.can_cast(rows.dtype, self.array.dtype, "safe"):
            raise ValueError(f"a frame of {rows.dtype} does not fit into an array of {self.array.dtype}")
        taken = 0
        while taken < n_rows:
            place = self.row % self.shard_rows
            n = min(n_rows - taken, self.shard_rows - place, self.height - self.row)
            self.buffer[self.frame % self.shard_frames, ..., place : place + n, :] = rows[..., taken : taken + n, :]
            taken += n
            self._advance(n)

    def _advance(self, n_rows: int) -> None:
        """Go on by some rows, and write the shard that they have filled."""
        first_frame = self.frame // self.shard_frames * self.shard_frames
        first_row = self.row // self.shard_rows * self.shard_rows
        self.row += n_rows
        if self.row == self.height:
            self.frame, last_row = self.frame + 1, self.row
            self.row = 0
            full = self.frame % self.shard_frames == 0 or self.frame == self.n_frames
        else:
            last_row, full = self.row, self.row % self.shard_rows == 0
        if full:
            n_frames = max(self.frame - first_frame, 1)
            self._write((slice(first_frame, first_frame + n_frames), ..., slice(first_row, last_row), slice(None)))

    def _write(self, place: Place) -> None:
        """Write what was gathered, on a thread, once there is one that writes no earlier shard."""
        self._wait(self.n_behind - 1)
        frames, _, rows, _ = place
        shard = self.buffer[: frames.stop - frames.start, ..., : rows.stop - rows.start, :]
        self.behind.append(self.pool.submit(self._put, place, shard))
        self.buffer = self._empty()

    def _put(self, place: Place, shard: np.ndarray) -> None:
        # the other way may leave a shard of zeros out, and a missing file means lost data
        array = self.through if shard.any() else self.array
        array[place] = shard

    def _wait(self, n_left: int) -> None:
        """Wait until so many shards at most are left to be written."""
        while len(self.behind) > n_left:
            self.behind.popleft().result()

    def _empty(self) -> np.ndarray:
        return np.empty(
            (self.shard_frames, *self.array.shape[1:-2], self.shard_rows, self.array.shape[-1]), self.array.dtype
        )


@contextmanager
def level_writers(
    group: zarr.Group, shapes: Sequence[tuple[int, ...]], dtype: DTypeLike
) -> Iterator[list[FrameWriter]]:
    """Give a writer for each level of a pyramid, in arrays as of `create_levels`."""
    with ExitStack() as stack:
        yield [stack.enter_context(FrameWriter(array)) for array in create_levels(group, shapes, dtype)]


def create_levels(group: zarr.Group, shapes: Sequence[tuple[int, ...]], dtype: DTypeLike) -> list[zarr.Array]:
    """Create the levels of a pyramid, arrays called 0, 1, ... of the given shapes, of few files each."""
    arrays = []
    for level, shape in enumerate(shapes):
        even = ceil(prod(shape) * np.dtype(dtype).itemsize / MOST_SHARDS)
        shard_bytes = max(SHARD_BYTES, min(even, LARGEST_SHARD_BYTES))
        arrays.append(create_array(group, str(level), shape=shape, dtype=dtype, shard_bytes=shard_bytes))
    return arrays


def open_group(path: str | Path) -> tuple[zarr.Group, dict[str, Any]]:
    """Open a Zarr group that this package wrote.

    Returns
    -------
    zarr.Group
        The group, to read.
    dict
        The attributes that were kept under "sidewinder".

    Raises
    ------
    UserError
        If there is nothing, or something else, or a store that was never finished.
    """
    if not Path(path).is_dir():
        raise UserError(f"{path}: no such folder; expected a Zarr store that an earlier step writes")
    try:
        group = zarr.open_group(path, mode="r", zarr_format=3)
        return group, dict(group.attrs["sidewinder"])
    except Exception as error:  # what Zarr makes of a damaged header is of any class
        raise UserError(
            f"{path}: not a complete Zarr store of Sidewinder's; delete it and let the step that writes it run again"
        ) from error


def open_array(path: str | Path, group: zarr.Group, name: str) -> zarr.Array:
    """Open an array of `group`, which lies at `path`, and check that no shard's file is missing.

    Raises
    ------
    UserError
        If the array's header is damaged, or the array or a shard is missing.
    """
    try:
        array = group.get(name)
        known = isinstance(array, zarr.Array)
        shards = zip(array.shape, array.shards or array.chunks, strict=True) if known else ()
        expected = prod(ceil(length / size) for length, size in shards)
    except Exception as error:  # what Zarr makes of a damaged header is of any class
        raise UserError(
            f"{path}: the header of the array '{name}' is damaged; delete the store and let the step that writes it run"
        ) from error
    if not known:
        raise UserError(f"{path}: the array '{name}' is missing; delete the store and let the step that writes it run")
    found = sum(p.is_file() for p in (Path(path) / name / "c").rglob("*"))
    if found != expected:
        raise UserError(
            f"{path}: {found} of {expected} shards of the array '{name}' are there; "
            "delete the store and let the step that writes it run again"
        )
    return array
