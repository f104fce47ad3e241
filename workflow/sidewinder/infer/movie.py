"""The stage `infer`: a block of a movie's frames to maps."""

import logging
import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from sidewinder.errors import UserError
from sidewinder.exchange.description import is_package
from sidewinder.exchange.network import PackagedModel, load_package
from sidewinder.infer.compiled import compiled
from sidewinder.infer.device import choose_device, free_gpu_bytes
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.memory import (
    SHARE_OF_FREE,
    check_tile,
    choose_batch,
    choose_readers,
    choose_tile,
    cpu_bytes,
    free_bytes,
    keep_freed_memory,
    pixel_bytes_alive,
    tile_bytes,
)
from sidewinder.infer.pipeline import map_bands
from sidewinder.infer.rescale import Rescaling, RowsBack, scaled_shape
from sidewinder.infer.source import Source
from sidewinder.known_sizes import known_diameters
from sidewinder.model import Model, load_model
from sidewinder.normalization import Normalization
from sidewinder.pixel_size import as_seen, said
from sidewinder.preprocess import channel_indices, quantiles
from sidewinder.preprocess.light import Light, light_of, seen_statistics
from sidewinder.progress import progress
from sidewinder.store import Image, frames_of_block, open_image, write_stack
from sidewinder.tiling import bands

log = logging.getLogger("sidewinder")

# 64 MiB a channel
SAMPLE_PX = 2**24
# shards that are written at a time beside a GPU, 100 MB each; packing one takes a thread a third of a second, in which
# the fastest cards make six of them
SHARDS_BEHIND_GPU = 8


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
    pixel_size_um: float | str | None = None,
) -> None:
    """Run a model over a block of frames and write its maps.

    Parameters
    ----------
    image : path
        The movie as preprocessed.
    model : path
        The model: its folder, or a package of the BioImage Model Zoo, which may be a .zip.
    output : path
        The maps: uint8 (n_frames, classes but background, Y, X), 255 times the probability.
    channel : str
        Which channel to segment, by name or index from 0; several, separated by commas, for a model that takes several.
    block, n_blocks : int
        The number of the block, from 0, and how many there are.
    tile : "auto" or int
        Largest side of a window, in pixels.
    device : str
        `auto`, `cpu` or `cuda`.
    gpu_asked : bool
        Whether the job was given a GPU.
    threads : int
        Threads of the CPU.
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.

    Raises
    ------
    UserError
        If the model wants another kind of image, the tile is too small or too large, or the device is not there.
    """
    torch.set_num_threads(threads)
    keep_freed_memory()
    movie = open_image(image, pixel_size_um=pixel_size_um)
    loaded = load_package(model) if is_package(model) else load_model(model)
    n_frames, _, height, width = movie.data.shape
    shape = (height, width)
    frames = frames_of_block(n_frames, block, n_blocks)
    channels = network_channels(movie, loaded, channel)
    network_shape = shape_for_network(movie, loaded)
    device = choose_device(device, gpu_asked)
    tile_px = tile_of(loaded, tile, device, (len(frames), *network_shape), movie.data.dtype.itemsize)
    log.info("infer: %d frames of %d x %d px on %s, in tiles of at most %d px", len(frames), *shape, device, tile_px)
    engine = Engine(loaded, tile_px, device, prepare=normalising(movie, loaded, channels), finish=as_uint8)
    classes = loaded.classes
    known = (
        known_diameters(loaded.card, _seen_pixel_um(loaded, shape, network_shape))
        if isinstance(loaded, Model)
        else None
    )
    # the engine computes with a copy of its network
    del loaded
    rescaled = network_shape != shape
    rescaling = Rescaling(shape, network_shape) if rescaled else None
    filled, light = _filled(movie, channels), light_of(movie, channels)
    source = Source(compiled(movie.data), channels, rescaling, device != "cpu", filled, light)
    rows = _maps(engine, source, movie.has_no_image, frames, network_shape, threads)
    if rescaled:
        rows = map(RowsBack(network_shape, shape).take, rows)
    write_stack(
        output,
        rows,
        n_frames=len(frames),
        frame_shape=(len(classes) - 1, *shape),
        dtype=np.uint8,
        attributes={
            "classes": list(classes[1:]),
            "first_frame": frames.start,
            "n_frames": len(frames),
            "block": block,
            "n_blocks": n_blocks,
            "model": Path(model).name,
            "known_diameters_px": known,
        },
        n_behind=1 if device == "cpu" else min(threads, SHARDS_BEHIND_GPU),
        through=compiled,
    )


def network_channels(movie: Image, model: Model | PackagedModel, channel: str) -> list[int]:
    """The movie's channels that go into the network, in the network's order."""
    channels = channel_indices(movie.channel_names, channel)
    wanted = model.network.architecture.in_channels
    if len(channels) != wanted:
        raise UserError(
            f"the model takes {wanted} channels, and the sheet names {len(channels)} ({channel}); name as many in the "
            "column channel, separated by commas, in the model's order"
        )
    return channels


def normalising(
    movie: Image, model: Model | PackagedModel, channels: list[int]
) -> Callable[[torch.Tensor], torch.Tensor]:
    """What makes the network's input of grey values (..., C, Y, X), by the quantiles of the whole movie."""
    if isinstance(model, PackagedModel):
        return model.network.preparing(torch.from_numpy(sample(movie, channels)))
    normalization = model.normalization
    low, high = limits_of(movie, normalization, channels)
    return lambda windows: normalization.apply(windows, low, high)


def limits_of(movie: Image, normalization: Normalization, channels: list[int]) -> tuple[list[float], list[float]]:
    """Low and high of each channel, by the quantiles of the whole movie."""
    statistics = seen_statistics(movie)
    limits = [normalization.limits(quantiles(statistics, index, normalization.percents)) for index in channels]
    return [low for low, _ in limits], [high for _, high in limits]


def sample(movie: Image, channels: list[int]) -> np.ndarray:
    """Grey values of a movie, for what others' models want to know of it: frames that are images, evenly spread.

    Parameters
    ----------
    movie : Image
        The movie as preprocessed.
    channels : list of int
        Numbers of the channels.

    Returns
    -------
    sample : ndarray, shape (len(channels), 1, N), float32
        All pixels with data of as many frames as `SAMPLE_PX` holds; at least of one.
    """
    images = np.flatnonzero(~movie.has_no_image).tolist() or [0]
    n_sampled = min(len(images), max(1, SAMPLE_PX // (movie.data.shape[2] * movie.data.shape[3])))
    frames = [images[index * len(images) // n_sampled] for index in range(n_sampled)]
    light = light_of(movie, channels)
    planes = np.concatenate([_sampled(movie, light, frame, channels) for frame in frames], axis=1)
    return planes.astype(np.float32)[:, None]


def _sampled(movie: Image, light: Light | None, frame: int, channels: list[int]) -> np.ndarray:
    """Pixels of a frame that hold data, (len(channels), N), as the network sees them."""
    planes, missing = np.stack([movie.data[frame, channel] for channel in channels]), movie.missing(frame)
    planes = planes if light is None else light.correct(planes, frame)
    return planes.reshape(len(channels), -1) if missing is None else planes[:, ~missing]


def _seen_pixel_um(model: Model, shape: tuple[int, int], network_shape: tuple[int, int]) -> float | None:
    """The movie's pixel size as the network sees it, so that its maps depend on nothing but the size of its frames."""
    size_um = model.pixel_size_um
    return None if size_um is None else size_um * math.sqrt(math.prod(network_shape) / math.prod(shape))


def shape_for_network(movie: Image, model: Model | PackagedModel) -> tuple[int, int]:
    """The size of the frames at the model's pixel size, or where it has none at the movie's own; of square pixels."""
    shape = tuple(movie.data.shape[2:])
    if model.pixel_size_um is None:
        return as_seen(shape, movie.pixel_size_um, movie.pixel_aspect, None)
    if movie.pixel_size_um is None:
        log.warning(
            "infer: WARNING: the model wants pixels of %g um, and the movie's pixel size is not known: its frames are "
            "taken as they are; give pixel_size_um in the sheet",
            model.pixel_size_um,
        )
        return shape
    rescaled = scaled_shape(shape, movie.pixel_size_um, model.pixel_size_um, movie.pixel_aspect)
    if rescaled != shape:
        log.info(
            "infer: frames of %d x %d px are rescaled to %d x %d px, from %s to %g um a pixel",
            *shape, *rescaled, said(movie.pixel_size_um, movie.pixel_aspect), model.pixel_size_um,
        )  # fmt: skip
    return rescaled


def tile_of(
    model: Model | PackagedModel, tile: str | int, device: str, shape_tyx: tuple[int, int, int], pixel_bytes: int
) -> int:
    """The tile, from what the memory holds, or the user's."""
    architecture = model.network.architecture
    if isinstance(model, PackagedModel) and model.window_px is not None:
        return model.window_px
    bytes_a_pixel = pixel_bytes_alive(architecture.in_channels, pixel_bytes, architecture.n_classes - 1)

    def needed(tile_px: int) -> float:
        first = bands(shape_tyx[1:], tile_px, architecture.halo_px, architecture.stride_px)[0][0]
        if device == "cpu":
            return cpu_bytes(architecture.base_width, first.window_px, shape_tyx, bytes_a_pixel, tile_px)
        return tile_bytes(architecture.base_width, first.window_px, value_bytes=2)

    available = SHARE_OF_FREE * free_bytes() if device == "cpu" else free_gpu_bytes(device)
    if tile == "auto":
        return choose_tile(architecture, available, needed)
    return check_tile(architecture, int(tile), available, needed)


def _filled(movie: Image, channels: list[int]) -> Callable[[int], np.ndarray | None]:
    """Gives frames in which pixels without data are filled, (C, Y, X); None of those that have no such pixels."""

    # bands of a frame are asked for one after the other
    @lru_cache(maxsize=2)
    def filled(frame: int) -> np.ndarray | None:
        return movie.filled(frame, channels) if frame in movie.frames_with_missing else None

    return filled


def _maps(
    engine: Engine, source: Source, no_image: np.ndarray, frames: range, shape: tuple[int, int], threads: int
) -> Iterator[np.ndarray]:
    """The maps of frames, in pieces of rows; empty ones of frames that are no image."""
    of_frame = engine.bands(shape)
    batch, n_readers = 1, 1
    if engine.device != "cpu":
        batch = choose_batch(engine.architecture.base_width, of_frame[0][0].window_px, free_gpu_bytes(engine.device))
        n_readers = choose_readers(threads, sum(tile.window_px for tile in of_frame[0]))
    jobs = [(frame, band) for frame in frames if not no_image[frame] for band in of_frame]
    rows = map_bands(engine, source, jobs, batch, n_readers)
    for frame in progress(frames, len(frames), "infer"):
        if no_image[frame]:
            yield np.zeros((engine.architecture.n_classes - 1, *shape), np.uint8)
        else:
            yield from islice(rows, len(of_frame))
    engine.check_finite()
