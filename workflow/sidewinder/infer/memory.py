"""How much memory there is, and how large a tile it carries."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from sidewinder.errors import UserError

if TYPE_CHECKING:
    # imports PyTorch, which what a job asks the cluster for must not wait for
    from sidewinder.unet import Architecture

# a forward pass may take this share of what is free; the rest is for frames, maps and the system
SHARE_OF_FREE = 0.5
# larger tiles stop paying: the halo is already a small share
LARGEST_TILE_PX = 1536
# float32 feature maps of the finest level that are alive at once, as multiples of the base width: the concatenated
# detail and up-sampled features (2), the block's output (1), the convolution's packed input (1), levels below (1)
WIDTHS_ALIVE = 5


def free_bytes() -> int:
    """Memory that this process may still take: of the machine, the control group and the Slurm allocation.

    Returns
    -------
    bytes : int
        The smallest of them.
    """
    limits = [psutil.virtual_memory().available]
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            limits.append(
                int(Path("/sys/fs/cgroup", limit).read_text()) - int(Path("/sys/fs/cgroup", used).read_text())
            )
        except (OSError, ValueError):
            # no such control group, or "max", which is no limit
            continue
    if "SLURM_MEM_PER_NODE" in os.environ:
        limits.append(int(os.environ["SLURM_MEM_PER_NODE"]) * 2**20 - psutil.Process().memory_info().rss)
    return max(min(limits), 0)


def tile_bytes(base_width: int, tile_px: float) -> float:
    """Memory of the forward pass of one tile, estimated from above, by the channels of the network's first level."""
    return 4 * WIDTHS_ALIVE * base_width * tile_px**2


def choose_tile(architecture: "Architecture", available_bytes: int) -> int:
    """The largest tile that pays and fits.

    Parameters
    ----------
    architecture : Architecture
        The network.
    available_bytes : int
        What is free.

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
    tile = LARGEST_TILE_PX // stride * stride
    while tile > smallest and tile_bytes(architecture.base_width, tile) > SHARE_OF_FREE * available_bytes:
        tile -= stride
    needed = tile_bytes(architecture.base_width, tile)
    if needed > SHARE_OF_FREE * available_bytes:
        raise UserError(
            f"not enough memory for the network: the smallest tile ({tile} px) takes {needed / 2**20:.0f} MiB, and "
            f"{SHARE_OF_FREE * available_bytes / 2**20:.0f} MiB may be used; give the job more memory"
        )
    return tile
