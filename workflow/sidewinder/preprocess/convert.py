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
from sidewinder.movie.region import open_region
from sidewinder.pixel_size import said
from sidewinder.preprocess.channels import channel_indices
from sidewinder.preprocess.corrections import Corrections, Good, Recorded, find_corrections
from sidewinder.preprocess.inspection import Inspection
from sidewinder.preprocess.said import warnings_kept
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
    region: str | None = None,
    channel: str,
    settings: dict[str, Any] | None = None,
) -> None:
    """Convert a raw movie to an OME-Zarr image with statistics.

    Pixels keep their values, NaN included, and their dtype, but for a few dtypes (`preprocess.values`). The image's
    attributes hold, under "statistics", exact quantiles of each channel over the whole movie, but for frames that are
    no image and pixels that hold no data, under "times_s" when each frame was taken, where that is more than frames
    times the interval, under "source_frames" which frames of those that were planned there are, where some are missing,
    under "no_image" the frames that are no image, by their kind, under "no_data" the frames in which pixels hold no
    data (`sidewinder.no_data`), and under "said" what the reader has warned of, where there are such. What is corrected
    of light and stage stands beside the pixels, as of `find_corrections`.

    What the sheet says of pixel size and frame interval is for later stages, so that a correction of it does not
    convert the movie again.

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
    region : str or None
        The part of the frames in which the user wants cells, as for `open_region`. It is kept with the image, whose
        pixels stay as they are; those outside are in no statistic.
    channel : str
        Which channel will be segmented, by name or index from 0; all are converted, but a wrong name shows here, before
        anything waits for a GPU. Whether a frame is an image is asked of this channel.
    settings : dict, optional
        Fields of `PreprocessSettings`.

    Raises
    ------
    UserError
        If the movie or one of its frames cannot be read, has no such channel or region, a pixel has no value that can
        be stored, or the raw files change meanwhile.
    """
    chosen = from_section(PreprocessSettings, "preprocess", settings or {})
    before = raw_prints(str(source), position)
    with warnings_kept(str(source)) as said_of_raw:
        movie = open_movie(source, position, frames=frames, z=z)
        of_frames = attributes_of_frames(str(source), movie)
    if said_of_raw:
        of_frames["said"] = said_of_raw
    inside = None if region is None else open_region(region, movie.shape[2:])
    inspection = Inspection(channel_indices(movie.channel_names, channel), inside)
    dtype = stored_dtype(movie.dtype)
    _log_what_was_found(movie, dtype)
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
            statistics.count(inspection.seen_pixels(_frame(source, movie, left_out)), times=-1)
        if not inspection.n_seen_px:
            where = "" if region is None else f" in the region {region}"
            raise UserError(f"{source}: all pixels{where} are NaN; expected a movie with grey values: export it again")
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
        pixel_size_um=movie.pixel_size_um,
        frame_interval_s=movie.frame_interval_s,
        channel_names=movie.channel_names,
        region=inside,
        attributes=lambda: (
            {"statistics": finished, "segmented_channel": inspection.channels[0]}
            | of_frames
            | inspection.attributes()
            | corrections.attributes
        ),
        arrays=lambda: corrections.arrays,
        pixel_aspect=movie.pixel_aspect,
        windows=lambda: [tuple(channel["quantiles"][percent] for percent in WINDOW_PERCENT) for channel in finished],
    )


def _log_what_was_found(movie: Movie, dtype: np.dtype) -> None:
    n_frames, n_channels, height, width = movie.shape
    converted = f" (stored as {dtype})" if dtype != movie.dtype else ""
    log.info("%d frames of %d x %d pixels (height x width), %s%s", n_frames, height, width, movie.dtype, converted)
    log.info("%d channels: %s", n_channels, ", ".join(movie.channel_names))
    if movie.pixel_size_um is None:
        log.info("pixel size: the file says none; without one in the sheet columns in um will be empty")
    else:
        shape = "" if movie.pixel_aspect == 1 else " (height x width)"
        log.info("pixel size: %s um%s", said(movie.pixel_size_um, movie.pixel_aspect), shape)
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
