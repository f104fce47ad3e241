"""One frame's maps to instances.

Cell and border together are the foreground. Inside it the border class parts touching cells: what is left of the cell
class are seeds, and each seed grows back over its border, to the foreground's outline or to where it meets another.
Work is done in the box of each connected piece.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage as ndi

from sidewinder.instances.holes import filled
from sidewinder.instances.necks import EIGHT_NEIGHBOURS, part_at_necks
from sidewinder.measure.runs import Runs

# an object is dropped below this share of the frame's typical area, and below so many pixels anyway
SHARE_OF_TYPICAL_AREA = 0.1
SMALLEST_AREA_PX = 16
# how far from the seeds' probability to certainty they are looked at again, to part cells between which the border is
# faint; a part is as large as this share of the frame's typical seed, or it is texture
STEPS_TO_CERTAINTY = (0.3, 0.6)
SHARE_OF_TYPICAL_SEED = 0.4


@dataclass(frozen=True)
class InstanceSettings:
    """What a user may set.

    Parameters
    ----------
    foreground : float
        Probability of cell or border from which a pixel belongs to a cell.
    seed : float
        Probability of cell from which a pixel belongs to a seed; higher parts more.
    min_area_px : "auto" or float
        Smaller objects are dropped; `auto` takes a tenth of the area that is typical of the frame.
    """

    foreground: float = 0.5
    seed: float = 0.5
    min_area_px: str | float = "auto"


def segment_frame(maps: np.ndarray, settings: InstanceSettings) -> np.ndarray:
    """Instances of one frame.

    Parameters
    ----------
    maps : ndarray, shape (2, Y, X), uint8
        255 times the probability of cell and of border.
    settings : InstanceSettings
        Thresholds.

    Returns
    -------
    labels : ndarray, shape (Y, X), int32
        0 is background, cells count from 1 in reading order of their first pixels.
    """
    cell, border = maps.astype(np.int16)
    foreground = cell + border >= 255 * settings.foreground
    pieces, n_pieces = ndi.label(foreground, EIGHT_NEIGHBOURS)
    seeds = _seeds(np.where(foreground, cell, 0), settings.seed)
    return _drop_small(_fill_holes(_grow(seeds, pieces, n_pieces)), settings.min_area_px)


def _seeds(cell: np.ndarray, lowest: float) -> np.ndarray:
    """Pieces of the cell class; one that a higher probability or its shape parts into cell-sized ones becomes those."""
    seeds, _ = ndi.label(cell >= max(255 * lowest, 1), EIGHT_NEIGHBOURS)
    smallest = SHARE_OF_TYPICAL_SEED * _typical_area(np.bincount(seeds.ravel())[1:])
    for share in STEPS_TO_CERTAINTY:
        finer, n_finer = ndi.label(cell >= 255 * (lowest + share * (1 - lowest)), EIGHT_NEIGHBOURS)
        parent = np.zeros(n_finer + 1, dtype=seeds.dtype)
        parent[finer] = seeds
        large = np.bincount(finer.ravel(), minlength=n_finer + 1) >= max(smallest, 1)
        large[0] = False
        parted = np.bincount(parent[large], minlength=seeds.max() + 1) >= 2
        parted[0] = False
        if parted.any():
            keep = (large & parted[parent])[finer]
            seeds = np.where(parted[seeds], np.where(keep, finer + seeds.max(), 0), seeds)
            present = np.bincount(seeds.ravel()) > 0
            present[0] = False
            seeds = _numbered(seeds, present)
    return part_at_necks(seeds, smallest)


def _grow(seeds: np.ndarray, pieces: np.ndarray, n_pieces: int) -> np.ndarray:
    """Part pieces among their seeds, each pixel to the nearest of its piece; a piece without any is one cell."""
    piece_of = np.zeros(seeds.max() + 1, dtype=np.int64)
    piece_of[seeds] = pieces
    piece_of = piece_of[1:]
    n_seeds = np.bincount(piece_of, minlength=n_pieces + 1)
    seedless = np.flatnonzero(n_seeds[1:] == 0) + 1
    # cells are numbered piece by piece, seed by seed
    owner = np.concatenate([piece_of, seedless])
    number = np.empty(len(owner), dtype=np.int32)
    number[np.argsort(owner, kind="stable")] = np.arange(1, len(owner) + 1)
    cell_of_seed = np.concatenate([[0], number[: len(piece_of)]])
    cell_of_piece = np.zeros(n_pieces + 1, dtype=np.int32)
    cell_of_piece[owner] = number
    labels = cell_of_piece[pieces]
    boxes = ndi.find_objects(pieces, n_pieces)
    for piece in np.flatnonzero(n_seeds > 1):
        box = boxes[piece - 1]
        _share(labels[box], pieces[box] == piece, cell_of_seed[seeds[box]])
    return labels


def _share(labels: np.ndarray, inside: np.ndarray, cells: np.ndarray) -> None:
    """Give each pixel of one piece to the nearest of the piece's seeds, in place."""
    seeded = inside & (cells > 0)
    # touching cells wear rings of one width, so that their common outline is as far from one seed as from the other
    nearest = ndi.distance_transform_edt(~seeded, return_distances=False, return_indices=True)
    labels[seeded] = cells[seeded]
    rest = inside & ~seeded
    labels[rest] = cells[nearest[0][rest], nearest[1][rest]]


def _fill_holes(labels: np.ndarray) -> np.ndarray:
    """Give what a cell encloses to it: nucleoli that look like background, and the specks inside of them."""
    boxes = ndi.find_objects(labels)
    for label in np.flatnonzero(Runs.of(labels).interrupted()):
        box = boxes[label - 1]
        labels[box][filled(labels[box] == label)] = label
    return labels


def _drop_small(labels: np.ndarray, min_area_px: str | float) -> np.ndarray:
    """Remove small objects and close the numbering."""
    area_px = np.bincount(labels.ravel())
    area_px[0] = 0
    present = area_px > 0
    if min_area_px == "auto":
        min_area_px = max(SHARE_OF_TYPICAL_AREA * _typical_area(area_px[present]), SMALLEST_AREA_PX)
    keep = present & (area_px >= min_area_px)
    return _numbered(labels, keep)


def _numbered(labels: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Only the labels to keep, given by label, without holes in their numbering, in the order that they have."""
    return np.where(keep, np.cumsum(keep), 0).astype(np.int32)[labels]


def _typical_area(area_px: np.ndarray) -> float:
    """The area from which on objects cover half of the foreground: specks, however many, do not move it."""
    ordered = np.sort(area_px)[::-1]
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)]) if len(ordered) else 0.0
