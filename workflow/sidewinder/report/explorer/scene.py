"""What the page shows of a movie: a region of a few frames, and what the stages make of it."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import tifffile
import torch
from skimage.segmentation import find_boundaries

from sidewinder.background import WHITE_PERCENT
from sidewinder.errors import UserError
from sidewinder.evaluate import masks_of
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.movie import limits_of, network_channels, normalising, shape_for_network, tile_of
from sidewinder.infer.rescale import Rescaling, RowsBack
from sidewinder.instances.segment import foreground, seeds, segment_frame
from sidewinder.model import Model
from sidewinder.normalization import black_and_scale
from sidewinder.preprocess import quantile
from sidewinder.preprocess.light import light_of, seen_statistics
from sidewinder.settings import ExplorerSettings, InstanceSettings
from sidewinder.store import Image
from sidewinder.tiling import Tile, around, read_window
from sidewinder.unet import Architecture, UNet, crop, needed_parts

LARGEST_UINT16 = 2**16 - 1
# frames besides the chosen one
OTHER_FRAMES = 4
# all ways to switch six connections; of deeper networks the finest six are switched
MOST_SWITCHED = 6


@dataclass(frozen=True)
class Scene:
    """Frames, made ready for the page.

    Parameters
    ----------
    facts : dict
        What JSON can hold.
    arrays : dict of str to ndarray
        The arrays by the names that the page knows: `frame0/window` and so on.
    """

    facts: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A frame at the network's pixel size: grey values (C, Y, X), maps (2, Y, X), labels and seeds (Y, X)."""

    grey: np.ndarray
    maps: np.ndarray
    labels: np.ndarray
    seeds: np.ndarray


class Stages:
    """The stages `infer` and `instances`, a frame at a time, on the CPU.

    Parameters
    ----------
    movie : Image
        The movie as preprocessed.
    model : Model
        The model.
    channel : str
        The channel as the sheet says it.
    settings : InstanceSettings
        Thresholds of `instances`.

    Raises
    ------
    UserError
        If the model takes another number of channels.
    """

    def __init__(self, movie: Image, model: Model, channel: str, settings: InstanceSettings) -> None:
        self.movie, self.settings = movie, settings
        self.channels = network_channels(movie, model, channel)
        self.light = light_of(movie, self.channels)
        self.shape: tuple[int, int] = movie.data.shape[2:]
        self.network_shape = shape_for_network(movie, model)
        self.rescaled = self.network_shape != self.shape
        tile_px = tile_of(model, "auto", "cpu", (1, *self.network_shape), movie.data.dtype.itemsize)
        prepare = normalising(movie, model, self.channels)
        self.engine = Engine(model, tile_px, prepare=prepare, finish=as_uint8)

    def see(self, number: int) -> Seen:
        """Pass a frame through the stages."""
        grey = self.movie.filled(number, self.channels)
        grey = grey if self.light is None else self.light.correct(grey, number)
        if self.rescaled:
            grey = Rescaling(self.shape, self.network_shape).apply(grey, 0, 0, self.network_shape[0])
        maps = self.engine.probabilities(grey)
        own = RowsBack(self.network_shape, self.shape).take(maps) if self.rescaled else maps
        labels, grains = segment_frame(own, self.settings), seeds(own, self.settings).painted(self.shape)
        return Seen(grey, maps, self.at_network(labels), self.at_network(grains))

    def at_network(self, labels: np.ndarray) -> np.ndarray:
        """A label image (Y, X) of the movie at the network's pixel size, by the nearest pixel."""
        pairs = zip(self.shape, self.network_shape, strict=True)
        y, x = (np.rint((np.arange(new) + 0.5) * old / new - 0.5).astype(int).clip(0, old - 1) for old, new in pairs)
        return labels[y[:, None], x]


def make_scene(
    movie: Image,
    model: Model,
    *,
    channel: str,
    truth: str | Path | None,
    choice: ExplorerSettings,
    settings: InstanceSettings,
) -> Scene:
    """Choose frames and a region, and pass them through the stages.

    Parameters
    ----------
    movie : Image
        The movie as preprocessed.
    model : Model
        The model.
    channel : str
        The channel as the sheet says it.
    truth : path or None
        A folder like the Cell Tracking Challenge's `01_GT`, whose SEG is shown.
    choice : ExplorerSettings
        The frame and the region to show.
    settings : InstanceSettings
        Thresholds of `instances`.

    Raises
    ------
    UserError
        If frame or region lie outside of the movie, the truth has another size, or the model takes another number of
        channels.
    """
    stages = Stages(movie, model, channel, settings)
    n_frames = movie.data.shape[0]
    chosen = _chosen_frame(choice.frame, n_frames)
    truths = masks_of(Path(truth) / "SEG", "man_seg") if truth else {}
    numbers = _frames(chosen, n_frames, [number for number in truths if number < n_frames])
    first = stages.see(chosen)
    tile = _region(first.labels, stages.shape, choice, model.network.architecture)
    combinations = combinations_of(model.network.architecture)
    arrays: dict[str, np.ndarray] = {}
    frames = []
    for index, number in enumerate(numbers):
        seen = first if number == chosen else stages.see(number)
        true = stages.at_network(_read_truth(truths[number], stages.shape)) if number in truths else None
        of_frame, facts = _of_frame(stages, seen, true, tile, combinations)
        arrays |= {f"frame{index}/{name}": array for name, array in of_frame.items()}
        time_s = None if movie.times_s is None else float(movie.times_s[number])
        frames.append({"number": number, "time_s": time_s} | _limits(movie, model, stages.channels) | facts)
    facts = {
        "rescaled": stages.rescaled,
        "pixel_size_um": (stages.rescaled and model.pixel_size_um) or movie.pixel_size_um,
        "movie_pixel_size_um": movie.pixel_size_um,
        "channel_names": [movie.channel_names[channel] for channel in stages.channels],
        "combinations": [list(skips) for skips in combinations],
        "frames": frames,
        "first": numbers.index(chosen),
    }
    return Scene(facts, arrays)


def combinations_of(architecture: Architecture) -> list[tuple[bool, ...]]:
    """All ways to switch the skip connections that a network has, finest first; in the first way all are on."""
    there = [level for level, skip in enumerate(architecture.skips) if skip]
    switched = there[:MOST_SWITCHED]
    ways = itertools.product((True, False), repeat=len(switched))
    states = [dict.fromkeys(there, True) | dict(zip(switched, way, strict=True)) for way in ways]
    return [tuple(state.get(level, False) for level in range(architecture.depth)) for state in states]


def _chosen_frame(frame: str | int, n_frames: int) -> int:
    """The number of the frame that is shown first."""
    number = n_frames // 2 if frame == "auto" else int(frame)
    if not 0 <= number < n_frames:
        raise UserError(f"explorer.frame is {number}, but the movie's frames are 0 to {n_frames - 1}")
    return number


def _frames(chosen: int, n_frames: int, with_truth: list[int]) -> list[int]:
    """The chosen frame and others, evenly spread over those with truth, or else over all."""
    others = [number for number in with_truth or range(n_frames) if number != chosen]
    places = np.linspace(0, len(others) - 1, min(OTHER_FRAMES, len(others)))
    return sorted([chosen, *(others[place] for place in np.rint(places).astype(int))])


def _read_truth(path: Path, shape_yx: tuple[int, int]) -> np.ndarray:
    """A mask of the truth; a UserError if it is of another size than the movie."""
    mask = tifffile.imread(path)
    if mask.shape != shape_yx:
        found, expected = (" x ".join(map(str, shape)) for shape in (mask.shape, shape_yx))
        raise UserError(f"{path}: is {found} px, and the movie's frames are {expected} px; check truth in the sheet")
    return mask


def _limits(movie: Image, model: Model, channels: list[int]) -> dict[str, list[float]]:
    """The grey values by which the network's input is normalised, and what is shown as white, a value a channel."""
    low, high = limits_of(movie, model.normalization, channels)
    black, scale = black_and_scale(tuple(low), tuple(high), torch.device("cpu"))
    white = [quantile(seen_statistics(movie), index, WHITE_PERCENT) for index in channels]
    return {"black": black.ravel().tolist(), "scale": scale.ravel().tolist(), "white": white}


def _region(
    labels: np.ndarray, movie_shape: tuple[int, int], choice: ExplorerSettings, architecture: Architecture
) -> Tile:
    """The region as the core of a tile, which starts on the network's grid."""
    stride, shape = architecture.stride_px, labels.shape
    sides = [min(choice.region_px, size) for size in shape]
    if isinstance(choice.region, str):
        starts = _busiest(find_boundaries(labels, mode="inner"), sides, stride)
    else:
        starts = [
            _start(centre, old, new, side, stride)
            for centre, old, new, side in zip(choice.region, movie_shape, shape, sides, strict=True)
        ]
    pairs = zip(starts, sides, shape, strict=True)
    y, x = (around(start, start + side, size, architecture.halo_px, stride) for start, side, size in pairs)
    return Tile(y, x)


def _start(centre: float, movie_size: int, size: int, side: int, stride: int) -> int:
    """The start of a region of some side along one axis, whose centre is given in the movie's pixels."""
    if not -0.5 <= centre <= movie_size - 0.5:
        raise UserError(f"explorer.region: {centre:g} lies outside of the movie's {movie_size} pixels")
    start = round(((centre + 0.5) * size / movie_size - side / 2) / stride) * stride
    return min(max(start, 0), (size - side) // stride * stride)


def _busiest(outlines: np.ndarray, sides: Sequence[int], stride: int) -> list[int]:
    """The start of the region with the most outlines, of those that start on the grid."""
    sums = np.pad(outlines.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    top, left = (np.arange(0, size - side + 1, stride) for size, side in zip(outlines.shape, sides, strict=True))
    bottom, right = top + sides[0], left + sides[1]
    inside = sums[np.ix_(bottom, right)] - sums[np.ix_(top, right)]
    inside += sums[np.ix_(top, left)] - sums[np.ix_(bottom, left)]
    y, x = np.unravel_index(inside.argmax(), inside.shape)
    return [int(top[y]), int(left[x])]


def _of_frame(
    stages: Stages, seen: Seen, truth: np.ndarray | None, tile: Tile, combinations: list[tuple[bool, ...]]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the facts of a frame, cut to the region."""
    region = (tile.y.core, tile.x.core)
    window, scale, offset = _packed(read_window(seen.grey, tile))
    labels = _from_one(seen.labels[region])
    arrays = {
        "window": window,
        "maps": seen.maps[:, *region],
        "labels": labels,
        "seeds": _from_one(seen.seeds[region]),
    }
    if truth is not None:
        arrays["truth"] = _from_one(truth[region])
    maps = switched_maps(stages.engine, unpacked(window, scale, offset), tile, combinations)
    masks = [foreground(of_one, stages.settings).ravel() for of_one in maps]
    arrays["masks"] = np.packbits(masks, axis=1)
    facts = {
        "window_scale": scale,
        "window_offset": offset,
        "region": _box(tile.y.core_in_window, tile.x.core_in_window),
        "region_in_frame": _box(*region),
        "n_cells": [int(segment_frame(of_one, stages.settings).max(initial=0)) for of_one in maps],
        "n_cells_stage": int(labels.max(initial=0)),
        "has_truth": truth is not None,
    }
    return arrays, facts


@torch.inference_mode()
def switched_maps(
    engine: Engine, window: np.ndarray, tile: Tile, combinations: list[tuple[bool, ...]]
) -> list[np.ndarray]:
    """The maps of a window's core with some of the skip connections on; what they share is computed once.

    Parameters
    ----------
    engine : Engine
        The model, on the CPU.
    window : ndarray, shape (C, y, x)
        Grey values.
    tile : Tile
        The tile that the window belongs to.
    combinations : list of tuple of bool
        For each skip connection whether it is on, finest first.

    Returns
    -------
    maps : list of ndarray, shape (2, y', x'), uint8
        One a combination.
    """
    image = engine.prepare(torch.from_numpy(window[None])).contiguous(memory_format=torch.channels_last)
    network = cast(UNet, engine.network)
    levels = network.contract(image)
    parts = needed_parts(network.architecture, levels[0].shape[-2:], (tile.y.core_in_window, tile.x.core_in_window))
    known: dict[tuple[bool, ...], torch.Tensor] = {(): crop(levels[-1], parts[-1])}

    def expanded(skips: tuple[bool, ...]) -> torch.Tensor:
        """What the coarsest levels make, of which these are on; combinations that agree on them share it."""
        if skips not in known:
            level = network.architecture.depth - len(skips)
            features = network.expand_level(level, expanded(skips[1:]), levels[level], skips[0], parts)
            # the finest, the largest, is of one combination only
            if level == 0:
                return features
            known[skips] = features
        return known[skips]

    logits = (network.last(expanded(skips)) for skips in combinations)
    return [as_uint8(torch.softmax(of_one, dim=1))[0].contiguous().numpy() for of_one in logits]


def _packed(window: np.ndarray) -> tuple[np.ndarray, list[float], list[float]]:
    """Grey values (C, y, x) as uint16, and by what each channel is multiplied and what is added to have them back."""
    if window.dtype.kind == "u" and window.dtype.itemsize <= 2:
        return window.astype(np.uint16), [1.0] * len(window), [0.0] * len(window)
    lowest, highest = (extreme(window, axis=(1, 2)).astype(np.float64) for extreme in (np.min, np.max))
    step = np.where(highest > lowest, (highest - lowest) / LARGEST_UINT16, 1.0)
    values = np.rint((window - lowest[:, None, None]) / step[:, None, None]).astype(np.uint16)
    return values, step.tolist(), lowest.tolist()


def unpacked(window: np.ndarray, scale: list[float], offset: list[float]) -> np.ndarray:
    """The grey values of a window as the page has them, float32."""
    return (window * np.array(scale)[:, None, None] + np.array(offset)[:, None, None]).astype(np.float32)


def _from_one(labels: np.ndarray) -> np.ndarray:
    """Labels numbered from 1 without gaps, in their order."""
    present = np.unique(labels[labels > 0])
    return np.where(labels > 0, np.searchsorted(present, labels) + 1, 0).astype(np.uint16)


def _box(rows: slice, columns: slice) -> list[int]:
    """y, x, height and width."""
    return [rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start]
