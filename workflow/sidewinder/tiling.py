"""Which windows of a frame the network sees, and which part of each result is kept.

The frame is mirrored at its edges by a margin and up to the network's grid. Windows and cores lie on that grid,
windows carry the halo of the network's receptive field (cut off only where the mirrored frame ends, which the whole
frame ends at, too), and cores tile the frame without overlap: so each kept pixel comes out as it would from the whole
frame at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# Strides of mirrored margin around a frame: keeps the zero padding of the convolutions away from the movie's edge
MARGIN_STRIDES = 1


@dataclass(frozen=True)
class Interval:
    """One axis of a tile, in pixels of the frame; a window may begin below 0 and end behind the frame.

    Parameters
    ----------
    window_start, window_stop : int
        What the network sees, mirrored where it lies outside of the frame.
    core_start, core_stop : int
        What is kept, inside of the frame.
    """

    window_start: int
    window_stop: int
    core_start: int
    core_stop: int

    @property
    def core_in_window(self) -> slice:
        """The kept part, counted from the window's start."""
        return slice(self.core_start - self.window_start, self.core_stop - self.window_start)

    @property
    def core(self) -> slice:
        """The kept part, counted from the frame's start."""
        return slice(self.core_start, self.core_stop)


@dataclass(frozen=True)
class Tile:
    """A window of a frame and the core of it that is kept."""

    y: Interval
    x: Interval


def intervals(size_px: int, tile_px: int, halo_px: int, stride_px: int) -> list[Interval]:
    """Tile one axis.

    Parameters
    ----------
    size_px : int
        Length of the frame's axis.
    tile_px : int
        Largest length of a window.
    halo_px : int
        What a core needs around it; a multiple of the stride.
    stride_px : int
        The network's grid.

    Returns
    -------
    intervals : list of Interval
        In order; their cores cover the axis exactly once.

    Raises
    ------
    ValueError
        If the frame is empty, or the tile has no room for a core besides its halos.
    """
    if size_px < 1:
        raise ValueError(f"a frame's sides are at least one pixel, not {size_px}")
    start = -MARGIN_STRIDES * stride_px
    stop = _round_up(size_px, stride_px) + MARGIN_STRIDES * stride_px
    if stop - start <= tile_px:
        return [Interval(start, stop, 0, size_px)]
    room = (tile_px - 2 * halo_px) // stride_px * stride_px
    if room < stride_px:
        raise ValueError(
            f"a tile of {tile_px} px has no room for two halos of {halo_px} px and a core of {stride_px} px"
        )
    # cores of about equal length: the last one is not a sliver that costs a whole halo
    count = -(-size_px // room)
    length = _round_up(-(-size_px // count), stride_px)
    return [
        Interval(max(first - halo_px, start), min(first + length + halo_px, stop), first, min(first + length, size_px))
        for first in range(0, size_px, length)
    ]


def tiles(shape_yx: tuple[int, int], tile_px: int, halo_px: int, stride_px: int) -> list[Tile]:
    """Tile a frame; see `intervals`.

    Returns
    -------
    tiles : list of Tile
        Row by row; their cores cover the frame exactly once.
    """
    rows, columns = (intervals(size, tile_px, halo_px, stride_px) for size in shape_yx)
    return [Tile(y, x) for y in rows for x in columns]


def read_window(frame: np.ndarray, tile: Tile) -> np.ndarray:
    """Cut a tile's window out of a frame, mirrored where it lies outside.

    Parameters
    ----------
    frame : ndarray, shape (..., Y, X)
        The frame.
    tile : Tile
        From `tiles`.

    Returns
    -------
    window : ndarray, shape (..., y, x), dtype of `frame`
        A copy.
    """
    rows = mirrored(tile.y.window_start, tile.y.window_stop, frame.shape[-2])
    columns = mirrored(tile.x.window_start, tile.x.window_stop, frame.shape[-1])
    return frame[..., rows[:, None], columns[None, :]]


def mirrored(start: int, stop: int, size: int) -> np.ndarray:
    """Indices from `start` to `stop` of an axis that goes on mirrored at its first and last pixel.

    Returns
    -------
    indices : ndarray of int, shape (stop - start,)
        Each in 0 .. size - 1, as `numpy.pad` with mode `reflect` has them.
    """
    period = max(2 * (size - 1), 1)
    folded = np.arange(start, stop) % period
    return np.minimum(folded, period - folded) if size > 1 else np.zeros(stop - start, dtype=np.intp)


def batches(items: list[Tile], size: int) -> Iterator[list[Tile]]:
    """Consecutive tiles of one window shape, at most `size` together."""
    batch: list[Tile] = []
    for tile in items:
        if batch and (len(batch) == size or _window_shape(tile) != _window_shape(batch[0])):
            yield batch
            batch = []
        batch.append(tile)
    if batch:
        yield batch


def _window_shape(tile: Tile) -> tuple[int, int]:
    """Height and width of a tile's window."""
    return tile.y.window_stop - tile.y.window_start, tile.x.window_stop - tile.x.window_start


def _round_up(value: int, multiple: int) -> int:
    """The next multiple at or above a value."""
    return -(-value // multiple) * multiple
