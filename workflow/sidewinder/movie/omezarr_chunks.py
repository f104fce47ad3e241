"""Whether the chunks of an OME-Zarr are there: Zarr gives the fill value in place of those that are lost."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.causes import AGAIN

if TYPE_CHECKING:
    import zarr

# each is looked for, so that a header that claims more would hold up the movie
MOST_CHUNKS_OF_AN_IMAGE = 1_000_000


@dataclass(frozen=True)
class Missing:
    """What is missing of an image: chunks, of how many, and the pixels in them."""

    n_chunks: int
    of_chunks: int
    n_pixels: int


class Chunks:
    """The files of an array's chunks, or of its shards, which hold many.

    Parameters
    ----------
    path : str
        The store, for messages.
    array : zarr.Array
        An array in it.
    axes : str
        One letter an axis of the array, among which are Y and X.
    exists : callable
        Whether there is a file in the store, by its path in it.
    """

    def __init__(self, path: str, array: "zarr.Array", axes: str, exists: Callable[[str], bool]) -> None:
        self.path, self.array, self.axes, self.exists = path, array, axes, exists
        self.sizes = dict(zip(axes, zip(array.shape, array.shards or array.chunks, strict=True), strict=True))
        n_chunks = prod(-(-length // size) for axis, (length, size) in self.sizes.items() if axis not in "TZC")
        if n_chunks > MOST_CHUNKS_OF_AN_IMAGE:
            raise UserError(
                f"{path}: its header says that an image is stored in {n_chunks:.6g} chunks; expected at most "
                f"{MOST_CHUNKS_OF_AN_IMAGE}; {AGAIN}, in larger chunks"
            )

    def missing(self, frame: int, z: int, channel: int) -> Missing:
        """What is missing of the image of a channel in a slice of a frame."""
        chosen = {"T": frame, "Z": z, "C": channel}
        every = list(itertools.product(*self._along(chosen)))
        lost = [at for at in every if not self.exists(self._file(at))]
        return Missing(len(lost), len(every), sum(self._n_pixels(at) for at in lost))

    def written(self, n_frames: int) -> np.ndarray:
        """Of which frames there is anything, as a bool a frame, (T,); those of one chunk are looked for once."""
        _, frames_a_chunk = self.sizes.get("T", (1, 1))
        there = [self._was_written(frame) for frame in range(0, n_frames, frames_a_chunk)]
        return np.repeat(there, frames_a_chunk)[:n_frames]

    def _was_written(self, frame: int) -> bool:
        """Whether there is anything of a frame: a chunk, or the folder that was made for one that is lost."""
        files = (self._file(at) for at in itertools.product(*self._along({"T": frame})))
        return any(self.exists(file) or self._left_folder(file) for file in files)

    def check(self, frame: int, z: int, pixels: np.ndarray) -> None:
        """Refuse a frame of which chunks are lost.

        Writers may leave out chunks of nothing but the fill value, as Zarr's own does. A missing one is taken for that
        only where other pixels of the same image have this value, too.

        Parameters
        ----------
        frame : int
            The frame's number.
        z : int
            The slice's number.
        pixels : ndarray, (C, Y, X)
            The frame as it was read.

        Raises
        ------
        UserError
            Names the frame.
        """
        for channel, plane in enumerate(pixels):
            missing = self.missing(frame, z, channel)
            if missing.n_chunks and np.count_nonzero(plane == self.array.fill_value) <= missing.n_pixels:
                raise self.lost(frame, channel, missing)

    def check_there(self, frame: int, z: int) -> None:
        """Refuse a frame of which there is nothing at all, without reading it."""
        missing = self.missing(frame, z, 0)
        if missing.n_chunks == missing.of_chunks:
            raise self.lost(frame, 0, missing)

    def lost(self, frame: int, channel: int, missing: Missing) -> UserError:
        """The error that says what is missing."""
        return UserError(
            f"{self.path}: frame {frame} is not all there: {missing.n_chunks} of {missing.of_chunks} chunks of channel "
            f"{channel} are missing; {AGAIN}, with write_empty_chunks=True if they are empty on purpose"
        )

    def _along(self, chosen: dict[str, int]) -> list[Sequence[int]]:
        """The numbers of chunks along each axis, of what is chosen along some."""
        return [
            [chosen[axis] // size] if axis in chosen else range(-(-length // size))
            for axis, (length, size) in self.sizes.items()
        ]

    def _left_folder(self, file: str) -> bool:
        """Whether the folder of a chunk's file is there, where it holds those of few chunks and not all."""
        folder = file.rpartition("/")[0]
        of_all = [self.array.path, f"{self.array.path}/c".lstrip("/")]
        return folder not in of_all and self.exists(folder)

    def _file(self, at: tuple[int, ...]) -> str:
        return "/".join(part for part in (self.array.path, self.array.metadata.encode_chunk_key(at)) if part)

    def _n_pixels(self, at: tuple[int, ...]) -> int:
        """How many pixels of one image are in a chunk: fewer at the edges."""
        inside = zip(at, self.sizes.items(), strict=True)
        return prod(min(size, length - index * size) for index, (axis, (length, size)) in inside if axis in "YX")
