"""Regions of frames that a person should look at next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from sidewinder.instances.uncertainty import SQUARE_PX

# two regions of a movie that lie on each other are so many frames apart
FRAMES_APART = 10
# so many of a movie's frames at most are candidates: the most uncertain region of each, the most uncertain frames
CANDIDATES_A_MOVIE = 200
# a cell is the same in the next frame if half of it is covered by a cell there
COVERED = 0.5


class Frames(Protocol):
    """An array (T, Y, X), in memory or not."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: tuple[int, slice, slice]) -> np.ndarray: ...


@dataclass(frozen=True)
class Region:
    """A rectangle of a frame.

    Parameters
    ----------
    movie : str
        The movie's name.
    frame, y_px, x_px : int
        The frame and the first row and column.
    height_px, width_px : int
        The size of the region.
    uncertainty : float
        How undecided the model is there, from 0 to 1, and more where cells come and go from frame to frame.
    """

    movie: str
    frame: int
    y_px: int
    x_px: int
    height_px: int
    width_px: int
    uncertainty: float

    @property
    def place(self) -> tuple[slice, slice]:
        """The region's rows and columns."""
        return slice(self.y_px, self.y_px + self.height_px), slice(self.x_px, self.x_px + self.width_px)

    def is_near(self, other: "Region") -> bool:
        """Whether another region shows much the same: it overlaps, in a frame close by."""
        return (
            self.movie == other.movie
            and abs(self.frame - other.frame) < FRAMES_APART
            and abs(self.y_px - other.y_px) < min(self.height_px, other.height_px)
            and abs(self.x_px - other.x_px) < min(self.width_px, other.width_px)
        )


def candidates(movie: str, uncertainty: np.ndarray, shape_yx: tuple[int, int], region_px: int) -> list[Region]:
    """The most uncertain region of each frame of a movie, the most uncertain first.

    Parameters
    ----------
    movie : str
        The movie's name.
    uncertainty : ndarray, shape (T, ceil(Y / SQUARE_PX), ceil(X / SQUARE_PX)), uint8
        The grid from `sidewinder.instances.uncertainty`.
    shape_yx : tuple of int
        Shape of the frames.
    region_px : int
        Side of a region; where frames are smaller, they are the region.

    Returns
    -------
    regions : list of Region
    """
    sides = [min(region_px, size) for size in shape_yx]
    steps = [min(-(-side // SQUARE_PX), cells) for side, cells in zip(sides, uncertainty.shape[1:], strict=True)]
    windows = np.lib.stride_tricks.sliding_window_view(uncertainty, steps, axis=(1, 2)).mean(axis=(3, 4)) / 255
    best = windows.reshape(len(uncertainty), -1).argmax(axis=1)
    found = []
    for frame, (row, column) in enumerate(zip(*np.unravel_index(best, windows.shape[1:]), strict=True)):
        y, x = (
            min(int(cell) * SQUARE_PX, size - side)
            for cell, size, side in zip((row, column), shape_yx, sides, strict=True)
        )
        found.append(Region(movie, frame, y, x, sides[0], sides[1], round(float(windows[frame, row, column]), 4)))
    return sorted(found, key=lambda region: (-region.uncertainty, region.frame))[:CANDIDATES_A_MOVIE]


def unstable_share(region: Region, labels: Frames) -> float:
    """The share of a region's cells that neither the frame before nor the frame after has.

    Parameters
    ----------
    region : Region
        The region to look at.
    labels : array-like, shape (T, Y, X), int
        Labels of all frames; no more is read than the region.

    Returns
    -------
    share : float
        0 without cells, and in a movie of one frame.
    """
    here = labels[region.frame, *region.place]
    cells, area_px = np.unique(here[here > 0], return_counts=True)
    beside = [frame for frame in (region.frame - 1, region.frame + 1) if 0 <= frame < len(labels)]
    if not len(cells) or not beside:
        return 0.0
    kept = np.zeros(len(cells), bool)
    for frame in beside:
        there = labels[frame, *region.place]
        covered = np.bincount(np.searchsorted(cells, here[(here > 0) & (there > 0)]), minlength=len(cells))
        kept |= covered >= COVERED * area_px
    return float(1 - kept.mean())


def weighted(region: Region, labels: Frames) -> Region:
    """A region made more uncertain by the share of its cells that come and go; see `unstable_share`."""
    return replace(region, uncertainty=round(region.uncertainty * (1 + unstable_share(region, labels)), 4))


def choose(regions: Sequence[Region], earlier: Sequence[Region], n: int) -> list[Region]:
    """The most uncertain regions that do not show what is shown already.

    Parameters
    ----------
    regions : sequence of Region
        Candidates of all movies.
    earlier : sequence of Region
        Regions that have been suggested before.
    n : int
        How many to choose; fewer where there are no more.

    Returns
    -------
    regions : list of Region
        The most uncertain first. Movies take turns, so that one bad movie does not take all places.
    """
    chosen: list[Region] = []
    left = sorted(regions, key=lambda region: (-region.uncertainty, region.movie, region.frame))
    counts = {region.movie: 0 for region in left}
    for region in earlier:
        counts[region.movie] = counts.get(region.movie, 0) + 1
    while len(chosen) < n:
        left = [region for region in left if not any(region.is_near(other) for other in (*earlier, *chosen))]
        if not left:
            break
        fewest = min(counts[region.movie] for region in left)
        taken = next(region for region in left if counts[region.movie] == fewest)
        counts[taken.movie] += 1
        chosen.append(taken)
    return chosen
