"""An image over time as OME-Zarr 0.5: axes T C Y X, a pyramid, names, units, and our own attributes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import DTypeLike

from sidewinder.errors import UserError
from sidewinder.no_data import nearest_data, no_data
from sidewinder.pixel_size import given
from sidewinder.store.atomic import atomic_folder
from sidewinder.store.metadata import image_attributes, multiscales, sizes
from sidewinder.store.pyramid import downsample_mean, level_shapes
from sidewinder.store.shards import FrameWriter, level_writers, open_array, open_group

# the array beside the levels, true inside
REGION = "region"


@dataclass(frozen=True)
class Image:
    """An opened image.

    Parameters
    ----------
    data : zarr.Array, (T, C, Y, X)
        The full-size level.
    pixel_size_um, frame_interval_s : float or None
        None where not known.
    channel_names : tuple of str
        One a channel.
    attributes : dict
        What the writer kept with it.
    outside : ndarray of bool or None, shape (Y, X)
        Pixels outside of the region in which the user wants cells; None where that is the whole frame.
    pixel_aspect : float
        Height of a pixel over its width, of which `pixel_size_um` is then the side of the square of the same area.
    arrays : dict of str to zarr.Array
        Arrays that the writer kept with it, by their names.
    """

    data: zarr.Array
    pixel_size_um: float | None
    frame_interval_s: float | None
    channel_names: tuple[str, ...]
    attributes: dict[str, Any]
    outside: np.ndarray | None = None
    pixel_aspect: float = 1.0
    arrays: dict[str, zarr.Array] = field(default_factory=dict)

    @property
    def times_s(self) -> np.ndarray | None:
        """When each frame was taken, in seconds since the first, float64 (T,); None where not known.

        The writer keeps them under "times_s"; else they are multiples of the frame interval, by the frames' numbers.
        """
        if "times_s" in self.attributes:
            return np.asarray(self.attributes["times_s"], np.float64)
        numbers = self.source_frames
        return None if self.frame_interval_s is None else (numbers - numbers[0]) * self.frame_interval_s

    @property
    def source_frames(self) -> np.ndarray:
        """The number of each frame among those that were planned, int64 (T,)."""
        return np.asarray(self.attributes.get("source_frames", range(self.data.shape[0])), np.int64)

    @property
    def segmented_channel(self) -> int:
        """The index of the channel in which cells are segmented, of several the first; of older stores 0."""
        return int(self.attributes.get("segmented_channel", 0))

    @property
    def drift_px(self) -> np.ndarray | None:
        """How far the specimen lies from where it lay in the first frame, float64 (T, 2); None if that was not asked.

        Whatever frames were not measured lie between their neighbours.
        """
        kept = self.attributes.get("drift")
        return None if kept is None else np.array(kept["yx_px"], np.float64)

    @property
    def no_image(self) -> dict[str, list[int]]:
        """The frames that are no image, by what they are: black, overexposed, copied, out of focus."""
        return dict(self.attributes.get("no_image", {}))

    @property
    def has_no_image(self) -> np.ndarray:
        """Which frames are no image, bool (T,)."""
        found = np.zeros(self.data.shape[0], dtype=bool)
        for frames in self.no_image.values():
            found[frames] = True
        return found

    @cached_property
    def frames_with_missing(self) -> frozenset[int]:
        """The frames of which some pixels hold no data."""
        return frozenset(self.attributes.get("no_data", ()))

    def missing(self, frame: int) -> np.ndarray | None:
        """Pixels in which no cell can be seen, bool (Y, X): without data or outside; None where there are none."""
        without_data = self.without_data(frame)
        if without_data is None or self.outside is None:
            return self.outside if without_data is None else without_data
        both: np.ndarray = without_data | self.outside
        return both

    def without_data(self, frame: int) -> np.ndarray | None:
        """Pixels of a frame that hold no data, bool (Y, X), as of `no_data`; None where all do."""
        return no_data(self.data[frame]) if frame in self.frames_with_missing else None

    def seen(self, frame: int, channel: int) -> np.ndarray:
        """The pixels of a channel of a frame in which cells can be seen: (Y, X) where all are such, else (N,)."""
        missing, plane = self.missing(frame), self.data[frame, channel]
        return plane if missing is None else plane[~missing]

    def filled(self, frame: int, channels: Sequence[int]) -> np.ndarray:
        """Channels of a frame, (len(channels), Y, X); where there is no data, the nearest grey values."""
        planes = np.stack([self.data[frame, channel] for channel in channels])
        without_data = self.without_data(frame)
        return planes if without_data is None else nearest_data(planes, without_data)


def write_image(
    path: str | Path,
    frames: Iterable[np.ndarray],
    *,
    n_frames: int,
    shape_cyx: tuple[int, int, int],
    dtype: DTypeLike,
    pixel_size_um: float | None,
    frame_interval_s: float | None,
    channel_names: Sequence[str],
    attributes: dict[str, Any] | Callable[[], dict[str, Any]],
    windows: Callable[[], Sequence[tuple[float, float]]] | None = None,
    region: np.ndarray | None = None,
    pixel_aspect: float = 1.0,
    arrays: Callable[[], dict[str, np.ndarray]] | None = None,
) -> None:
    """Write frames as an OME-Zarr image, shard by shard, atomically; holds two shards of each level in memory.

    Parameters
    ----------
    path : str or Path
        The store's name; what stands there is replaced.
    frames : iterable of ndarray, (C, Y, X)
        `n_frames` of them, in a dtype that `dtype` holds without loss.
    n_frames : int
        Number of frames, at least 1.
    shape_cyx : tuple of int
        Shape of each frame.
    dtype : dtype
        Type of the arrays on disk.
    pixel_size_um, frame_interval_s : float or None
        None where not known.
    channel_names : sequence of str
        One a channel.
    attributes : dict or callable
        Whatever JSON can hold; a callable is asked once all frames have passed.
    windows : callable, optional
        Gives (black, full colour) of each channel, once all frames have passed; by default the smallest and the
        largest value.
    region : ndarray of bool, optional, shape (Y, X)
        The pixels in which the user wants cells, of which there is one at least; all without.
    pixel_aspect : float
        Height of a pixel over its width.
    arrays : callable, optional
        Gives small arrays to keep beside the pixels, by their names, once all frames have passed.

    Raises
    ------
    ValueError
        If the frames are not what was announced, or there are none.
    """
    n_channels, height, width = shape_cyx
    if n_frames < 1 or len(channel_names) != n_channels:
        raise ValueError(f"{n_frames} frames, {n_channels} channels, {len(channel_names)} channel names")
    with atomic_folder(path) as temporary:
        group = zarr.create_group(temporary, zarr_format=3)
        shapes = level_shapes((height, width))
        with level_writers(group, [(n_frames, n_channels, *shape) for shape in shapes], dtype) as writers:
            limits = _write_levels(frames, writers)
        if region is not None:
            group.create_array(REGION, data=region, chunks=region.shape)
        multiscale = multiscales("tcyx", len(shapes), pixel_size_um, frame_interval_s, pixel_aspect)
        ours = attributes() if callable(attributes) else attributes
        ome = image_attributes(multiscale, channel_names, limits, windows() if windows else limits)
        for name, values in (arrays() if arrays else {}).items():
            # one of zeros would have no file, as one whose file was lost
            group.create_array(name, data=values, config={"write_empty_chunks": True})
            ours = {**ours, "arrays": [*ours.get("arrays", ()), name]}
        group.attrs.update({"ome": ome, "sidewinder": ours})


def _write_levels(frames: Iterable[np.ndarray], writers: list[FrameWriter]) -> list[tuple[float, float]]:
    """Write each frame to all levels; return the smallest and the largest value of each channel; none of no frames."""
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    for frame in frames:
        # NaN is no value
        smallest, largest = np.fmin.reduce(frame, axis=(1, 2)), np.fmax.reduce(frame, axis=(1, 2))
        low = smallest if low is None else np.fmin(low, smallest)
        high = largest if high is None else np.fmax(high, largest)
        for level, writer in enumerate(writers):
            frame = downsample_mean(frame) if level else frame
            writer.append(frame)
    return [] if low is None or high is None else list(zip(low.tolist(), high.tolist(), strict=True))


def open_image(
    path: str | Path, frame_interval_s: float | None = None, pixel_size_um: float | str | None = None
) -> Image:
    """Open what `write_image` wrote.

    Parameters
    ----------
    path : str or Path
        The store.
    frame_interval_s : float or None
        What the sheet says, which is believed before the interval and the times that are kept.
    pixel_size_um : float or str or None
        What the sheet says, which is believed before the size that is kept.

    Raises
    ------
    UserError
        If it is missing, not complete or something else.
    """
    group, attributes = open_group(path)
    try:
        ome = group.attrs["ome"]
        multiscale = ome["multiscales"][0]
        kept_um, aspect, kept_s = sizes(multiscale)
        channel_names = tuple(channel["label"] for channel in ome["omero"]["channels"])
        name = multiscale["datasets"][0]["path"]
    except KeyError as error:
        raise UserError(f"{path}: a Zarr store, but not an image of Sidewinder's: {error} is missing") from error
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise UserError(
            f"{path}: its header is damaged ({error}); delete the store and let the step that writes it run again"
        ) from error
    if frame_interval_s is not None:
        attributes.pop("times_s", None)
        kept_s = frame_interval_s
    if pixel_size_um is not None:
        kept_um, aspect = given(pixel_size_um)
    outside = ~np.asarray(open_array(path, group, REGION)[:], dtype=bool) if REGION in group else None
    arrays = {kept: open_array(path, group, kept) for kept in attributes.get("arrays", ())}
    return Image(open_array(path, group, name), kept_um, kept_s, channel_names, attributes, outside, aspect, arrays)


def set_scales(path: str | Path, frame_interval_s: float | None, pixel_size_um: float | str | None) -> None:
    """Let an image say the frame interval and the pixel size of the sheet in place of those that it was written with.

    What the sheet does not say stays; with an interval, the times of frames go.
    """
    image = open_image(path, frame_interval_s, pixel_size_um)
    # the header may be a link to that of another image
    header = Path(path, "zarr.json")
    content = header.read_bytes()
    header.unlink()
    header.write_bytes(content)
    group = zarr.open_group(path, mode="r+", zarr_format=3)
    ome = dict(group.attrs["ome"])
    n_levels = len(ome["multiscales"][0]["datasets"])
    scales = (image.pixel_size_um, image.frame_interval_s, image.pixel_aspect)
    ome["multiscales"] = [multiscales("tcyx", n_levels, *scales)]
    group.attrs.update({"ome": ome, "sidewinder": image.attributes})
