"""The stage `infer`: a block of a movie's frames to maps."""

import logging
from pathlib import Path

import numpy as np
import torch

from sidewinder.errors import UserError
from sidewinder.infer.device import choose_device
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.memory import choose_tile, free_bytes
from sidewinder.model import load_model
from sidewinder.preprocess import channel_index, quantile
from sidewinder.progress import progress
from sidewinder.store import open_image, write_stack

log = logging.getLogger("sidewinder")

# tiles a GPU takes at once; falls by halves where they do not fit
GPU_BATCH = 8


def infer_movie(
    image: str | Path,
    model: str | Path,
    output: str | Path,
    *,
    channel: str,
    block: int,
    n_blocks: int,
    tile: str | int,
    device: str,
    gpu_asked: bool,
    threads: int,
) -> None:
    """Run a model over a block of frames and write its maps.

    Parameters
    ----------
    image : path
        The movie as preprocessed.
    model : path
        The model folder.
    output : path
        The maps: uint8 (n_frames, classes but background, Y, X), 255 times the probability.
    channel : str
        Which channel to segment, by name or index from 0.
    block, n_blocks : int
        Which block of how many.
    tile : "auto" or int
        Largest side of a window, in pixels.
    device : str
        `auto`, `cpu` or `cuda`.
    gpu_asked : bool
        Whether the job was given a GPU.
    threads : int
        Threads of the CPU.

    Raises
    ------
    UserError
        If the model wants another kind of image, the tile is too small, or the device is not there.
    """
    torch.set_num_threads(threads)
    movie = open_image(image)
    loaded = load_model(model)
    architecture = loaded.network.architecture
    if architecture.in_channels != 1:
        raise UserError(f"{model}: takes {architecture.in_channels} channels; models of one channel can be run so far")
    index = channel_index(movie.channel_names, channel)
    low, high = (
        quantile(movie.attributes["statistics"], index, percent)
        for percent in (loaded.normalization.low_percent, loaded.normalization.high_percent)
    )
    device = choose_device(device, gpu_asked)
    tile_px = choose_tile(architecture, free_bytes()) if tile == "auto" else _checked_tile(int(tile), architecture)
    engine = Engine(loaded, tile_px, device, batch=1 if device == "cpu" else GPU_BATCH)
    n_frames, _, height, width = movie.data.shape
    frames = range(block * n_frames // n_blocks, (block + 1) * n_frames // n_blocks)
    log.info("infer: %d frames of %d x %d on %s in tiles of at most %d px", len(frames), height, width, device, tile_px)

    def maps():
        for frame in progress(frames, len(frames), "infer"):
            normalised = loaded.normalization.apply(movie.data[frame, index], low, high)
            yield as_uint8(engine.probabilities(normalised[None])[1:])

    write_stack(
        output,
        maps(),
        n_frames=len(frames),
        frame_shape=(len(loaded.classes) - 1, height, width),
        dtype=np.uint8,
        attributes={
            "classes": list(loaded.classes[1:]),
            "first_frame": frames.start,
            "n_frames": len(frames),
            "block": block,
            "n_blocks": n_blocks,
            "model": Path(model).name,
        },
    )


def _checked_tile(tile_px: int, architecture) -> int:
    """A user's tile, rounded down to the grid, or an error that says how large it must be."""
    smallest = 2 * architecture.halo_px + architecture.stride_px
    if tile_px < smallest:
        raise UserError(f"infer.tile is {tile_px} px; this model needs at least {smallest} px, or `auto`")
    return tile_px // architecture.stride_px * architecture.stride_px
