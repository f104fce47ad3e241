"""Convert a raw movie to OME-Zarr, once, so that no later stage needs to know what the microscope wrote."""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sidewinder.errors import UserError
from sidewinder.fingerprint import check_unchanged
from sidewinder.movie.listing import raw_prints
from sidewinder.movie.movie import Movie
from sidewinder.movie.opening import open_movie
from sidewinder.preprocess.channels import channel_indices
from sidewinder.preprocess.corrections import Corrections, Good, Recorded, find_corrections
from sidewinder.preprocess.inspection import Inspection, seen_pixels
from sidewinder.preprocess.statistics import MovieStatistics
from sidewinder.preprocess.times import attributes_of_frames
from sidewinder.preprocess.values import as_stored, check_contrast, stored_dtype
from sidewinder.progress import progress
from sidewinder.settings import PreprocessSettings, from_section
from sidewinder.store import write_image

log = logging.getLogger("sidewinder")

# what viewers show as black and as the full colour: a few hot pixels must not darken the rest
WINDOW_PERCENT = ("0.1", "99.9")


def convert(
    source: str | Path,
    output: str | Path,
    *,
    position: str | None,
    frames: str | None = None,
    z: str | None = None,
    channel: str,
    pixel_size_um: float | None,
    settings: dict[str, Any] | None = None,
) -> None:
    """Convert a raw movie to an OME-Zarr image with statistics.

    Pixels keep their values, NaN included, and their dtype, but for a few dtypes (`preprocess.values`). The image's
    attributes hold, under "statistics", exact quantiles of each channel over the whole movie, but for frames that are
    no image and pixels that hold no data, under "times_s" when each frame was taken, where that is more than frames
    times the interval, under "source_frames" which frames of those that were planned there are, where some are missing,
    under "no_image" the frames that are no image, by their kind, and under "no_data" the frames in which pixels hold no
    data (`sidewinder.no_data`), where there are such. What is corrected of light and stage stands beside the pixels, as
    of `find_corrections`.

    Parameters
    ----------
    source : str or Path
        Whatever `open_movie` opens.
    output : str or Path
        The OME-Zarr; it appears when it is complete.
    position : str or None
        The position to read of a file with several.
    frames, z : str or None
        Which frames to take, and what becomes of z-slices, as for `open_movie`.
    channel : str
        Which channel will be segmented, by name or index from 0; all are converted, but a wrong name shows here, before
        anything waits for a GPU. Whether a frame is an image is asked of this channel.
    pixel_size_um : float or None
        What the sheet says; overrides what the file says. Its frame interval is for later stages, so that a correction
        of it does not segment the movie again.
    settings : dict, optional
        Fields of `PreprocessSettings`.

    Raises
    ------
    UserError
        If the movie or one of its frames cannot be read, has no such channel, a pixel has no value that can be stored,
        or the raw files change meanwhile.
    """
    chosen = from_section(PreprocessSettings, "preprocess", settings or {})
    before = raw_prints(str(source), position)
    movie = open_movie(source, position, frames=frames, z=z)
    inspection = Inspection(channel_indices(movie.channel_names, channel))
    dtype = stored_dtype(movie.dtype)
    of_frames = attributes_of_frames(str(source), movie)
    if None not in (pixel_size_um, movie.pixel_size_um) and pixel_size_um != movie.pixel_size_um:
        log.info("pixel size: %g um, from the sheet; the file says %g um", pixel_size_um, movie.pixel_size_um)
    pixel_size_um = movie.pixel_size_um if pixel_size_um is None else pixel_size_um
    _log_what_was_found(movie, dtype, pixel_size_um)
    n_frames = movie.shape[0]

    def read_all(what: str) -> Iterator[np.ndarray]:
        return progress(_frames(source, movie), n_frames, what)

    statistics = MovieStatistics(dtype, movie.channel_names, lambda: inspection.counted(read_all("quantiles")))
    finished: list[dict[str, Any]] = []
    corrections = Corrections({}, {})

    def again(what: str) -> Iterator[Good]:
        return itertools.starmap(Good, inspection.good(read_all(what)))

    def frames_counted() -> Iterator[np.ndarray]:
        nonlocal corrections
        for frame in read_all("convert"):
            statistics.count(inspection.take(frame))
            yield frame
        for left_out in inspection.end():
            statistics.count(seen_pixels(_frame(source, movie, left_out)), times=-1)
        if not inspection.n_seen_px:
            raise UserError(f"{source}: all pixels are NaN; expected a movie with grey values: export it again")
        finished.extend(statistics.finish())
        check_contrast(str(source), finished, dtype)
        recorded = Recorded(again, n_frames, movie.shape[1:], movie.channel_names, inspection.channels[0])
        corrections = find_corrections(recorded, chosen)
        check_unchanged(str(source), before, raw_prints(str(source), position))

    write_image(
        output,
        frames_counted(),
        n_frames=n_frames,
        shape_cyx=movie.shape[1:],
        dtype=dtype,
        pixel_size_um=pixel_size_um,
        frame_interval_s=movie.frame_interval_s,
        channel_names=movie.channel_names,
        attributes=lambda: {"statistics": finished} | of_frames | inspection.attributes() | corrections.attributes,
        arrays=lambda: corrections.arrays,
        windows=lambda: [tuple(channel["quantiles"][percent] for percent in WINDOW_PERCENT) for channel in finished],
    )


def _log_what_was_found(movie: Movie, dtype: np.dtype, pixel_size_um: float | None) -> None:
    n_frames, n_channels, height, width = movie.shape
    converted = f" (stored as {dtype})" if dtype != movie.dtype else ""
    log.info("%d frames of %d x %d pixels (height x width), %s%s", n_frames, height, width, movie.dtype, converted)
    log.info("%d channels: %s", n_channels, ", ".join(movie.channel_names))
    if pixel_size_um is None:
        log.info("pixel size: not known; columns in um will be empty")
    else:
        log.info("pixel size: %g um", pixel_size_um)
    if movie.frame_interval_s is None:
        log.info("frame interval: the file says none; without one in the sheet columns in s will be empty")
    else:
        log.info("frame interval: %g s", movie.frame_interval_s)


def _frames(source: str | Path, movie: Movie) -> Iterator[np.ndarray]:
    """Read frame after frame, (C, Y, X), each checked and in the dtype to store."""
    for index in range(movie.shape[0]):
        yield _frame(source, movie, index)


def _frame(source: str | Path, movie: Movie, index: int) -> np.ndarray:
    return as_stored(f"{source}: frame {index}", movie.read(index))
