"""The stage `instances` where a network has run: a block's maps to labels and a cell table."""

from pathlib import Path
from typing import Any

import numpy as np
import zarr

from sidewinder.instances.block import BlockOutputs, OfFrame, in_order, measured, write_block
from sidewinder.instances.segment import segment_and_count
from sidewinder.instances.uncertainty import uncertainty_grid
from sidewinder.settings import InstanceSettings, MeasureSettings, from_section
from sidewinder.store import Image, open_image, open_stack

# maps and movie, the frame's number in the block and in the movie, the settings, the area of the smallest cells that
# the model knows
Job = tuple[zarr.Array, Image, int, int, InstanceSettings, MeasureSettings, float | None]


def segment_movie(
    *,
    maps: str | Path,
    image: str | Path,
    outputs: BlockOutputs,
    settings: dict[str, Any],
    measure: dict[str, Any],
    threads: int,
    pixel_size_um: float | str | None = None,
) -> None:
    """Separate and measure the cells of a block of frames.

    Parameters
    ----------
    maps : path
        The maps that `infer_movie` writes.
    image : path
        The movie as preprocessed, for intensities.
    outputs : BlockOutputs
        Where labels, cells and uncertainty are written.
    settings : dict
        Fields of `InstanceSettings`.
    measure : dict
        Fields of `MeasureSettings`.
    threads : int
        How many processes work on frames.
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.
    """
    chosen = from_section(InstanceSettings, "instances", settings)
    to_measure = from_section(MeasureSettings, "measure", measure)
    stack, movie = open_stack(maps), open_image(image, pixel_size_um=pixel_size_um)
    place = {key: stack.attributes[key] for key in ("first_frame", "n_frames", "block", "n_blocks")}
    first, known = place["first_frame"], stack.attributes.get("known_diameters_px")
    known_px = np.pi / 4 * known[0] ** 2 if known else None
    frames = range(place["n_frames"])
    jobs = ((stack.data, movie, index, first + index, chosen, to_measure, known_px) for index in frames)
    write_block(in_order(_one_frame, jobs, threads), movie, place, outputs, to_measure)


def _one_frame(job: Job) -> OfFrame:
    """What is found in one frame; a UserError where there are more cells than any frame has."""
    stack, movie, index, frame, settings, to_measure, known_area_px = job
    maps, missing = stack[index], movie.missing(frame)
    if missing is not None:
        # neither cell nor uncertain
        maps[:, missing] = 0
    labels, n_left_out = segment_and_count(maps, settings, known_area_px)
    if missing is not None:
        # a hole that was filled may lie there
        labels[missing] = 0
    cells = measured(labels, movie, frame, to_measure)
    return labels.astype(np.uint32), cells, uncertainty_grid(maps), n_left_out
