"""Puts cells into a frame that does not have them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import compress

import numpy as np

from sidewinder.repair.masks import Box, Labels, Mask

# a cell is put in where at least this share of it has room; and the one that it is merged with covers as much of it
MIN_SHARE = 0.5


@dataclass(frozen=True)
class Cell:
    """A cell as it should be in a frame.

    Parameters
    ----------
    track : int
        The cell's track.
    mask : Mask
        The pixels where the cell would be.
    usual_px : float
        The cell's area before and after.
    """

    track: int
    mask: Mask
    usual_px: float


@dataclass
class RepairedFrame:
    """A frame's labels, and what was done to them.

    Parameters
    ----------
    labels : ndarray of int64, shape (Y, X)
        Those of cells that were put in are larger than all others.
    largest : int
        The largest label so far.
    track_of : dict of int to int
        The tracks of the labels that were put in.
    marks : dict of int to str
        `missed` for cells that were put in where there was nothing, `merged` for those that share what was one.
    """

    labels: np.ndarray
    largest: int
    track_of: dict[int, int] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)

    def add(self, track: int, mark: str) -> int:
        """A new label."""
        self.largest += 1
        self.track_of[self.largest], self.marks[self.largest] = track, mark
        return self.largest


def repair_frame(
    labels: Labels,
    missing: Iterable[Cell],
    host_of: Callable[[int, Cell], Cell | None],
    no_data: np.ndarray | None = None,
) -> RepairedFrame:
    """Put missing cells into a frame.

    Where a cell would be on background it is painted, and others keep their pixels. Where it is covered by a single
    one that is as large as both, that one's pixels go to the nearest of them. Else the cell stays missing.

    Parameters
    ----------
    labels : Labels
        Labels of the frame; they stay as they are.
    missing : iterable of Cell
        New labels are given in their order, first to those that were merged.
    host_of : callable
        Gives for a label, and a missing cell that it covers, what the label would be without; None where that is not
        known.
    no_data : ndarray of bool, optional, shape (Y, X)
        Pixels that hold no data, which are no background to paint on.

    Returns
    -------
    RepairedFrame
    """
    repaired = RepairedFrame(labels.values.astype(np.int64), largest=len(labels.boxes))
    alone: list[Cell] = []
    guests: dict[int, list[Cell]] = {}
    for cell in missing:
        box, inside = cell.mask.within(repaired.labels.shape)
        found, pixels = np.unique(repaired.labels[box][inside], return_counts=True)
        enough = found[pixels >= MIN_SHARE * cell.mask.area_px].tolist()
        if 0 in enough:
            alone.append(cell)
        elif enough:
            guests.setdefault(enough[0], []).append(cell)
    for label, cells in sorted(guests.items()):
        _separate(repaired, label, labels.boxes[label - 1], cells, host_of(label, cells[0]))
    _paint(repaired, alone, np.array(False) if no_data is None else no_data)
    return repaired


def _separate(repaired: RepairedFrame, label: int, box: Box, guests: list[Cell], host: Cell | None) -> None:
    """Share the pixels of a label among those that it is taken for, if it is large enough for all."""
    there = repaired.labels[box] == label
    if host is None or np.count_nonzero(there) < host.usual_px + sum(guest.usual_px for guest in guests) / 2:
        return
    cells = [host, *guests]
    nearest = np.argmin([cell.mask.distance_in(box) for cell in cells], axis=0)
    shares = [there & (nearest == index) for index in range(len(cells))]
    if any(np.count_nonzero(s) < MIN_SHARE * c.usual_px for s, c in zip(shares, cells, strict=True)):
        return
    repaired.marks[label] = "merged"
    for guest, share in zip(guests, shares[1:], strict=True):
        repaired.labels[box][share] = repaired.add(guest.track, "merged")


def _paint(repaired: RepairedFrame, cells: list[Cell], no_data: np.ndarray) -> None:
    """Paint cells on background with data; of two in the same place a pixel goes to the one in which it lies deeper."""
    if not cells:
        return
    free, depth = (repaired.labels == 0) & ~no_data, np.zeros(repaired.labels.shape, np.float32)
    # which of the cells has a pixel, from 1
    owner = np.zeros(repaired.labels.shape, np.int32)
    for number, cell in enumerate(cells, start=1):
        box, inside = cell.mask.within(free.shape)
        distance = cell.mask.distance_in(box)
        taken = inside & free[box] & (distance < depth[box])
        owner[box][taken], depth[box][taken] = number, distance[taken]
    pixels = np.bincount(owner.ravel(), minlength=len(cells) + 1)[1:]
    enough = [n >= MIN_SHARE * cell.mask.area_px for n, cell in zip(pixels, cells, strict=True)]
    if not all(enough):
        _paint(repaired, list(compress(cells, enough)), no_data)
        return
    label_of = np.array([0, *(repaired.add(cell.track, "missed") for cell in cells)])
    repaired.labels[owner > 0] = label_of[owner[owner > 0]]
