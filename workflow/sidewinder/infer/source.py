"""Windows for the network: rows of a movie's frames, read when they are needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import zarr

from sidewinder.infer.rescale import Rescaling
from sidewinder.preprocess.light import Light
from sidewinder.tiling import Interval, Tile, mirrored


@dataclass(frozen=True)
class Source:
    """Frames of a movie as the network is to see them, but for their grey values.

    Parameters
    ----------
    data : zarr.Array, (T, C, Y, X)
        The movie.
    channels : sequence of int
        Which of its channels the network takes, in the network's order.
    rescaling : Rescaling or None
        Rescaling to the model's pixel size.
    pinned : bool
        Whether windows lie in memory that a GPU reads by itself.
    filled : callable
        Gives a whole frame, (C, Y, X), of those channels, in which pixels without data are filled; None where all of
        its pixels hold data.
    light : Light or None
        What is corrected of the light; None where that is nothing.
    """

    data: zarr.Array
    channels: Sequence[int]
    rescaling: Rescaling | None = None
    pinned: bool = False
    filled: Callable[[int], np.ndarray | None] = lambda frame: None
    light: Light | None = None

    def windows(self, frame: int, band: list[Tile]) -> torch.Tensor:
        """Read the windows of a row of tiles.

        Parameters
        ----------
        frame : int
            The frame's number in the movie.
        band : list of Tile
            Tiles of one row of the rescaled frame.

        Returns
        -------
        windows : Tensor, shape (len(band), len(channels), y, x)
            The movie's grey values; float32 where they are rescaled, or their light is corrected.
        """
        y = band[0].y
        height = self.data.shape[2] if self.rescaling is None else self.rescaling.rows.shape[0]
        order = mirrored(y.window_start, y.window_stop, height)
        first = int(order.min())
        rows = self._rows(frame, first, int(order.max()) + 1)
        if rows.shape[1] != len(order):
            rows = rows[:, order - first]
        dtype = torch.from_numpy(np.empty(0, rows.dtype)).dtype
        windows = torch.empty((len(band), *rows.shape[:2], band[0].x.window_px), dtype=dtype, pin_memory=self.pinned)
        for window, tile in zip(windows.numpy(), band, strict=True):
            _cut_columns(rows, tile.x, window)
        return windows

    def _rows(self, frame: int, start: int, stop: int) -> np.ndarray:
        """Some rows of a frame, (C, y, X), at the model's pixel size."""
        offset, behind = (start, stop) if self.rescaling is None else self.rescaling.needed(start, stop)
        whole = self.filled(frame)
        if whole is None:
            planes = [self.data[frame, channel, offset:behind] for channel in self.channels]
            rows = np.stack(planes) if len(planes) > 1 else planes[0][None]
        else:
            rows = whole[:, offset:behind]
        if self.light is not None:
            rows = self.light.correct(rows, frame, offset)
        return rows if self.rescaling is None else self.rescaling.apply(rows, offset, start, stop)


def _cut_columns(rows: np.ndarray, x: Interval, window: np.ndarray) -> None:
    """Copy a window's columns, mirrored where they lie outside of the frame: plain copies where they lie inside."""
    width = rows.shape[2]
    left, right = max(-x.window_start, 0), max(x.window_stop - width, 0)
    window[:, :, left : x.window_px - right] = rows[:, :, max(x.window_start, 0) : min(x.window_stop, width)]
    if left:
        window[:, :, :left] = rows[:, :, mirrored(-left, 0, width)]
    if right:
        window[:, :, x.window_px - right :] = rows[:, :, mirrored(width, width + right, width)]
