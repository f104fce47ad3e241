"""Single TIFF frames that people have made: images to learn from, labels, truth. Checked, for they may be anything."""

import math
from pathlib import Path

import numpy as np
import tifffile

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_FRAME_PX, LARGEST_LABEL

# of a cell, on average: a slip of the brush leaves a piece or two beside a few of them
MOST_PIECES = 3


def read_tiff_frame(path: str | Path) -> np.ndarray:
    """Read the one image of a TIFF file.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    frame : ndarray, shape (Y, X)
        As it is stored: whole or floating-point numbers, or bool.

    Raises
    ------
    UserError
        If it is damaged, cut off, too large, or holds something else than one image of one channel.
    """
    try:
        with tifffile.TiffFile(path) as file:
            shape = file.series[0].shape
            n_px = int(np.prod(shape, dtype=object))
            frame = _read_whole(file) if n_px <= LARGEST_FRAME_PX else None
    except Exception as error:  # what a damaged file makes of the library is of any class
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path}: not a readable TIFF file ({reason}); copy or export it again") from error
    if frame is None:
        raise UserError(f"{path}: says that it holds {n_px} pixels; frames have {LARGEST_FRAME_PX} at most")
    while frame.ndim > 2 and len(frame) == 1:
        frame = frame[0]
    if frame.ndim != 2 or frame.dtype.kind not in "buif":
        raise UserError(
            f"{path}: a frame of shape {frame.shape} and type {frame.dtype}; expected one image (Y, X) of numbers"
        )
    return frame


def _read_whole(file: tifffile.TiffFile) -> np.ndarray:
    """Read the image; ValueError where pieces are missing: the library fills in as many as a header claims."""
    page = file.pages.first
    ends = [offset + n_bytes for offset, n_bytes in zip(page.dataoffsets, page.databytecounts, strict=True)]
    n_pieces = math.prod(page.chunked)
    if len(ends) != n_pieces:
        raise ValueError(f"it has {len(ends)} of {n_pieces} strips or tiles")
    if max(ends, default=0) > file.filehandle.size:
        raise ValueError("it ends within a strip or tile")
    return file.asarray()


def read_tiff_labels(path: str | Path) -> np.ndarray:
    """Read a label image.

    Parameters
    ----------
    path : path
        A TIFF file.

    Returns
    -------
    labels : ndarray, shape (Y, X), int32
        0 is background.

    Raises
    ------
    UserError
        As of `read_tiff_frame`, or if there is something else in it than labels.
    """
    return as_labels(read_tiff_frame(path), path)


def as_labels(frame: np.ndarray, where: str | Path) -> np.ndarray:
    """Take an image for labels.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Whole numbers, floating-point numbers that are whole, or bool.
    where : path
        The file, and the frame if it holds several, for messages.

    Returns
    -------
    labels : ndarray, shape (Y, X), int32
        0 is background.

    Raises
    ------
    UserError
        If there is something else in it than labels.
    """
    if frame.dtype.kind == "f" and not (np.isfinite(frame).all() and (frame == np.floor(frame)).all()):
        raise UserError(
            f"{where}: labels are whole numbers from 0, found {frame.min():.3g} to {frame.max():.3g}; "
            "save label images, not probabilities or pictures"
        )
    low, high = (int(limit) for limit in (frame.min(), frame.max())) if frame.size else (0, 0)
    if low < 0 or high > LARGEST_LABEL:
        raise UserError(
            f"{where}: labels are whole numbers from 0 to {LARGEST_LABEL}, found {low} to {high}; save label images, "
            "background as 0"
        )
    return frame.astype(np.int32)


def read_annotated_labels(path: str | Path) -> np.ndarray:
    """Read the labels that a person has given cells; as `read_tiff_labels`, but raises UserError of a picture, too."""
    # takes a while to load, and most that is read here needs it not
    from skimage.measure import label as label_pieces

    labels = read_tiff_labels(path)
    _, n_pieces = label_pieces(labels, background=0, connectivity=2, return_num=True)
    n_labels = np.unique(labels[labels > 0]).size
    if n_pieces > MOST_PIECES * n_labels:
        raise UserError(
            f"{path}: its labels, {n_labels} different numbers, are in {n_pieces} pieces, as in a picture, or in a "
            "mask of foreground and background; give each cell a number of its own"
        )
    return labels
