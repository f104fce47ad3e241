"""Finds cells that are missing between two frames of their track, and where they would be."""

from dataclasses import dataclass

import numpy as np

from sidewinder.link.tracked import Tracked


@dataclass(frozen=True)
class Absence:
    """A cell that a frame does not have.

    Parameters
    ----------
    frame, track : int
        The frame, and the track of the cell that it lacks.
    before, after : int
        The rows of the cells of its track between which it is missing.
    donor : int
        The one of the two that is nearer in time; the earlier one, where both are as near.
    n_missing : int
        Number of frames on end in which the cell is missing.
    seen : int
        How many times its track was seen before, or is seen after, whichever is less.
    shift_yx : tuple of int
        How far the donor's pixels are moved, in rows and columns.
    """

    frame: int
    track: int
    before: int
    after: int
    donor: int
    n_missing: int
    seen: int
    shift_yx: tuple[int, int]


def absences(tracked: Tracked) -> list[Absence]:
    """The cells that are missing, sorted by frame, then by track."""
    frame, before, after = tracked.frame, tracked.order[:-1], tracked.order[1:]
    n_missing = np.where(tracked.track[before] == tracked.track[after], frame[after] - frame[before] - 1, 0)
    begins = np.cumsum(n_missing) - n_missing
    before, after, begins = (np.repeat(rows, n_missing) for rows in (before, after, begins))
    when = frame[before] + 1 + np.arange(len(before)) - begins
    found = np.lexsort((tracked.track[before], when))
    return between(tracked, before[found], after[found], when[found])


def between(tracked: Tracked, before: np.ndarray, after: np.ndarray, frame: np.ndarray) -> list[Absence]:
    """Cells between two rows of a track, as if they were missing there; arrays of shape (N,)."""
    sooner = frame - tracked.frame[before] <= tracked.frame[after] - frame
    donor, track = np.where(sooner, before, after), tracked.track[before]
    seen = np.minimum(tracked.nth[before] + 1, tracked.length[track] - tracked.nth[after])
    moved = tracked.expected_px(before, after, frame) - tracked.yx_px[donor]
    shift = np.rint(moved / tracked.sides).astype(int)
    n_missing = tracked.frame[after] - tracked.frame[before] - 1
    numbers = np.stack([frame, track, before, after, donor, n_missing, seen]).tolist()
    return [Absence(*row) for row in zip(*numbers, map(tuple, shift.tolist()), strict=True)]
