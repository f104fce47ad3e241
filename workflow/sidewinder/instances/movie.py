"""The stage `instances`: a block's maps to labels and a cell table, frames in parallel."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import zarr

from sidewinder.errors import UserError
from sidewinder.instances.segment import segment_frame
from sidewinder.instances.uncertainty import SQUARE_PX, uncertainty_grid
from sidewinder.limits import MOST_CELLS_OF_A_FRAME
from sidewinder.measure import measure_frame
from sidewinder.progress import progress
from sidewinder.settings import InstanceSettings, from_section
from sidewinder.store import atomic_file, open_image, open_stack, write_stack

# frames handed out ahead of the slowest worker: bounds memory, keeps workers busy
FRAMES_AHEAD_PER_WORKER = 4

# labels (Y, X), cells, uncertainty
OfFrame = tuple[np.ndarray, pd.DataFrame, np.ndarray]
# maps and image, names of the channels, the frame's number in the block and in the movie
Job = tuple[zarr.Array, zarr.Array, tuple[str, ...], int, int, InstanceSettings]


def segment_movie(
    *,
    maps: str | Path,
    image: str | Path,
    labels_output: str | Path,
    cells_output: str | Path,
    uncertainty_output: str | Path,
    settings: dict[str, Any],
    threads: int,
) -> None:
    """Separate and measure the cells of a block of frames.

    Parameters
    ----------
    maps : path
        The maps that `infer_movie` writes.
    image : path
        The movie as preprocessed, for intensities.
    labels_output : path
        Labels: uint32 (n_frames, Y, X), from 1 in each frame.
    cells_output : path
        Parquet: `frame` (of the movie), then the columns of `measure_frame`; one row a cell a frame.
    uncertainty_output : path
        Where the model is uncertain: `uncertainty_grid` of each frame, uint8 (n_frames, y, x), as NumPy's .npy.
    settings : dict
        Fields of `InstanceSettings`.
    threads : int
        How many processes work on frames.
    """
    chosen = from_section(InstanceSettings, "instances", settings)
    stack, movie = open_stack(maps), open_image(image)
    first, n_frames = stack.attributes["first_frame"], stack.attributes["n_frames"]
    names = movie.channel_names
    jobs = ((stack.data, movie.data, names, index, first + index, chosen) for index in range(n_frames))
    tables: list[pd.DataFrame] = []
    uncertainties = [np.empty((0, *(-(-side // SQUARE_PX) for side in movie.data.shape[-2:])), np.uint8)]

    def labels() -> Iterator[np.ndarray]:
        for frame, cells, uncertainty in progress(_in_order(jobs, threads), n_frames, "instances"):
            tables.append(cells)
            uncertainties.append(uncertainty[None])
            yield frame

    attributes = {key: stack.attributes[key] for key in ("first_frame", "n_frames", "block", "n_blocks")}
    shape = movie.data.shape[-2:]
    write_stack(labels_output, labels(), n_frames=n_frames, frame_shape=shape, dtype=np.uint32, attributes=attributes)
    # a block without frames has the columns and types of one without cells
    no_cells = _with_frame(first, measure_frame(np.zeros((1, 1), int), movie.data[0, :, :1, :1], names))
    with atomic_file(cells_output) as temporary:
        pd.concat(tables or [no_cells], ignore_index=True).to_parquet(temporary, index=False)
    with atomic_file(uncertainty_output) as temporary, open(temporary, "wb") as file:
        np.save(file, np.concatenate(uncertainties))


def _one_frame(job: Job) -> OfFrame:
    """Labels, cells and uncertainty of one frame; a UserError where there are more cells than any frame has."""
    stack, image, channel_names, index, frame, settings = job
    maps = stack[index]
    labels = segment_frame(maps, settings)
    n_cells = int(labels.max(initial=0))
    if n_cells > MOST_CELLS_OF_A_FRAME:
        raise UserError(
            f"frame {frame}: {n_cells:,} cells were found; {MOST_CELLS_OF_A_FRAME:,} are allowed: compare model, "
            "channel and pixel_size_um in the sheet, or set instances.min_area_px, in pixels, above the size of specks"
        )
    cells = measure_frame(labels, image[frame], channel_names)
    return labels.astype(np.uint32), _with_frame(frame, cells), uncertainty_grid(maps)


def _with_frame(frame: int, cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with their frame as the first column."""
    cells.insert(0, "frame", np.full(len(cells), frame, dtype=np.int64))
    return cells


def _in_order(jobs: Iterator[Job], workers: int) -> Iterator[OfFrame]:
    """Results in the order of the jobs, with a bounded number of them under way."""
    if workers < 2:
        yield from map(_one_frame, jobs)
        return
    # anything but a fork would run the job's script once more in each worker; Python 3.14 no longer forks by itself
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        under_way = []
        for job in jobs:
            under_way.append(pool.submit(_one_frame, job))
            if len(under_way) >= FRAMES_AHEAD_PER_WORKER * workers:
                yield under_way.pop(0).result()
        while under_way:
            yield under_way.pop(0).result()
