"""The stage `plausibility`: what is not plausible in a movie, from the first picture to the last table."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from sidewinder.plausibility.beyond import check_ctc, check_pixel_size, check_reading
from sidewinder.plausibility.cells import check_border, check_giants
from sidewinder.plausibility.channels import check_channel
from sidewinder.plausibility.counts import check_changes, check_empty_frames, check_no_cells
from sidewinder.plausibility.edits import check_edits
from sidewinder.plausibility.fit import Segmented, card_of, check_fit, expected_diameters
from sidewinder.plausibility.ground import check_ground
from sidewinder.plausibility.light import check_no_image, check_saturated, measure_light
from sidewinder.plausibility.small import check_left_out
from sidewinder.plausibility.warning import KINDS, MovieWarning
from sidewinder.preprocess import channel_indices
from sidewinder.preprocess.no_image import KINDS as NO_IMAGE
from sidewinder.progress import progress
from sidewinder.store import Image, open_image, write_rows
from sidewinder.store.left_out import read_left_out
from sidewinder.store.table import read_frame, read_made_of

log = logging.getLogger("sidewinder")

# kinds of which `preprocess` has warned on the terminal; the end of the run says them once more
SAID_BEFORE = frozenset({*NO_IMAGE, "raw_data"})
COLUMNS = ("movie", "kind", "first_frame", "last_frame", "message")


def check_movie(
    *,
    image: str | Path,
    cells: Sequence[str | Path],
    uncertainty: Sequence[str | Path],
    tracks: str | Path,
    model: str | Path,
    output: str | Path,
    movie: str,
    channel: str,
    pixel_size_um: float | str | None = None,
    ctc: bool = False,
) -> None:
    """Look for what is not plausible in a movie and its cells, and write a table of warnings.

    Parameters
    ----------
    image : path
        The movie as preprocessed.
    cells, uncertainty : sequence of path
        The cell tables and the model's uncertainty of all blocks, in order.
    tracks : path
        Parquet: one row a cell a frame.
    model : path or ""
        The model's folder, or a package; empty where the label images are the user's own.
    output : path
        The CSV to write: `movie, kind, first_frame, last_frame, message`, sorted by the order of `KINDS` and by frame;
        only the header where there is nothing to warn of.
    movie : str
        The movie's name.
    channel : str
        The channel that was segmented, by name or index from 0; of several, separated by commas, the first.
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.
    ctc : bool
        Whether the movie is exported for the Cell Tracking Challenge.
    """
    opened = open_image(image, pixel_size_um=pixel_size_um)
    found = pd.concat([read_frame(path, columns=["frame", "area_px", "touches_border"]) for path in cells])
    tracked = read_frame(tracks, columns=["track_id", "parent_track_id", "frame", "area_px", "repaired"])
    uncertain = np.concatenate([np.load(path).mean(axis=(1, 2)) / 255 for path in uncertainty])
    left_out = [n for path in cells for n in read_left_out(path)]
    n_left_out = np.array(left_out or [0] * opened.data.shape[0])
    warnings = _warnings(opened, channel, found, tracked, uncertain, n_left_out, Path(model) if model else None)
    warnings += check_ctc(tracked, len(n_left_out)) if ctc else []
    warnings += check_edits(read_made_of(tracks).get("edits_do_not_hold", []), movie)
    for warning in warnings:
        level = logging.INFO if warning.kind in SAID_BEFORE else logging.WARNING
        log.log(level, "plausibility: WARNING: %s: %s", warning.kind, warning.message)
    write_rows(output, COLUMNS, ({"movie": movie, **asdict(warning)} for warning in warnings))


def _warnings(
    image: Image,
    channel: str,
    cells: pd.DataFrame,
    tracks: pd.DataFrame,
    uncertainty: np.ndarray,
    n_left_out: np.ndarray,
    model: Path | None,
) -> list[MovieWarning]:
    """All warnings of a movie, in the order of their kinds."""
    n_frames, _, height, width = image.data.shape
    (index, *_) = channel_indices(image.channel_names, channel)
    light = measure_light(progress((image.seen(frame, index) for frame in range(n_frames)), n_frames, "plausibility"))
    counts = np.bincount(cells["frame"], minlength=n_frames)
    seen_px = height * width if image.outside is None else int(np.count_nonzero(~image.outside))
    segmented = Segmented(cells, tracks, uncertainty, seen_px)
    diameters_px = expected_diameters(model, image.pixel_size_um) if model else None
    card = card_of(model) if model else {}
    found = [
        *check_fit(segmented, diameters_px, by_model=bool(model)),
        *check_channel(image, index),
        *check_pixel_size(image, card),
        *check_reading(image),
        *check_no_cells(counts),
        *check_empty_frames(counts, image.has_no_image),
        *check_changes(counts, _born(tracks, n_frames)),
        *check_no_image(image.no_image, light),
        *check_saturated(light, image.has_no_image),
        *(check_giants(cells, height * width) or check_ground(image, index, card)),
        *check_left_out(n_left_out, counts, diameters_px),
        *check_border(cells, n_frames),
    ]
    return sorted(found, key=lambda warning: (KINDS.index(warning.kind), warning.first_frame))


def _born(tracks: pd.DataFrame, n_frames: int) -> np.ndarray:
    """How many more cells there are in each frame than before because cells have divided, shape (n_frames,)."""
    daughters = tracks[tracks["parent_track_id"] > 0].drop_duplicates("track_id")
    mothers = daughters.drop_duplicates("parent_track_id")
    return np.bincount(daughters["frame"], minlength=n_frames) - np.bincount(mothers["frame"], minlength=n_frames)
