"""The stacks of a movie's blocks as one."""

from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from sidewinder.store.stack import open_stack


def frames_of_block(n_frames: int, block: int, n_blocks: int) -> range:
    """The frames of a block; `block` counts from 0."""
    return range(block * n_frames // n_blocks, (block + 1) * n_frames // n_blocks)


class Blocks:
    """What is in the stacks of all blocks of a movie, as one array of frames, of which parts are read.

    Parameters
    ----------
    paths : iterable of path
        Stacks whose attributes say `first_frame` and `n_frames`, in any order.
    """

    def __init__(self, paths: Iterable[str | Path]) -> None:
        opened = [(path, open_stack(path)) for path in paths]
        # a block without frames begins where the next one does
        opened.sort(key=lambda block: (block[1].attributes["first_frame"], block[1].attributes["n_frames"]))
        self.paths = [path for path, _ in opened]
        self.stacks = [stack for _, stack in opened]
        self.firsts = [stack.attributes["first_frame"] for stack in self.stacks]

    @property
    def frames(self) -> list[int]:
        """The frames that the blocks hold, one block behind the other."""
        lengths = [stack.attributes["n_frames"] for stack in self.stacks]
        return [first + index for first, n in zip(self.firsts, lengths, strict=True) for index in range(n)]

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, place: int | tuple[Any, ...]) -> np.ndarray:
        frame, *rows_and_columns = place if isinstance(place, tuple) else (place,)
        block = self._block_of(frame)
        return self.stacks[block].data[frame - self.firsts[block], *rows_and_columns]

    def path_of(self, frame: int) -> str | Path:
        """The stack in which a frame is."""
        return self.paths[self._block_of(frame)]

    def _block_of(self, frame: int) -> int:
        return bisect_right(self.firsts, frame) - 1
