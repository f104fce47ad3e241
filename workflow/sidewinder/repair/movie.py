"""Repairs a movie, frame by frame."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import pandas as pd

from sidewinder.link.tracked import Tracked
from sidewinder.progress import progress
from sidewinder.repair.frame import Cell, RepairedFrame, repair_frame
from sidewinder.repair.gaps import Absence, absences, between
from sidewinder.repair.masks import Labels
from sidewinder.repair.painting import joined_repairs, repairs_of
from sidewinder.repair.splits import join_splits
from sidewinder.repair.table import consume_and_join, is_changed
from sidewinder.repair.window import Window

log = logging.getLogger("sidewinder")

MARKS = ("missed", "merged", "split")
# what repair goes by
PLACES = ["frame", "label", "y_px", "x_px", "area_px", "track"]

# of a frame and its labels the cells: the columns of `Tracked.cells` but `frame`, `track` and `repaired`
Measure = Callable[[int, np.ndarray], pd.DataFrame]
# whether a frame is an image
IsImage = Callable[[int], bool]
# the pixels of a frame that hold no data, bool (Y, X), or None
Missing = Callable[[int], np.ndarray | None]

# a missing cell is put in if its track is seen at least so many times before, and as many times after, and not less
# often than it is missing; what comes and goes may be no cell
MIN_SEEN = 2
# a cell is separated if each of the two is seen so many times; what a model often has in two pieces is not two cells
MIN_SEEN_APART = 5


@dataclass(frozen=True)
class Repaired:
    """A movie after repair.

    Parameters
    ----------
    tracked : Tracked
        The cells; their column `repaired` says what was wrong with them: `missed`, `merged`, `split`, or nothing.
        Tracks have kept their numbers, but some of these are no longer used.
    repairs : DataFrame of int64
        `frame`, then as `repairs_of`: what to paint over the labels.
    """

    tracked: Tracked
    repairs: pd.DataFrame


def consume_and_repair(
    tracked: Tracked, read_labels: Callable[[int], np.ndarray], measure: Measure, is_image: IsImage, no_data: Missing
) -> Repaired:
    """Repair cells that are in two pieces, that are missing, or that are one with a neighbour.

    A frame that is no image, as when the shutter was closed, misses no cells: nothing is put into it, nor where there
    are no data.

    Only frames that have something to repair, and those beside gaps, are read; no more are held than the longest gap
    has, and the two beside it.

    Parameters
    ----------
    tracked : Tracked
        The cells. Their table is used up: what it holds of a large movie must not be held twice.
    read_labels : callable
        Gives the labels of a frame, int (Y, X).
    measure : callable
        Measures the cells of a frame that was changed.
    is_image : callable
        Whether a frame is an image; asked of frames that miss most of their cells.
    no_data : callable
        Gives the pixels of a frame that hold no data, bool (Y, X); None where all hold some.

    Returns
    -------
    Repaired
    """
    rows, track, parent, tables, repairs = _changes(tracked, read_labels, measure, is_image, no_data)
    cells = consume_and_join(tracked.cells, rows, track, tables)
    count = cells["repaired"].value_counts()
    log.info("repaired: %d cells missed, %d merged, %d split", *(count.get(mark, 0) for mark in MARKS))
    return Repaired(replace(tracked, cells=cells, parent=parent), joined_repairs(repairs))


def _changes(
    tracked: Tracked, read_labels: Callable[[int], np.ndarray], measure: Measure, is_image: IsImage, no_data: Missing
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[pd.DataFrame], dict[int, pd.DataFrame]]:
    """The rows that stay as they are, their tracks, the tracks' parents, the cells that changed, and the repairs."""
    narrow = tracked.cells[PLACES].assign(row=np.arange(len(tracked.cells)))
    whole, joined = join_splits(replace(tracked, cells=narrow), lambda frame: Labels(read_labels(frame)))
    missing = _missing(whole, is_image)
    window = Window(read_labels, joined, _last_use(whole, missing, joined), tracked.sides)
    stays, tables, repairs = np.ones(len(whole.cells), dtype=bool), [], {}
    frames = sorted({*missing, *joined})
    for frame in progress(frames, len(frames), "repair"):
        repaired = _repair_frame(whole, window, frame, missing.get(frame, []), no_data)
        repaired.marks |= dict.fromkeys(set(joined.get(frame, {}).values()) - set(repaired.marks), "split")
        if repaired.marks:
            here = slice(*np.searchsorted(whole.frame, [frame, frame + 1]))
            table = _measured(whole.cells[here], frame, repaired, measure)
            changed = is_changed(tracked.cells.iloc[whole.cells["row"].to_numpy()[here]], table)
            stays[here] = whole.cells["label"][here].isin(table["label"][~changed])
            tables.append(table[changed])
            repairs[frame] = repairs_of(window[frame].found, repaired.labels)
        window.forget(frame)
    return whole.cells["row"].to_numpy()[stays], whole.track[stays], whole.parent, tables, repairs


def _missing(whole: Tracked, is_image: IsImage) -> dict[int, list[Absence]]:
    """The cells that are to be put in, by their frames."""
    absent = (cell for cell in absences(whole) if cell.seen >= max(MIN_SEEN, cell.n_missing))
    missing = {frame: list(cells) for frame, cells in groupby(absent, key=lambda cell: cell.frame)}
    n_found = np.bincount(whole.frame, minlength=max(missing, default=0) + 1)
    return {frame: cells for frame, cells in missing.items() if len(cells) < n_found[frame] or is_image(frame)}


def _last_use(whole: Tracked, missing: dict[int, list[Absence]], joined: dict[int, dict[int, int]]) -> dict[int, int]:
    """The last frame that each frame is needed for, of those that will be read."""
    last = {frame: frame for frame in (*missing, *joined)}
    for now, cells in missing.items():
        for end in {int(whole.frame[row]) for cell in cells for row in (cell.before, cell.after)}:
            last[end] = max(last.get(end, end), now)
    return last


def _repair_frame(
    whole: Tracked, window: Window, frame: int, missing: list[Absence], no_data: Missing
) -> RepairedFrame:
    """A frame with its missing cells."""
    label = whole.cells["label"].to_numpy()

    def cell(absent: Absence) -> Cell:
        mask = window[int(whole.frame[absent.donor])].joined.mask(int(label[absent.donor]))
        usual_px = whole.usual_area_px(np.array([absent.before]), np.array([absent.after]))[0]
        return Cell(absent.track, mask.moved(absent.shift_yx), float(usual_px))

    def host_of(covering: int, guest: Cell) -> Cell | None:
        if (frame, covering) in whole.corrected:
            return None
        absent = by_track[guest.track]
        host = _in_place_of(whole, whole.track[whole.row_of_label(frame, covering)], absent)
        return None if host is None or min(host.seen, absent.seen) < MIN_SEEN_APART else cell(host)

    by_track = {absent.track: absent for absent in missing}
    # read only where something may be painted
    unseen = no_data(frame) if missing else None
    return repair_frame(window[frame].joined, map(cell, by_track.values()), host_of, unseen)


def _in_place_of(whole: Tracked, track: int, absent: Absence) -> Absence | None:
    """A cell as if it were missing together with another; None if it is not there at both ends of the other's gap."""
    ends = whole.frame[[absent.before, absent.after]]
    rows = whole.first_from(np.array([track, track]), ends)
    if (rows < 0).any() or (whole.frame[rows] != ends).any():
        return None
    before, after = rows[:, None]
    return between(whole, before, after, np.array([absent.frame]))[0]


def _measured(before: pd.DataFrame, frame: int, repaired: RepairedFrame, measure: Measure) -> pd.DataFrame:
    """All cells of a frame that was changed, by what is known of those that were there before."""
    track_of = dict(zip(before["label"], before["track"], strict=True)) | repaired.track_of
    cells = measure(frame, repaired.labels)
    label = cells["label"]
    return cells.assign(
        frame=frame,
        track=label.map(track_of).astype(np.int64),
        repaired=label.map(lambda one: repaired.marks.get(one, "")),
    )
