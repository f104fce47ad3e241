"""Mends a movie, frame by frame."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import pandas as pd

from sidewinder.mend.frame import Cell, MendedFrame, mend_frame
from sidewinder.mend.gaps import Absence, absences, between
from sidewinder.mend.masks import Labels
from sidewinder.mend.patch import one_patch, patch_of
from sidewinder.mend.splits import join_splits
from sidewinder.mend.table import is_changed, together
from sidewinder.mend.tracked import Tracked
from sidewinder.mend.window import Window
from sidewinder.progress import progress

log = logging.getLogger("sidewinder")

MARKS = ("missed", "merged", "split")
# what mending goes by
PLACES = ["frame", "label", "y_px", "x_px", "area_px", "track"]

# of a frame and its labels the cells: the columns of `Tracked.cells` but `frame`, `track` and `mended`
Measure = Callable[[int, np.ndarray], pd.DataFrame]

# a missing cell is put in if its track is seen at least so many times before, and as many times after, and not less
# often than it is missing; what comes and goes may be no cell
LEAST_SEEN = 2
# a cell is parted if each of the two is seen so many times; what a model often has in two pieces is not two cells
LEAST_SEEN_APART = 5


@dataclass(frozen=True)
class Mended:
    """A movie after mending.

    Parameters
    ----------
    tracked : Tracked
        The cells; their column `mended` says what was wrong with them: `missed`, `merged`, `split`, or nothing. Tracks
        have kept their numbers, but some of these are no longer used.
    patch : DataFrame of int64
        `frame`, then as `patch_of`: what to paint over the labels.
    """

    tracked: Tracked
    patch: pd.DataFrame


def mend(tracked: Tracked, read_labels: Callable[[int], np.ndarray], measure: Measure) -> Mended:
    """Mend cells that are in two pieces, that are missing, or that are one with a neighbour.

    Only frames that have something to mend, and those beside gaps, are read; no more are held than the longest gap
    has, and the two beside it.

    Parameters
    ----------
    tracked : Tracked
        The cells. Their table is used up: what it holds of a large movie must not be held twice.
    read_labels : callable
        Gives the labels of a frame, int (Y, X).
    measure : callable
        Measures the cells of a frame that was changed.

    Returns
    -------
    Mended
    """
    rows, track, parent, tables, patches = _changes(tracked, read_labels, measure)
    cells = together(tracked.cells, rows, track, tables)
    count = cells["mended"].value_counts()
    log.info("mended: %d cells missed, %d merged, %d split", *(count.get(mark, 0) for mark in MARKS))
    return Mended(Tracked(cells, parent, tracked.moved_px), one_patch(patches))


def _changes(
    tracked: Tracked, read_labels: Callable[[int], np.ndarray], measure: Measure
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[pd.DataFrame], dict[int, pd.DataFrame]]:
    """The rows that stay as they are, their tracks, the tracks' parents, the cells that changed, and the patches."""
    narrow = tracked.cells[PLACES].assign(row=np.arange(len(tracked.cells)))
    whole, joined = join_splits(replace(tracked, cells=narrow), lambda frame: Labels(read_labels(frame)))
    absent = (cell for cell in absences(whole) if cell.seen >= max(LEAST_SEEN, cell.n_missing))
    missing = {frame: list(cells) for frame, cells in groupby(absent, key=lambda cell: cell.frame)}
    window = Window(read_labels, joined, _last_use(whole, missing, joined))
    stays, tables, patches = np.ones(len(whole.cells), dtype=bool), [], {}
    frames = sorted({*missing, *joined})
    for frame in progress(frames, len(frames), "mend"):
        mended = _mend_frame(whole, window, frame, missing.get(frame, []))
        mended.marks |= dict.fromkeys(set(joined.get(frame, {}).values()) - set(mended.marks), "split")
        if mended.marks:
            here = slice(*np.searchsorted(whole.frame, [frame, frame + 1]))
            table = _measured(whole.cells[here], frame, mended, measure)
            changed = is_changed(tracked.cells.iloc[whole.cells["row"].to_numpy()[here]], table)
            stays[here] = whole.cells["label"][here].isin(table["label"][~changed])
            tables.append(table[changed])
            patches[frame] = patch_of(window[frame].found, mended.labels)
        window.forget(frame)
    return whole.cells["row"].to_numpy()[stays], whole.track[stays], whole.parent, tables, patches


def _last_use(whole: Tracked, missing: dict[int, list[Absence]], joined: dict[int, dict[int, int]]) -> dict[int, int]:
    """Of each frame that will be read, the last one that it is needed for."""
    last = {frame: frame for frame in (*missing, *joined)}
    for now, cells in missing.items():
        for end in {int(whole.frame[row]) for cell in cells for row in (cell.before, cell.after)}:
            last[end] = max(last.get(end, end), now)
    return last


def _mend_frame(whole: Tracked, window: Window, frame: int, missing: list[Absence]) -> MendedFrame:
    """A frame with its missing cells."""
    label = whole.cells["label"].to_numpy()

    def cell(absent: Absence) -> Cell:
        mask = window[int(whole.frame[absent.donor])].joined.mask(int(label[absent.donor]))
        usual_px = whole.usual_area_px(np.array([absent.before]), np.array([absent.after]))[0]
        return Cell(absent.track, mask.moved(absent.shift_yx), float(usual_px))

    def host_of(covering: int, guest: Cell) -> Cell | None:
        absent = by_track[guest.track]
        host = _in_place_of(whole, whole.track[whole.row_of_label(frame, covering)], absent)
        return None if host is None or min(host.seen, absent.seen) < LEAST_SEEN_APART else cell(host)

    by_track = {absent.track: absent for absent in missing}
    return mend_frame(window[frame].joined, map(cell, by_track.values()), host_of)


def _in_place_of(whole: Tracked, track: int, absent: Absence) -> Absence | None:
    """A cell as if it were missing together with another; None if it is not there at both ends of the other's gap."""
    ends = whole.frame[[absent.before, absent.after]]
    rows = whole.first_from(np.array([track, track]), ends)
    if (rows < 0).any() or (whole.frame[rows] != ends).any():
        return None
    before, after = rows[:, None]
    return between(whole, before, after, np.array([absent.frame]))[0]


def _measured(before: pd.DataFrame, frame: int, mended: MendedFrame, measure: Measure) -> pd.DataFrame:
    """All cells of a frame that was changed, by what is known of those that were there before."""
    track_of = dict(zip(before["label"], before["track"], strict=True)) | mended.track_of
    cells = measure(frame, mended.labels)
    label = cells["label"]
    return cells.assign(
        frame=frame, track=label.map(track_of).astype(np.int64), mended=label.map(lambda one: mended.marks.get(one, ""))
    )
