"""The Cell Tracking Challenge's format: maskNNN.tif and res_track.txt.

Its rules (https://celltrackingchallenge.net, "Naming and file content conventions"): 16-bit masks, one a frame, whose
values are track labels; rows of label, first frame, last frame, parent; a label is present in every frame from first to
last; a parent ends before its children begin. A closed gap therefore becomes two tracks, the second the first one's
child.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tifffile

from sidewinder import ctc_labels
from sidewinder.errors import UserError
from sidewinder.names import LEFT_OUT
from sidewinder.pixel_size import height_and_width_um
from sidewinder.progress import progress
from sidewinder.store import Image, atomic_folder, open_image, open_labels
from sidewinder.store.table import read_frame

log = logging.getLogger("sidewinder")

UM_PER_CM = 1e4


def export_ctc(movie_zarr: str | Path, tracks_parquet: str | Path, lineage_csv: str | Path, output: str | Path) -> None:
    """Write a movie's tracks as a folder that the Cell Tracking Challenge's tools read.

    Parameters
    ----------
    movie_zarr : str or Path
        The published movie, in whose labels a pixel's value is the track_id.
    tracks_parquet, lineage_csv : str or Path
        The tables of its cells and of its tracks.
    output : str or Path
        The folder to write: `mask000.tif` ..., `res_track.txt`.

    Raises
    ------
    UserError
        If the labels and the table do not hold the same cells.
    """
    labels, sides_um = open_labels(movie_zarr), _sides_um(open_image(movie_zarr))
    cells = read_frame(tracks_parquet, columns=["track_id", "frame"])
    parents = pd.read_csv(lineage_csv).set_index("track_id")["parent_track_id"]
    cells, rows = split_gaps(cells, parents)
    largest = int(rows[:, 0].max(initial=0))
    if largest > ctc_labels.LARGEST_LABEL:
        _leave_out(output, ctc_labels.left_out(len(rows), largest))
        return
    by_frame = dict(iter(cells.groupby("frame")))
    n_frames = labels.shape[0]
    digits = frame_digits(n_frames)
    with atomic_folder(output) as temporary:
        for frame in progress(range(n_frames), n_frames, "ctc"):
            expected = by_frame.get(frame, cells.iloc[:0])
            mask = _mask(labels[frame], expected, f"{movie_zarr}, frame {frame}")
            write_mask(temporary / f"mask{frame:0{digits}}.tif", mask, sides_um)
        write_track_rows(temporary / "res_track.txt", rows)


def _sides_um(image: Image) -> tuple[float, float] | None:
    """Height and width of a pixel."""
    return None if image.pixel_size_um is None else height_and_width_um(image.pixel_size_um, image.pixel_aspect)


def split_gaps(cells: pd.DataFrame, parents: pd.Series) -> tuple[pd.DataFrame, np.ndarray]:
    """Cut tracks at their gaps, since a label has to be in every frame of its track.

    Parameters
    ----------
    cells : DataFrame
        `track_id`, `frame`.
    parents : Series
        `parent_track_id` by `track_id`; 0 is none.

    Returns
    -------
    cells : DataFrame
        `track_id`, `frame`, `label`, sorted by `track_id`, `frame`. The first piece of a track keeps the track_id, the
        others get new labels after the largest track_id.
    rows : ndarray, int64 (n, 4)
        Label, first frame, last frame, parent, sorted by label.
    """
    cells = cells.sort_values(["track_id", "frame"], ignore_index=True)
    begins_track = cells["track_id"].ne(cells["track_id"].shift())
    follows_gap = ~begins_track & cells["frame"].diff().gt(1)
    new_labels = cells["track_id"].max() + follows_gap.cumsum()
    piece = (begins_track | follows_gap).cumsum()
    label = cells["track_id"].where(begins_track, new_labels.where(follows_gap)).ffill()
    cells = cells.assign(label=label.astype(np.int64))
    pieces = cells.groupby(piece).agg(
        track_id=("track_id", "first"), label=("label", "first"), first=("frame", "min"), last=("frame", "max")
    )
    last_piece = pieces.groupby("track_id")["label"].last()
    mother = pieces["track_id"].map(parents).map(last_piece).fillna(0)
    before = pieces.groupby("track_id")["label"].shift()
    rows = pieces.assign(parent=before.fillna(mother)).sort_values("label")
    return cells, rows[["label", "first", "last", "parent"]].to_numpy(np.int64)


def frame_digits(n_frames: int) -> int:
    """How many digits the challenge's file names have: three, or four for more than 1000 frames."""
    return 3 if n_frames <= 1000 else 4


def write_mask(path: Path, labels: np.ndarray, sides_um: tuple[float, float] | None = None) -> None:
    """Write one frame's labels, uint16 (Y, X), as a compressed TIFF without anything that changes from run to run.

    Where height and width of a pixel are known, they stand in it as its resolution, in pixels per centimetre.
    """
    scale: dict[str, Any] = {}
    if sides_um is not None:
        height_um, width_um = sides_um
        scale = {"resolution": (UM_PER_CM / width_um, UM_PER_CM / height_um), "resolutionunit": "CENTIMETER"}
    how: dict[str, Any] = {"compression": "zlib", "photometric": "minisblack", "metadata": None, "software": False}
    tifffile.imwrite(path, labels, **how, **scale)


def write_track_rows(path: Path, rows: np.ndarray) -> None:
    """Write rows of label, first frame, last frame, parent as the challenge's text file."""
    path.write_text("".join("{} {} {} {}\n".format(*row) for row in rows.tolist()), encoding="ascii")


def _leave_out(output: str | Path, text: str) -> None:
    """Write in place of the export why there is none."""
    log.warning("ctc: WARNING: %s", text)
    with atomic_folder(output) as temporary:
        (temporary / LEFT_OUT).write_text(text + "\n", encoding="utf-8")


def _mask(labels: np.ndarray, expected: pd.DataFrame, where: str) -> np.ndarray:
    """Exchange track_ids for the labels of their pieces; complain where labels and table differ."""
    present = np.unique(labels)
    differing = np.setxor1d(present[present > 0], expected["track_id"])
    if differing.size:
        raise UserError(
            f"{where}: track {differing[0]} is not in both the labels and the table of tracks, so they are not of the "
            f"same run; remove the movie's results and run again"
        )
    to_label = np.zeros(int(present.max(initial=0)) + 1, np.uint16)
    to_label[expected["track_id"].to_numpy()] = expected["label"].to_numpy()
    return to_label[labels]
