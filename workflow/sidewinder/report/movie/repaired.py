"""What repair changed: cells before and after, as small pictures with outlines."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image as Picture
from skimage.segmentation import find_boundaries

from sidewinder.colours import LINEAGES
from sidewinder.pixel_size import scaled
from sidewinder.repair import paint
from sidewinder.report.movie.images import Contrast, as_webp
from sidewinder.report.movie.outlines import nearest
from sidewinder.report.one_file import as_base64
from sidewinder.store.image import Image
from sidewinder.store.table import read_frame

KINDS = ("missed", "merged", "split")
# of each kind; nobody looks at more
MOST_OF_KIND = 8
PICTURE_PX, QUALITY = 144, 75
# how much is shown around a cell, in its diameters
DIAMETERS, SMALLEST_PX = 3.0, 24
REPAIRED, OTHERS = LINEAGES[0], LINEAGES[1]


def facts_of_repairs(
    image: Image, labels: Any, cells: pd.DataFrame, repairs: Path, label_tracks: Path, channel: int, contrast: Contrast
) -> list[dict[str, Any]]:
    """Cells that repair has changed, spread over the movie, before and after.

    Parameters
    ----------
    image : Image
        The published movie.
    labels : array (T, Y, X)
        Its labels, in which a pixel's value is its track.
    cells : DataFrame
        The table of cells, `track_id, frame, y_px, x_px, repaired`, and `area_px`.
    repairs, label_tracks : Path
        The tables that `track` has written: what was painted over the labels, and which label is which track.
    channel : int
        The channel to show.
    contrast : Contrast
        Its contrast.

    Returns
    -------
    list of dict
        `kind`, `track`, `frame`, and the pictures `before` and `after`, by frame. At most `MOST_OF_KIND` of each kind.
    """
    chosen = _chosen(cells)
    painted, known = read_frame(repairs), read_frame(label_tracks)
    found = []
    for frame in np.unique(chosen["frame"]).tolist():
        after = np.asarray(labels[frame]).astype(np.int64)
        before = labels_before(after, painted[painted["frame"] == frame], known[known["frame"] == frame])
        grey = contrast.apply(image.filled(frame, [channel])[0])
        for row in chosen[chosen["frame"] == frame].itertuples():
            cut, own = _window(row, after.shape), after == row.track_id
            seen = [_drawn(grey[cut], of[cut], own[cut], image.pixel_aspect) for of in (before, after)]
            about = {"kind": row.repaired, "track": row.track_id, "frame": frame}
            found.append(about | {"before": seen[0], "after": seen[1]})
    return found


def labels_before(after: np.ndarray, repairs: pd.DataFrame, label_tracks: pd.DataFrame) -> np.ndarray:
    """Labels of a frame as they were found.

    Parameters
    ----------
    after : ndarray of int64, shape (Y, X)
        Labels as published: a pixel's value is its track.
    repairs, label_tracks : DataFrame
        The rows of the frame.

    Returns
    -------
    ndarray of int64, shape (Y, X)
        Tracks where a label that was found is one; other labels are negative.
    """
    track_of = dict(zip(label_tracks["label"].tolist(), label_tracks["track_id"].tolist(), strict=True))
    was = [track_of.get(label, 0) or -label for label in repairs["before"].tolist()]
    return paint(after, repairs.assign(label=was))


def _chosen(cells: pd.DataFrame) -> pd.DataFrame:
    """A few of each kind, spread over the movie."""
    tables = []
    for kind in KINDS:
        of_kind = cells[cells["repaired"] == kind].sort_values(["frame", "track_id"])
        places = np.linspace(0, len(of_kind) - 1, min(len(of_kind), MOST_OF_KIND)).round().astype(int)
        tables.append(of_kind.iloc[places])
    return pd.concat(tables)


def _window(row: Any, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """What is shown of a frame."""
    half = max(DIAMETERS * 2 * np.sqrt(row.area_px / np.pi), SMALLEST_PX) / 2
    y, x = (
        slice(max(int(middle - half), 0), min(int(middle + half) + 1, side))
        for middle, side in zip((row.y_px, row.x_px), shape, strict=True)
    )
    return y, x


def _drawn(grey: np.ndarray, labels: np.ndarray, own: np.ndarray, aspect: float) -> str:
    """A picture with outlines, those of the repaired cell in a colour of their own, as the address of an image."""
    shape = scaled(grey.shape, PICTURE_PX / max(scaled(grey.shape, 1, aspect)), aspect)
    large = Picture.fromarray(grey).resize(shape[::-1], Picture.Resampling.BICUBIC)
    picture = np.repeat(np.asarray(large)[:, :, None], 3, axis=2)
    drawn = nearest(labels, shape)
    lines = find_boundaries(drawn, mode="inner")
    # two pixels wide: lossy pictures have half as many pixels of colour
    lines |= find_boundaries(np.where(lines, 0, drawn), mode="inner")
    of_own = np.isin(drawn, np.setdiff1d(np.unique(labels[own]), [0]))
    picture[lines] = OTHERS
    picture[lines & of_own] = REPAIRED
    return f"data:image/webp;base64,{as_base64(as_webp(picture, shape, QUALITY))}"
