"""Arrays of frames in which every shard is written once, whole, by one process.

Parts of a shard that are written one after the other cost a read, a decode and an encode each; written by two processes
they lose data without an error (zarr-python #3682). So a shard holds whole frames, and frames are gathered until a
shard is full.
"""

from math import ceil, prod
from pathlib import Path

import numpy as np
import zarr
from zarr.codecs import BloscCodec

from sidewinder.errors import UserError

# big enough for a cluster's inode quota, small enough to hold one in memory
SHARD_BYTES = 64 * 2**20
# what a viewer reads at once
CHUNK_PX = 512


def create_array(
    group: zarr.Group, name: str, *, shape: tuple[int, ...], dtype: np.dtype, shuffle: str = "shuffle"
) -> zarr.Array:
    """Create an array of frames: time first, the image plane last.

    Parameters
    ----------
    group : zarr.Group
        Where it goes.
    name : str
        Its name in the group.
    shape : tuple of int
        (T, Y, X) or (T, C, Y, X); T may be 0.
    dtype : dtype
        Of the pixels; written in the machine's byte order.
    shuffle : {"shuffle", "bitshuffle"}
        What Blosc does to the bytes before it compresses them.

    Returns
    -------
    zarr.Array
        Chunks of one plane, at most `CHUNK_PX` wide; shards of whole frames, about `SHARD_BYTES` before compression.
    """
    dtype = np.dtype(dtype).newbyteorder("=")
    n_frames, *frame_shape = shape
    plane_chunk = tuple(_even_part(n, CHUNK_PX) for n in frame_shape[-2:])
    frames_that_fit = max(1, SHARD_BYTES // (prod(frame_shape) * dtype.itemsize))
    shard_frames = _even_part(n_frames, frames_that_fit) if n_frames else 1
    whole_plane = tuple(ceil(n / c) * c for n, c in zip(frame_shape[-2:], plane_chunk, strict=True))
    return group.create_array(
        name,
        shape=shape,
        dtype=dtype,
        chunks=(1,) * (len(shape) - 2) + plane_chunk,
        shards=(shard_frames, *frame_shape[:-2], *whole_plane),
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
    """Gathers frames and writes each shard of an array once, whole; holds one shard in memory.

    Parameters
    ----------
    array : zarr.Array
        From `create_array`, still empty.
    """

    def __init__(self, array: zarr.Array) -> None:
        self.array = array
        self.n_written = 0
        self.n_waiting = 0
        self.buffer = np.empty((array.shards[0], *array.shape[1:]), array.dtype)

    def append(self, frame: np.ndarray) -> None:
        """Take the next frame, in the array's frame shape and in a dtype that the array's can hold without loss."""
        if self.n_written + self.n_waiting >= self.array.shape[0]:
            raise ValueError(f"more frames than the {self.array.shape[0]} that were announced")
        if frame.shape != self.array.shape[1:]:
            raise ValueError(f"a frame of shape {frame.shape} in an array of frames of shape {self.array.shape[1:]}")
        if not np.can_cast(frame.dtype, self.array.dtype, "safe"):
            raise ValueError(f"a frame of {frame.dtype} does not fit into an array of {self.array.dtype}")
        self.buffer[self.n_waiting] = frame
        self.n_waiting += 1
        if self.n_waiting == len(self.buffer):
            self._write()

    def finish(self) -> None:
        """Write the last shard; raises ValueError if frames are missing."""
        if self.n_waiting:
            self._write()
        if self.n_written != self.array.shape[0]:
            raise ValueError(f"{self.n_written} frames where {self.array.shape[0]} were announced")

    def _write(self) -> None:
        stop = self.n_written + self.n_waiting
        self.array[self.n_written : stop] = self.buffer[: self.n_waiting]
        self.n_written, self.n_waiting = stop, 0


def open_group(path: str | Path) -> tuple[zarr.Group, dict]:
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
    except (OSError, KeyError, ValueError) as error:
        raise UserError(
            f"{path}: not a complete Zarr store of Sidewinder's; delete it and let the step that writes it run again"
        ) from error


def open_array(path: str | Path, group: zarr.Group, name: str) -> zarr.Array:
    """Open an array of `group`, which lies at `path`, and check that no shard's file is missing.

    Raises
    ------
    UserError
        If the array or a shard is missing.
    """
    array = group.get(name)
    if not isinstance(array, zarr.Array):
        raise UserError(f"{path}: the array '{name}' is missing; delete the store and let the step that writes it run")
    expected = prod(ceil(n / s) for n, s in zip(array.shape, array.shards or array.chunks, strict=True))
    found = sum(p.is_file() for p in (Path(path) / name / "c").rglob("*"))
    if found != expected:
        raise UserError(
            f"{path}: {found} of {expected} shards of the array '{name}' are there; "
            "delete the store and let the step that writes it run again"
        )
    return array
