"""What the stage `instances` writes of a block of frames, wherever the labels come from; frames in parallel."""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from sidewinder.errors import UserError
from sidewinder.instances.uncertainty import SQUARE_PX
from sidewinder.limits import MOST_CELLS_OF_A_FRAME
from sidewinder.measure import measure_frame
from sidewinder.progress import progress
from sidewinder.settings import MeasureSettings
from sidewinder.store import Image, atomic_file, write_stack
from sidewinder.store.left_out import write_cells

log = logging.getLogger("sidewinder")

# frames handed out ahead of the slowest worker: bounds memory, keeps workers busy
FRAMES_AHEAD_PER_WORKER = 4

# labels (Y, X), cells, uncertainty, how many objects were left out that may have been cells
OfFrame = tuple[np.ndarray, pd.DataFrame, np.ndarray, int]
Job = TypeVar("Job")


@dataclass(frozen=True)
class BlockOutputs:
    """Where the stage writes.

    Parameters
    ----------
    labels : path
        Labels: uint32 (n_frames, Y, X), from 1 in each frame.
    cells : path
        Parquet: `frame` (of the movie), then the columns of `measure_frame`; one row a cell a frame. Its metadata say
        how many objects were left out of each frame for their size, as `read_left_out` gives.
    uncertainty : path
        Where the model is uncertain: `uncertainty_grid` of each frame, uint8 (n_frames, y, x), as NumPy's .npy.
    """

    labels: str | Path
    cells: str | Path
    uncertainty: str | Path


def write_block(
    frames: Iterable[OfFrame], image: Image, place: dict[str, int], outputs: BlockOutputs, settings: MeasureSettings
) -> None:
    """Write the labels, cells and uncertainty of a block.

    Parameters
    ----------
    frames : iterable of (ndarray, DataFrame, ndarray, int)
        Of each frame its labels, its cells as of `measured`, its uncertainty and how many objects were left out, in
        order.
    image : Image
        The movie as preprocessed.
    place : dict
        `first_frame`, `n_frames`, `block` and `n_blocks`, which the labels' attributes hold.
    outputs : BlockOutputs
        Each appears when it is complete.
    settings : MeasureSettings
        What was measured.
    """
    shape, n_frames = image.data.shape[-2:], place["n_frames"]
    tables: list[pd.DataFrame] = []
    n_left_out: list[int] = []
    uncertainties = [np.empty((0, *(-(-side // SQUARE_PX) for side in shape)), np.uint8)]

    def labels() -> Iterator[np.ndarray]:
        for frame, cells, uncertainty, left_out in progress(frames, n_frames, "instances"):
            tables.append(cells)
            n_left_out.append(left_out)
            uncertainties.append(uncertainty[None])
            yield frame

    write_stack(outputs.labels, labels(), n_frames=n_frames, frame_shape=shape, dtype=np.uint32, attributes=place)
    # a block without frames has the columns and types of one without cells
    none = _numbered(measure_frame(np.zeros((1, 1), int), image.data[0, :, :1, :1], image.channel_names, settings), 0)
    write_cells(pd.concat(tables or [none], ignore_index=True), n_left_out, outputs.cells)
    if any(n_left_out):
        most = int(np.argmax(n_left_out))
        log.info(
            "instances: %d objects left out for their size in %d of %d frames, most of them in frame %d (%d); "
            "instances.min_area_px says from which area on they are kept",
            sum(n_left_out), np.count_nonzero(n_left_out), n_frames, place["first_frame"] + most, n_left_out[most],
        )  # fmt: skip
    with atomic_file(outputs.uncertainty) as temporary, open(temporary, "wb") as file:
        np.save(file, np.concatenate(uncertainties))


def measured(labels: np.ndarray, movie: Image, frame: int, settings: MeasureSettings) -> pd.DataFrame:
    """Measure the cells of a frame, whose number in the movie is the first column.

    Parameters
    ----------
    labels : ndarray, shape (Y, X)
        Labels from 1; none where there is no data.
    movie : Image
        The movie as preprocessed.
    frame : int
        The frame's number.
    settings : MeasureSettings
        What is measured beside what always is.

    Raises
    ------
    UserError
        If there are more than any frame has.
    """
    n_cells = int(labels.max(initial=0))
    if n_cells > MOST_CELLS_OF_A_FRAME:
        raise UserError(
            f"frame {frame}: {n_cells:,} cells were found; {MOST_CELLS_OF_A_FRAME:,} are allowed: compare model, "
            "channel and pixel_size_um in the sheet, or set instances.min_area_px, in pixels, above the size of specks"
        )
    cells = measure_frame(
        labels,
        movie.data[frame],
        movie.channel_names,
        settings,
        movie.missing(frame),
        outside=movie.outside,
        pixel_aspect=movie.pixel_aspect,
    )
    return _numbered(cells, frame)


def _numbered(cells: pd.DataFrame, frame: int) -> pd.DataFrame:
    """Cells with the number of their frame."""
    cells.insert(0, "frame", np.full(len(cells), frame, dtype=np.int64))
    return cells


def in_order(work: Callable[[Job], OfFrame], jobs: Iterable[Job], workers: int) -> Iterator[OfFrame]:
    """Results in the order of the jobs, with a bounded number of them under way."""
    if workers < 2:
        yield from map(work, jobs)
        return
    # anything but a fork would run the job's script once more in each worker; Python 3.14 no longer forks by itself
    with ProcessPoolExecutor(workers, get_context("fork"), _end_with_parent) as pool:
        under_way = []
        for job in jobs:
            under_way.append(pool.submit(work, job))
            if len(under_way) >= FRAMES_AHEAD_PER_WORKER * workers:
                yield under_way.pop(0).result()
        while under_way:
            yield under_way.pop(0).result()


def _end_with_parent() -> None:
    """End this worker when the job is killed: it would wait for frames for ever."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True, name="end_with_parent").start()
