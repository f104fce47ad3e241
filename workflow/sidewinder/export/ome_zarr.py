"""What a person opens: the movie and its tracked cells in one OME-Zarr."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sidewinder.colours import lineage_colour
from sidewinder.errors import UserError
from sidewinder.links import link_or_copy
from sidewinder.progress import progress
from sidewinder.repair import paint
from sidewinder.store import Blocks, atomic_folder, open_image, set_scales, write_labels
from sidewinder.store.table import read_frame

# in place of the track of a label that is not in the table
UNKNOWN = np.int64(-1)
# tracks, at about 300 bytes each
MOST_DESCRIBED = 5_000


def publish(
    *,
    image: str | Path,
    labels: list[str | Path],
    label_tracks: str | Path,
    repairs: str | Path,
    lineage: str | Path,
    output: str | Path,
    frame_interval_s: float | None = None,
    pixel_size_um: float | str | None = None,
) -> None:
    """Put the image and the labels of all blocks together, in which a pixel's value is then the track_id.

    The image's files are hard-linked where the file system allows it, so that the movie takes no room twice; they are
    copied elsewhere.

    Parameters
    ----------
    image : str or Path
        The preprocessed image.
    labels : list of str or Path
        The label stacks of the movie's blocks, in any order.
    label_tracks : str or Path
        The table that says which label of which frame belongs to which track: `frame`, `label`, `track_id`, which is 0
        for a label that is left out.
    repairs : str or Path
        The table of what was repaired of the labels: `frame`, then the columns of `repairs_of`.
    lineage : str or Path
        The table of tracks. Of up to 5,000, viewers learn the colour of their lineage, `lineage_id` and
        `parent_track_id`; more would make the header of the labels slow to read.
    output : str or Path
        The OME-Zarr to write, with the image and `labels/cells`.
    frame_interval_s : float or None
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.

    Raises
    ------
    UserError
        If the blocks do not cover the image's frames, or a labelled cell is not in the table.
    """
    n_frames = open_image(image).data.shape[0]
    blocks = Blocks(labels)
    if blocks.frames != list(range(n_frames)):
        raise UserError(
            f"{image}: has {n_frames} frames, but the blocks of labels hold {len(blocks)}, not each frame once; "
            f"remove the movie's folder under work and run again"
        )
    table = read_frame(label_tracks, columns=["frame", "label", "track_id"])
    largest = int(table["track_id"].max()) if len(table) else 0
    frames = progress(_tracked_frames(blocks, table, read_frame(repairs)), n_frames, "publish")
    with atomic_folder(output) as temporary:
        # Snakemake's time stamp of the image is no part of it, and must not be touched together with this store's
        ignored = shutil.ignore_patterns(".snakemake_timestamp")
        shutil.copytree(image, temporary, copy_function=link_or_copy, ignore=ignored, dirs_exist_ok=True)
        if frame_interval_s is not None or pixel_size_um is not None:
            set_scales(temporary, frame_interval_s, pixel_size_um)
        write_labels(temporary, frames, largest_label=largest, **_described(pd.read_csv(lineage)))


def _described(tracks: pd.DataFrame) -> dict[str, dict[int, Any]]:
    """What viewers are told of tracks."""
    if len(tracks) > MOST_DESCRIBED:
        return {}
    columns = (tracks[name].tolist() for name in ("track_id", "lineage_id", "parent_track_id"))
    rows = list(zip(*columns, strict=True))
    return {
        "colours": {track: lineage_colour(lineage) for track, lineage, _ in rows},
        "properties": {track: {"lineage_id": lineage, "parent_track_id": parent} for track, lineage, parent in rows},
    }


def _tracked_frames(blocks: Blocks, label_tracks: pd.DataFrame, repairs: pd.DataFrame) -> Iterator[np.ndarray]:
    """Yield the frames with track_ids for labels, int64 (Y, X)."""
    tracks_of, repairs_of = (dict(iter(table.groupby("frame"))) for table in (label_tracks, repairs))
    for frame in blocks.frames:
        labels = paint(blocks[frame], repairs_of.get(frame, repairs.iloc[:0]))
        rows = tracks_of.get(frame, label_tracks.iloc[:0])
        largest = max(int(labels.max(initial=0)), int(rows["label"].max()) if len(rows) else 0)
        track_of = np.full(largest + 1, UNKNOWN)
        track_of[0] = 0
        track_of[rows["label"].to_numpy()] = rows["track_id"].to_numpy()
        tracked = track_of[labels]
        lost = labels[tracked == UNKNOWN]
        if lost.size:
            raise UserError(
                f"{blocks.path_of(frame)}, frame {frame}: the cell with label {lost[0]} has no track, so labels and "
                f"tracks are not of the same run; remove the movie's folder under work and run again"
            )
        yield tracked
