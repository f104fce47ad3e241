"""The stage `instances` where the user gives label images: a block of them, checked and measured."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from skimage.measure import label as pieces_of

from sidewinder.errors import UserError
from sidewinder.instances.block import BlockOutputs, OfFrame, in_order, measured, write_block
from sidewinder.instances.uncertainty import SQUARE_PX
from sidewinder.movie.label_images import open_label_images
from sidewinder.movie.movie import Movie
from sidewinder.settings import MeasureSettings, from_section
from sidewinder.store import Image, as_labels, frames_of_block, open_image

log = logging.getLogger("sidewinder")

# labels (Y, X), the movie, the frame's number in it, what to measure
Job = tuple[np.ndarray, Image, int, MeasureSettings]


def take_labels(
    *,
    source: str,
    image: str | Path,
    frames: str | None = None,
    outputs: BlockOutputs,
    block: int,
    n_blocks: int,
    measure: dict[str, Any],
    threads: int,
    pixel_size_um: float | str | None = None,
) -> None:
    """Check and measure the label images of a block of frames.

    Labels are numbered anew from 1 in each frame, in the order of the user's numbers. Each stays one cell; only where a
    frame holds a single value, in several pieces, it is a mask and no label image, and each piece becomes a cell.

    Parameters
    ----------
    source : str
        Whatever `open_label_images` opens.
    image : path
        The movie as preprocessed, of the same frames.
    frames : str or None
        Which frames of the movie's file the sheet takes; the label images are counted as those of the file.
    outputs : BlockOutputs
        Where labels, cells and uncertainty are written; nothing is uncertain.
    block, n_blocks : int
        The number of the block, from 0, and how many there are.
    measure : dict
        Fields of `MeasureSettings`.
    threads : int
        How many processes work on frames.
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.

    Raises
    ------
    UserError
        If the label images have not the frames and sides of the movie, or are no labels; names the frame.
    """
    movie = open_image(image, pixel_size_um=pixel_size_um)
    labels = _one_a_frame(open_label_images(source, frames))
    _check_shape(source, labels.shape, movie.data.shape)
    of_block = frames_of_block(movie.data.shape[0], block, n_blocks)
    place = {"first_frame": of_block.start, "n_frames": len(of_block), "block": block, "n_blocks": n_blocks}
    pieces, to_measure = Pieces(), from_section(MeasureSettings, "measure", measure)
    taken = ((frame, pieces.take(frame, _read(source, labels, movie, frame))) for frame in of_block)
    jobs = ((numbered, movie, frame, to_measure) for frame, numbered in taken)
    write_block(in_order(_one_frame, jobs, threads), movie, place, outputs, to_measure)
    pieces.say()


class Pieces:
    """Turns label images into labels from 1, and counts what lies in several pieces."""

    def __init__(self) -> None:
        self.of_masks: list[int] = []
        self.of_labels: list[int] = []

    def take(self, frame: int, labels: np.ndarray) -> np.ndarray:
        """The labels of a frame, uint32 (Y, X), from 1 in the order of the user's."""
        values, places = np.unique(labels, return_inverse=True)
        numbered = places.reshape(labels.shape).astype(np.uint32) + np.uint32(values[0] != 0)
        n_labels = len(values) - int(values[0] == 0)
        pieces, n_pieces = pieces_of(numbered, background=0, connectivity=2, return_num=True)
        if n_pieces == n_labels:
            return numbered
        if n_labels == 1:
            self.of_masks.append(frame)
            return pieces.astype(np.uint32)
        self.of_labels.append(frame)
        return numbered

    def say(self) -> None:
        """Say what was found, a line each, with the first frame."""
        if self.of_masks:
            log.warning(
                "instances: WARNING: %d frames (the first: %d) hold one value only, in several pieces: they are masks "
                "and no label images, and each piece is taken for a cell; cells that touch are one",
                len(self.of_masks), self.of_masks[0],
            )  # fmt: skip
        if self.of_labels:
            log.warning(
                "instances: WARNING: in %d frames (the first: %d) a label lies in several pieces; each label stays one "
                "cell",
                len(self.of_labels), self.of_labels[0],
            )  # fmt: skip


def _one_a_frame(labels: Movie) -> Movie:
    """Label images of which a library has taken three or four time points for colours, which labels never have."""
    n_frames, n_channels, height, width = labels.shape
    if n_frames > 1 or n_channels == 1:
        return labels
    return replace(labels, read=lambda frame: labels.read(0)[frame][None], shape=(n_channels, 1, height, width))


def _check_shape(source: str, labels: tuple[int, ...], image: tuple[int, ...]) -> None:
    if labels[1] != 1:
        raise UserError(f"{source}: has {labels[1]} channels; expected label images of one channel")
    (n_labels, _, *of_labels), (n_frames, _, *of_image) = labels, image
    if n_labels != n_frames:
        raise UserError(
            f"{source}: has {n_labels} label images, but the movie has {n_frames} frames; expected one a frame"
        )
    if of_labels != of_image:
        raise UserError(
            f"{source}: label images are {of_labels[0]} x {of_labels[1]} px (height x width), but the movie's frames "
            f"are {of_image[0]} x {of_image[1]} px; save them in the size of the frames"
        )


def _read(source: str, labels: Movie, movie: Image, frame: int) -> np.ndarray:
    """The user's labels of a frame, but for pixels that hold no data."""
    found, missing = as_labels(labels.read(frame)[0], f"{source}, frame {frame}"), movie.missing(frame)
    return found if missing is None else np.where(missing, 0, found)


def _one_frame(job: Job) -> OfFrame:
    """What is found in one frame, of which nothing is uncertain and nothing left out."""
    labels, movie, frame, to_measure = job
    certain = np.zeros([-(-side // SQUARE_PX) for side in labels.shape], np.uint8)
    return labels, measured(labels, movie, frame, to_measure), certain, 0
