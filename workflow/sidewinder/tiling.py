"""The windows of a frame that the network sees, and which part of each result is kept.

The frame is mirrored at its edges by a margin and up to the network's grid. Windows and cores lie on that grid,
windows carry the halo of the network's receptive field (cut off only where the mirrored frame ends, which the whole
frame ends at, too), and cores tile the frame without overlap: so each kept pixel comes out as it would from the whole
frame at once. All windows of a frame have one shape, so that they can be pooled into batches in any order.
"""

from dataclasses import dataclass, replace

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

    @property
    def window_px(self) -> int:
        """What the network sees, in pixels."""
        return self.window_stop - self.window_start


@dataclass(frozen=True)
class Tile:
    """A window of a frame and the core of it that is kept."""

    y: Interval
    x: Interval

    @property
    def window_px(self) -> int:
        """The area that the network sees, in pixels."""
        return self.y.window_px * self.x.window_px


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
        The tiles' intervals in order; their cores cover the axis exactly once.

    Raises
    ------
    ValueError
        If the frame is empty, or the tile has no room for a core besides its halos.
    """
    if size_px < 1:
        raise ValueError(f"a frame's sides are at least one pixel, not {size_px}")
    margin = MARGIN_STRIDES * stride_px
    start, stop = -margin, _round_up(size_px, stride_px) + margin
    if stop - start <= tile_px:
        return [Interval(start, stop, 0, size_px)]
    room = (tile_px - 2 * halo_px) // stride_px * stride_px
    if room < stride_px:
        raise ValueError(
            f"a tile of {tile_px} px has no room for two halos of {halo_px} px and a core of {stride_px} px"
        )
    # the first and the last window need one halo only, so that their cores are longer by the other
    spared = halo_px - margin
    inner = _round_up(size_px, stride_px) - 2 * spared
    # windows of equal length: the last core is not a sliver that costs a whole window
    core = _round_up(-(-inner // -(-inner // room)), stride_px)
    edges = [0, *range(core + spared, size_px - spared, core), size_px]
    length = core + 2 * halo_px
    firsts = [min(max(edge - halo_px, start), stop - length) for edge in edges[:-1]]
    return [
        Interval(first, first + length, *kept)
        for first, kept in zip(firsts, zip(edges, edges[1:], strict=False), strict=True)
    ]


def around(core_start: int, core_stop: int, size_px: int, halo_px: int, stride_px: int) -> Interval:
    """What the network has to see along one axis for a core that is chosen freely.

    Parameters
    ----------
    core_start, core_stop : int
        The core, inside of the frame; it starts on the grid.
    size_px, halo_px, stride_px : int
        The same as for `intervals`.

    Returns
    -------
    interval : Interval
        An interval whose window ends, as those of `intervals` do, at the latest where the mirrored frame does.
    """
    margin = MARGIN_STRIDES * stride_px
    start = max(core_start - halo_px, -margin)
    stop = min(_round_up(core_stop, stride_px) + halo_px, _round_up(size_px, stride_px) + margin)
    return Interval(start, stop, core_start, core_stop)


def bands(shape_yx: tuple[int, int], tile_px: int, halo_px: int, stride_px: int) -> list[list[Tile]]:
    """Tile a frame; see `intervals`.

    Returns
    -------
    bands : list of list of Tile
        Row by row; their cores cover the frame exactly once, and all windows have one shape.
    """
    rows, columns = (intervals(size, tile_px, halo_px, stride_px) for size in shape_yx)
    return [[Tile(y, x) for x in columns] for y in rows]


def common_core(tiles: list[Tile]) -> tuple[slice, slice]:
    """The part of their windows, rows and columns, in which the cores of some tiles lie."""
    rows, columns = (
        slice(min(core.start for core in cores), max(core.stop for core in cores))
        for cores in ([getattr(tile, axis).core_in_window for tile in tiles] for axis in "yx")
    )
    return rows, columns


def core_within(some: list[Tile], tiles: list[Tile]) -> tuple[slice, slice]:
    """The place of the common core of some of the tiles in that of all of them."""
    pairs = zip(common_core(some), common_core(tiles), strict=True)
    rows, columns = (slice(own.start - whole.start, own.stop - whole.start) for own, whole in pairs)
    return rows, columns


def halves(tile: Tile, halo_px: int, stride_px: int) -> list[Tile]:
    """Cut a tile in two whose windows lie inside of its own, across the axis that saves more.

    Parameters
    ----------
    tile : Tile
        A tile from `bands`, or from this function.
    halo_px, stride_px : int
        The same as for `bands`.

    Returns
    -------
    tiles : list of Tile
        Two; none where the halos leave nothing to save.
    """
    cut = {axis: _cut(getattr(tile, axis), halo_px, stride_px) for axis in "yx"}
    saved = {axis: getattr(tile, axis).window_px - max(part.window_px for part in parts) for axis, parts in cut.items()}
    axis = max(saved, key=lambda name: saved[name] / getattr(tile, name).window_px)
    return [replace(tile, **{axis: part}) for part in cut[axis]] if saved[axis] > 0 else []


def _cut(interval: Interval, halo_px: int, stride_px: int) -> list[Interval]:
    """Cut one axis of a tile in the middle, on the grid; where there is no middle, it stays whole."""
    core_px = interval.core_stop - interval.core_start
    middle = interval.core_start + _round_up(-(-core_px // 2), stride_px)
    if middle >= interval.core_stop:
        return [interval]
    return [
        replace(interval, window_stop=min(middle + halo_px, interval.window_stop), core_stop=middle),
        replace(interval, window_start=max(middle - halo_px, interval.window_start), core_start=middle),
    ]


def read_window(frame: np.ndarray, tile: Tile) -> np.ndarray:
    """Cut a tile's window out of a frame, mirrored where it lies outside.

    Parameters
    ----------
    frame : ndarray, shape (..., Y, X)
        The frame.
    tile : Tile
        A tile from `bands`.

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


def _round_up(value: int, multiple: int) -> int:
    """The next multiple at or above a value."""
    return -(-value // multiple) * multiple
