"""How much memory there is, how large a tile it carries, and how to spend less time on getting it."""

import ctypes
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from sidewinder.errors import UserError

if TYPE_CHECKING:
    # imports PyTorch, which what a job asks the cluster for must not wait for
    from sidewinder.exchange.network import PackageShape
    from sidewinder.unet import Architecture

# the network and the frames on their way may take this share of what is free; the rest is for others on the machine
SHARE_OF_FREE = 0.85
# two of its windows cover 4096 pixels, and whole frames up to 2144 pixels pass without a halo
LARGEST_TILE_PX = 2176
# feature maps of the finest level, as multiples of the base width, that the forward pass of one window takes, with what
# the allocator wastes between them (benchmarks/inference.py)
WIDTHS_ALIVE = 10
# float32 values a pixel besides them: the window, grey and normalised, logits, probabilities, maps
VALUES_ALIVE = 16
# rows of windows that are read, cut and waiting, and rows of maps that are put together
ROWS_ALIVE = 4
# a shard that is gathered, one that is packed, and what it is packed to; of store.shards, which imports Zarr
SHARDS_BYTES = 3 * 64 * 2**20
# pixels in a batch that keep any card busy while the next one is launched
BATCH_PX = 2**24
# pixels that threads read ahead for a GPU, besides those of the batch
READ_AHEAD_PX = 2**26
# Linux's limits on a control group, version 2 and version 1: the limit, what is used, and the part of it that is only
# a cache of files
CGROUP_FILES = (
    ("memory.max", "memory.current", ("inactive_file", "active_file")),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")),
)
CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
# mallopt(3), malloc.h
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def keep_freed_memory() -> None:
    """Let the C library keep the memory that feature maps leave for the next ones.

    By default glibc hands each large block back to the system, which must clear the pages of the next one: this takes a
    third of the time of a forward pass on the CPU (docs/measurements/inference.md). Other C libraries stay as they are.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(M_MMAP_MAX, 0)
        set_option(M_TRIM_THRESHOLD, 2**31 - 1)


def free_bytes() -> int:
    """Memory that this process may still take: of the machine, its control groups, its limits and its Slurm job.

    Returns
    -------
    bytes : int
        The smallest of them.
    """
    process = psutil.Process()
    own = process.memory_info()
    limits = [psutil.virtual_memory().available, *_free_in_cgroups()]
    # ulimit -v, which Grid Engine's h_vmem sets, and ulimit -d
    for kind, used in ((resource.RLIMIT_AS, own.vms), (resource.RLIMIT_DATA, getattr(own, "data", own.rss))):
        limit, _ = resource.getrlimit(kind)
        if limit != resource.RLIM_INFINITY:
            limits.append(limit - used)
    slurm_mb = int(os.environ.get("SLURM_MEM_PER_NODE", 0)) or (
        int(os.environ.get("SLURM_MEM_PER_CPU", 0)) * int(os.environ.get("SLURM_CPUS_ON_NODE", 1))
    )
    if slurm_mb:
        limits.append(slurm_mb * 2**20 - own.rss)
    return max(min(limits), 0)


def _free_in_cgroups() -> Iterator[int]:
    """What this process's control groups leave, and those above them."""
    try:
        lines = OWN_CGROUPS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = CGROUPS / "memory" if controllers else CGROUPS
        # in a container the path may be that of the machine, and what can be seen is the root
        own = root / path.lstrip("/")
        for folder in (own, *own.parents):
            if folder.is_relative_to(root):
                yield from _free_in_cgroup(folder)


def _free_in_cgroup(folder: Path) -> Iterator[int]:
    """What one control group leaves, if it has a limit; a cache of files gives way."""
    for limit, used, cached in CGROUP_FILES:
        try:
            left = int((folder / limit).read_text()) - int((folder / used).read_text())
            statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            # no such control group, or "max", which is no limit
            continue
        yield left + sum(int(statistics.get(name, 0)) for name in cached)


def tile_bytes(base_width: int, n_px: int, value_bytes: int = 4) -> int:
    """Memory of the forward pass of one window, estimated from above.

    Parameters
    ----------
    base_width : int
        Channels of the network's first level.
    n_px : int
        Pixels of the window.
    value_bytes : int
        Of each value: 4 on the CPU, 2 in half precision.
    """
    return value_bytes * (WIDTHS_ALIVE * base_width + VALUES_ALIVE) * n_px


def frames_bytes(shape_tyx: tuple[int, int, int], bytes_a_pixel: int, tile_px: int) -> int:
    """Memory of what is on its way between the disk and the network: rows of windows and of maps, and shards.

    Parameters
    ----------
    shape_tyx : tuple of int
        Number, height and width of the frames, at the model's pixel size.
    bytes_a_pixel : int
        Of all channels that are read and all maps that are written.
    tile_px : int
        Largest side of a window.
    """
    n_frames, height, width = shape_tyx
    frame = bytes_a_pixel * height * width
    return ROWS_ALIVE * frame * min(height, tile_px) // height + min(SHARDS_BYTES, 3 * frame * n_frames)


def pixel_bytes_alive(n_channels: int, pixel_bytes: int, n_maps: int) -> int:
    """Bytes a pixel of the frames on their way: channels that are read, as float32 where rescaled, and maps.

    Parameters
    ----------
    n_channels : int
        How many are read.
    pixel_bytes : int
        Of a value of the movie.
    n_maps : int
        Classes but background.
    """
    return n_channels * max(pixel_bytes, 4) + n_maps


def cpu_bytes(
    base_width: int, window_px: int, shape_tyx: tuple[int, int, int], bytes_a_pixel: int, tile_px: int
) -> int:
    """Memory of the whole stage on the CPU: what a job asks for, and what its tile is chosen by.

    Parameters
    ----------
    base_width, window_px : int
        See `tile_bytes`.
    shape_tyx, bytes_a_pixel, tile_px
        See `frames_bytes`.
    """
    return tile_bytes(base_width, window_px) + frames_bytes(shape_tyx, bytes_a_pixel, tile_px)


def choose_tile(
    architecture: "Architecture | PackageShape", available_bytes: float, needed: Callable[[int], float]
) -> int:
    """The largest tile that pays and fits.

    Parameters
    ----------
    architecture : Architecture or PackageShape
        The network.
    available_bytes : float
        What the stage may take.
    needed : callable
        What it takes with a tile of so many pixels.

    Returns
    -------
    tile_px : int
        A multiple of the stride.

    Raises
    ------
    UserError
        If not even the smallest sensible tile fits.
    """
    stride = architecture.stride_px
    smallest = 2 * architecture.halo_px + 4 * stride
    tile = max(LARGEST_TILE_PX // stride * stride, smallest)
    while tile > smallest and needed(tile) > available_bytes:
        tile -= stride
    if needed(tile) > available_bytes:
        raise _too_little(f"the smallest tile ({tile} px)", needed(tile), available_bytes, "give")
    return tile


def check_tile(
    architecture: "Architecture | PackageShape", tile_px: int, available_bytes: float, needed: Callable[[int], float]
) -> int:
    """A user's tile, rounded down to the grid.

    Parameters and returned value are those of `choose_tile`, and `tile_px` is what the user says.

    Raises
    ------
    UserError
        If it is too small for the network, or too large for the memory.
    """
    smallest = 2 * architecture.halo_px + architecture.stride_px
    if tile_px < smallest:
        raise UserError(f"infer.tile is {tile_px} px; this model needs at least {smallest} px, or `auto`")
    if needed(tile_px) > available_bytes:
        raise _too_little(f"infer.tile ({tile_px} px)", needed(tile_px), available_bytes, "set it to auto, or give")
    return tile_px // architecture.stride_px * architecture.stride_px


def _too_little(what: str, needed: float, available: float, remedy: str) -> UserError:
    return UserError(
        f"not enough memory for the network: {what} takes {needed / 2**20:.0f} MiB, and {available / 2**20:.0f} MiB "
        f"may be used; {remedy} the job more memory (mem_mb in the profile)"
    )


def choose_batch(base_width: int, window_px: int, available_bytes: float) -> int:
    """How many windows of so many pixels a GPU takes at once, in half precision: what fits, and no more than pays."""
    fits = available_bytes // tile_bytes(base_width, window_px, value_bytes=2)
    return int(max(1, min(fits, BATCH_PX // window_px)))


def choose_readers(threads: int, band_px: int) -> int:
    """How many threads read rows of windows of so many pixels ahead for a GPU."""
    return max(1, min(threads, READ_AHEAD_PX // band_px))
