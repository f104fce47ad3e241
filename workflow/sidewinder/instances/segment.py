"""One frame's maps to instances.

Cell and border together are the foreground. Inside it the border class separates touching cells: what is left of the
cell class are seeds, and each seed grows back over its border, to the foreground's outline or to where it meets
another. Work is done in the box of each connected piece.
"""

import numpy as np

from sidewinder.instances.holes import filled
from sidewinder.instances.nearest import REACH_PX, share_out
from sidewinder.instances.necks import separate_at_necks
from sidewinder.measure.runs import Runs
from sidewinder.settings import InstanceSettings

# an object is dropped below this share of the frame's typical area, and below so many pixels anyway
SHARE_OF_TYPICAL_AREA = 0.1
SMALLEST_AREA_PX = 16
# how far from the foreground's probability to certainty an object's mean must be: tissue out of focus is found with
# doubts all over, cells only at their rims
SHARE_TO_CERTAINTY = 0.4
# where there are so many times as many objects of a size that the model knows, they are cells, not specks. With the
# models that are for them three frames each of SIM+, GOWT1, HeLa and PSC have up to 0.06, of U373 once 0.4 (debris)
SHARE_OF_SMALL_CELLS = 0.5
# how far from the seeds' probability to certainty they are looked at again, to separate cells between which the border
# is faint; a part is as large as this share of the frame's typical seed, or it is texture
STEPS_TO_CERTAINTY = (0.3, 0.6)
SHARE_OF_TYPICAL_SEED = 0.4


def segment_frame(maps: np.ndarray, settings: InstanceSettings) -> np.ndarray:
    """Instances of one frame.

    Parameters
    ----------
    maps : ndarray, shape (2, Y, X), uint8
        255 times the probability of cell and of border.
    settings : InstanceSettings
        The thresholds.

    Returns
    -------
    labels : ndarray, shape (Y, X), int32
        0 is background, cells count from 1 in reading order of their first pixels.
    """
    return segment_and_count(maps, settings, None)[0]


def segment_and_count(
    maps: np.ndarray, settings: InstanceSettings, known_area_px: float | None
) -> tuple[np.ndarray, int]:
    """Instances of one frame, and how many objects were left out.

    Parameters
    ----------
    maps, settings
        As for `segment_frame`.
    known_area_px : float or None
        The area of the smallest cells that the model knows, which `auto` keeps where there are many; None where nobody
        knows.

    Returns
    -------
    labels : ndarray, shape (Y, X), int32
        As of `segment_frame`.
    n_left_out : int
        How many objects were dropped that are as large as these cells, or as `SMALLEST_AREA_PX`.
    """
    probability = _probability(maps)
    inside = _reached(probability, settings)
    labels = _grow(seeds(maps, settings), Runs.of(inside).connected(), maps.shape[1:])
    cells = _without_doubtful(_fill_holes(labels), probability, inside, settings.foreground)
    cells, n_left_out = _without_small(cells, settings.min_area_px, known_area_px)
    return cells.painted(labels.shape), n_left_out


def foreground(maps: np.ndarray, settings: InstanceSettings) -> np.ndarray:
    """The pixels of cells and their borders, (Y, X) bool, of maps as for `segment_frame`."""
    return _reached(_probability(maps), settings)


def seeds(maps: np.ndarray, settings: InstanceSettings) -> Runs:
    """The seeds that cells grow from, of maps as for `segment_frame`; small ones become small cells, which go later."""
    return _seeds(maps[0] * foreground(maps, settings), settings.seed)


def _probability(maps: np.ndarray) -> np.ndarray:
    """255 times the probability of cell or border."""
    cell, border = maps
    return cell.astype(np.int16) + border


def _reached(probability: np.ndarray, settings: InstanceSettings) -> np.ndarray:
    """The pixels whose probability reaches that of the foreground."""
    return probability >= _smallest_value(settings.foreground)


def _smallest_value(probability: float) -> int:
    """The smallest value of a map, from 0 to 255, that reaches a probability."""
    return int(np.ceil(255 * probability))


def _seeds(cell: np.ndarray, lowest: float) -> Runs:
    """Pieces of the cell class; what a higher probability or the shape separates into cell-sized ones becomes those."""
    seeds = Runs.of(cell >= max(_smallest_value(lowest), 1)).connected()
    smallest = SHARE_OF_TYPICAL_SEED * _typical_area(seeds.area_px[1:])
    for share in STEPS_TO_CERTAINTY:
        finer = Runs.of(cell >= max(_smallest_value(lowest + share * (1 - lowest)), 1)).connected()
        parent = np.zeros(finer.n_labels, dtype=np.int64)
        parent[finer.label] = seeds.at(finer.row, finer.first)
        large = finer.area_px >= max(smallest, 1)
        separated = np.bincount(parent[large], minlength=seeds.n_labels) >= 2
        separated[0] = False
        if separated.any():
            finer = finer.only(large & separated[parent]).named(np.arange(finer.n_labels) + seeds.n_labels)
            seeds = Runs.together([seeds.only(~separated), finer])
    return separate_at_necks(seeds, smallest)


def _grow(seeds: Runs, pieces: Runs, shape: tuple[int, int]) -> np.ndarray:
    """Share pieces among their seeds, each pixel to the nearest of its piece; a piece without any is one cell."""
    piece_of = np.zeros(seeds.n_labels, dtype=np.int64)
    piece_of[seeds.label] = pieces.at(seeds.row, seeds.first)
    n_seeds = np.bincount(piece_of, minlength=pieces.n_labels)
    # cells are numbered piece by piece, seed by seed
    owner = np.concatenate([piece_of, np.flatnonzero(n_seeds == 0)])
    number = np.empty(len(owner), dtype=np.int32)
    number[np.argsort(owner, kind="stable")] = np.arange(len(owner))
    cell_of_piece = np.zeros(pieces.n_labels, dtype=np.int32)
    cell_of_piece[owner] = number
    piece_of_cell = np.zeros(len(owner), dtype=np.int32)
    piece_of_cell[number] = owner
    # what is to be shared has its piece's number below 0
    of_piece = np.where(n_seeds > 1, -np.arange(pieces.n_labels), cell_of_piece)
    wide = (shape[0] + 2 * REACH_PX, shape[1] + 2 * REACH_PX)
    seeds, pieces = (runs.moved(REACH_PX, REACH_PX) for runs in (seeds, pieces))
    cells = seeds.painted(wide, number)
    labels = np.where(cells > 0, cells, pieces.painted(wide, of_piece))
    share_out(labels, cells, piece_of_cell)
    return labels[REACH_PX:-REACH_PX, REACH_PX:-REACH_PX].copy()


def _fill_holes(labels: np.ndarray) -> Runs:
    """Give what a cell encloses to it: nucleoli that look like background, and the specks inside of them."""
    runs, changed = Runs.of(labels), False
    for label in np.flatnonzero(runs.interrupted()).tolist():
        box = runs.of_one(label).box()
        holes = filled(labels[box] == label) & (labels[box] != label)
        if holes.any():
            labels[box][holes] = label
            changed = True
    return Runs.of(labels) if changed else runs


def _without_doubtful(cells: Runs, probability: np.ndarray, inside: np.ndarray, foreground: float) -> Runs:
    """Remove objects that the network is hardly surer of than a pixel must be; holes that were filled do not count."""
    least = 255 * (foreground + SHARE_TO_CERTAINTY * (1 - foreground))
    area_px, sum_of = (cells.sums(cells.sums_along(values)) for values in (inside, probability * inside))
    return cells.only(sum_of >= least * area_px)


def _without_small(cells: Runs, min_area_px: str | float, known_area_px: float | None) -> tuple[Runs, int]:
    """Remove small objects and close the numbering; how many of those that are gone may have been cells."""
    present = cells.area_px > 0
    if isinstance(min_area_px, str):
        min_area_px = _smallest_area(cells.area_px[present], known_area_px)
    keep = present & (cells.area_px >= min_area_px)
    n_left_out = int(np.count_nonzero(~keep & (cells.area_px >= (known_area_px or SMALLEST_AREA_PX))))
    return cells.only(keep).named(np.cumsum(keep)), n_left_out


def _smallest_area(area_px: np.ndarray, known_area_px: float | None) -> float:
    """The area from which on objects are cells."""
    usual_px = max(SHARE_OF_TYPICAL_AREA * _typical_area(area_px), SMALLEST_AREA_PX)
    if known_area_px is None or known_area_px >= usual_px:
        return usual_px
    smaller = np.count_nonzero((area_px >= known_area_px) & (area_px < usual_px))
    return known_area_px if smaller >= SHARE_OF_SMALL_CELLS * np.count_nonzero(area_px >= usual_px) else usual_px


def _typical_area(area_px: np.ndarray) -> float:
    """The area from which on objects cover half of the foreground: specks, however many, do not move it."""
    ordered = np.sort(area_px)[::-1]
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)]) if len(ordered) else 0.0
