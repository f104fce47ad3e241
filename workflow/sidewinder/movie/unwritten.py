"""Frames that were planned and never written: acquisitions that were stopped, images that were left out."""

import logging
from collections.abc import Sequence

import numpy as np
import tifffile

log = logging.getLogger("sidewinder")

# what a stopped acquisition leaves at least; of a single image it is likelier that the description is wrong
FEWEST_FRAMES = 2


def written_frames(path: str, series: tifffile.TiffPageSeries, wanted: np.ndarray) -> np.ndarray:
    """Find the frames of which all images were written; says which were not.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    series : tifffile.TiffPageSeries
        The series that the images belong to.
    wanted : ndarray of int, (T, C)
        The numbers of the images in the series.

    Returns
    -------
    ndarray of int
        The numbers of these frames, rising; of all frames, if these are too few, so that reading says what is missing.
    """
    if series.dataoffset is not None:
        return np.arange(len(wanted))
    pages = list(series)
    return said_written(path, np.array([all(_was_written(pages[index]) for index in images) for images in wanted]))


def said_written(path: str, there: np.ndarray) -> np.ndarray:
    """The numbers of frames that were written, as of `written_frames`, by a bool a frame, (T,); says which were not."""
    n_planned, written = len(there), np.flatnonzero(there)
    if len(written) < FEWEST_FRAMES or there.all():
        return np.arange(n_planned)
    n_to_last = int(written[-1]) + 1
    if n_to_last < n_planned:
        log.warning(
            "%s: the acquisition was stopped: of %d frames that were planned, the first %d are there",
            path,
            n_planned,
            n_to_last,
        )
    if left_out := np.flatnonzero(~there[:n_to_last]).tolist():
        log.warning("%s: frame%s never written, and left out", path, _listed(left_out))
    return written


def _was_written(page: tifffile.TiffPage | tifffile.TiffFrame | None) -> bool:
    """Whether an image has a place in its file; what is cut off has one."""
    return page is not None and bool(page.dataoffsets) and max(page.dataoffsets) > 0


def _listed(frames: Sequence[int]) -> str:
    numbers = ", ".join(map(str, frames[:10])) + (", ..." if len(frames) > 10 else "")
    return f" {numbers} was" if len(frames) == 1 else f"s {numbers} were"
