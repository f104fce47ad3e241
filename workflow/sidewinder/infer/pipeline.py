"""Windows of many frames through the network: read ahead on threads, pooled into batches, put together in order."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import torch

from sidewinder.infer.engine import Engine
from sidewinder.infer.source import Source
from sidewinder.prefetch import prefetch
from sidewinder.tiling import Tile, core_within

# a batch's tiles, what comes out of it, and what tells when that has arrived
Launched = tuple[list[Tile], torch.Tensor, torch.cuda.Event | None]
# batches launched on a GPU before the results of the first are waited for
IN_FLIGHT = 2


def map_bands(
    engine: Engine,
    source: Source,
    jobs: list[tuple[int, list[Tile]]],
    batch: int,
    n_threads: int,
) -> Iterator[np.ndarray]:
    """Pass the windows of many rows of tiles through the network.

    Parameters
    ----------
    engine : Engine
        What the windows pass through.
    source : Source
        The source of windows, which are read on threads.
    jobs : list of (int, list of Tile)
        Frames and rows of their tiles, all of one window shape.
    batch : int
        Windows at once, whatever frames they come from.
    n_threads : int
        Number of threads that read ahead.

    Yields
    ------
    rows : ndarray, shape (K, y, X)
        What the engine makes of each job, in order.
    """
    tiles = (tile for _, band in jobs for tile in band)
    read = (
        window for group in prefetch(lambda job: source.windows(*job), jobs, n_threads) for window in group.split(1)
    )
    width = sum(tile.x.core_stop - tile.x.core_start for tile in jobs[0][1]) if jobs else 0
    yield from _joined(_values(_launched(engine, tiles, read, batch)), width)


def _launched(engine: Engine, tiles: Iterator[Tile], windows: Iterator[torch.Tensor], batch: int) -> Iterator[Launched]:
    """Pool windows into batches, and hand out what comes of one once a GPU has got the next."""
    launched: deque[Launched] = deque()
    while group := list(islice(windows, batch)):
        of_group = list(islice(tiles, len(group)))
        launched.append((of_group, *_to_host(engine.run(group, of_group))))
        if len(launched) == IN_FLIGHT:
            yield launched.popleft()
    yield from launched


def _to_host(values: torch.Tensor) -> tuple[torch.Tensor, torch.cuda.Event | None]:
    """Send values to the CPU's memory, without waiting for them where they come from a GPU."""
    if values.device.type == "cpu":
        return values, None
    host = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
    host.copy_(values, non_blocking=True)
    arrived = torch.cuda.Event()
    arrived.record()
    return host, arrived


def _values(results: Iterable[Launched]) -> Iterator[tuple[Tile, np.ndarray]]:
    """What came out of each window's core, once it has arrived."""
    for tiles, host, arrived in results:
        if arrived is not None:
            arrived.synchronize()
        for tile, values in zip(tiles, host.numpy(), strict=True):
            y, x = core_within([tile], tiles)
            yield tile, values[:, y, x]


def _joined(results: Iterable[tuple[Tile, np.ndarray]], width: int) -> Iterator[np.ndarray]:
    """The cores of each row of tiles, put together."""
    rows = None
    for tile, core in results:
        if core.shape[2] == width:
            yield core
            continue
        if rows is None:
            rows = np.empty((*core.shape[:2], width), core.dtype)
        rows[:, :, tile.x.core] = core
        if tile.x.core_stop == width:
            yield rows
            rows = None
