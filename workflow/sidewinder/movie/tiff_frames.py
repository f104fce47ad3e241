"""Which images of a series in a TIFF make up each frame, and how they are read."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.axes import arrange, understand
from sidewinder.movie.causes import damaged
from sidewinder.movie.colours import times_or_colours
from sidewinder.movie.description import Description
from sidewinder.movie.limits import check_size
from sidewinder.movie.movie import RGB, Frames, Slices
from sidewinder.movie.tiff_pages import page_reader
from sidewinder.movie.tiff_series import axes_and_shape
from sidewinder.movie.unwritten import written_frames

log = logging.getLogger("sidewinder")


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    unknown : {"T", "C"}
        What an axis is of which the file says nothing.
    first_frame : int
        The number of the file's first frame in the movie, for messages.
    may_be_stopped : bool
        Whether frames that are not there were never written; they are lost if not.
    """

    path: str
    unknown: str
    first_frame: int
    may_be_stopped: bool


@dataclass(frozen=True)
class Inside:
    """The letters and lengths of the axes inside of an image."""

    axes: str
    shape: tuple[int, ...]

    @property
    def samples(self) -> int:
        """How many samples a pixel has."""
        return prod(length for axis, length in zip(self.axes, self.shape, strict=True) if axis == "S")

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Height and width."""
        lengths = dict(zip(self.axes, self.shape, strict=True))
        return lengths["Y"], lengths["X"]

    @property
    def in_planes(self) -> bool:
        """Whether each sample is stored as a plane of its own."""
        return self.axes.find("S") < self.axes.index("Y")


def frames_of_series(
    series: tifffile.TiffPageSeries, region: int, description: Description, reading: Reading
) -> Frames:
    """Find the frames of a position.

    Parameters
    ----------
    series : tifffile.TiffPageSeries
        The images.
    region : int
        Which position along the axis R, 0 where there is none.
    description : Description
        What the file says of this position.
    reading : Reading
        How the file is read.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If the images are no flat movie, or one that was written is not there.
    """
    path = reading.path
    pages, inside = _layout(series, region, reading)
    n_slices, by_frame = pages.shape[1], pages.reshape(len(pages), -1)
    written = written_frames(path, series, by_frame) if reading.may_be_stopped else np.arange(len(pages))
    there = pages[written]
    read_page = page_reader(path, series, by_frame[written], reading.first_frame)

    def planes_of(index: int) -> np.ndarray:
        """All samples of an image, (S, Y, X)."""
        return arrange(read_page(index).reshape(inside.shape), inside.axes, "SYX")

    is_rgb = series.keyframe.photometric == tifffile.PHOTOMETRIC.RGB and inside.samples >= len(RGB)
    n_samples = len(RGB) if is_rgb else inside.samples

    def read(frame: int, z: int = 0) -> np.ndarray:
        with damaged(path, f"frame {reading.first_frame + frame} cannot be decoded"):
            return np.concatenate([planes_of(int(index))[:n_samples] for index in there[frame, z]])

    frames = Frames(
        read=read,
        n_frames=len(there),
        shape_cyx=(there.shape[2] * n_samples, *inside.shape_yx),
        dtype=series.dtype,
        pixel_size_um=description.pixel_size_um,
        pixel_aspect=description.pixel_aspect,
        frame_interval_s=description.frame_interval_s,
        channel_names=RGB if is_rgb and there.shape[2] == 1 else description.channel_names,
        taken_s=_of_written(description.taken_s, written, n_slices),
        # frames that were planned behind the last one are no gap
        source_frames=() if (written == np.arange(len(written))).all() else written.tolist(),
        slices=Slices(n_slices, read) if n_slices > 1 else None,
    )
    if is_rgb and inside.in_planes and there.size == 1 and reading.unknown == "T":
        return times_or_colours(path, frames, lambda: planes_of(0))
    if inside.samples > n_samples:
        log.info("%s: red, green and blue are kept of the %d samples of a pixel", path, inside.samples)
    return frames


def _of_written(taken_s: Sequence[float | None], written: np.ndarray, n_slices: int) -> list[float | None]:
    """The times of frames that were written; those of slices where there is one frame, for they may be time points."""
    if len(written) == 1 < n_slices:
        return list(taken_s)
    return [taken_s[frame] for frame in written if frame < len(taken_s)]


def _layout(series: tifffile.TiffPageSeries, region: int, reading: Reading) -> tuple[np.ndarray, Inside]:
    """The numbers of the images of a position, (T, Z, C), and what is inside of each."""
    axes, shape = axes_and_shape(series)
    axes = understand(reading.path, axes, shape, reading.unknown)
    check_size(reading.path, prod(shape) // series.keyframe.size, series.keyframe.size)
    n_outer = _n_outer_axes(reading.path, series, axes, shape)
    pages = np.arange(prod(shape[:n_outer])).reshape(shape[:n_outer])
    # a channel that is stored inside an image is a sample of its pixels
    return arrange(pages, axes[:n_outer], "RTZC")[region], Inside(axes[n_outer:].replace("C", "S"), shape[n_outer:])


def _n_outer_axes(path: str, series: tifffile.TiffPageSeries, axes: str, shape: tuple[int, ...]) -> int:
    """How many axes run over images; the others run inside each image."""
    for n_outer in range(axes.index("Y"), -1, -1):
        if prod(shape[n_outer:]) == series.keyframe.size:
            return n_outer
    raise UserError(f"{path}: its images of {series.keyframe.shape} are no part of {shape} ({axes}); export it again")
