"""True masks spoiled on purpose, as imperfect segmentation spoils them."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage as ndi

from sidewinder.measure.contacts import touching


@dataclass(frozen=True)
class Damage:
    """How much is spoiled.

    Parameters
    ----------
    missed : float
        Chance that a cell is not there.
    merged : float
        Chance that two touching cells are one.
    split : float
        Chance that a cell is two.
    jitter_px : float
        Outlines waver by so much (standard deviation).
    """

    missed: float = 0.05
    merged: float = 0.03
    split: float = 0.03
    jitter_px: float = 1.0


# wavering is smooth over so many pixels
WAVE_PX = 4.0
# the parts of a split cell have at least this share of it
MIN_PART = 0.25


def spoil(labels: np.ndarray, damage: Damage, rng: np.random.Generator) -> np.ndarray:
    """Spoil the masks of one frame.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        True masks; 0 is background.
    damage : Damage
        How much of each kind of damage.
    rng : Generator
        The source of all chance.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        Masks numbered from 1, in an order that says nothing.
    """
    labels = labels.astype(np.int32)
    present = np.unique(labels[labels > 0])
    for one, other in touching(labels):
        if rng.random() < damage.merged:
            labels[labels == other] = one
    for label in present:
        if rng.random() < damage.split:
            _split(labels, label, rng)
    for label in present:
        if rng.random() < damage.missed:
            labels[labels == label] = 0
    if damage.jitter_px:
        labels = _wavering(labels, damage.jitter_px, rng)
    left = np.unique(labels[labels > 0])
    number = np.zeros(int(labels.max(initial=0)) + 1, dtype=np.int32)
    number[left] = rng.permutation(len(left)) + 1
    return number[labels]


def _split(labels: np.ndarray, label: int, rng: np.random.Generator) -> None:
    """Cut a cell along a straight line across its middle, in place."""
    y, x = np.nonzero(labels == label)
    if len(y) < 2:
        return
    angle = rng.uniform(0, np.pi)
    along = y * np.sin(angle) + x * np.cos(angle)
    beyond = along > np.quantile(along, rng.uniform(MIN_PART, 1 - MIN_PART))
    labels[y[beyond], x[beyond]] = labels.max() + 1


def _wavering(labels: np.ndarray, jitter_px: float, rng: np.random.Generator) -> np.ndarray:
    """Look each pixel up a little beside its place."""
    shift = ndi.gaussian_filter(rng.normal(size=(2, *labels.shape)), (0, WAVE_PX, WAVE_PX))
    shift *= jitter_px / shift.std()
    places = [
        np.clip(np.rint(grid + by), 0, size - 1).astype(np.intp)
        for grid, by, size in zip(np.ogrid[: labels.shape[0], : labels.shape[1]], shift, labels.shape, strict=True)
    ]
    return labels[places[0], places[1]]
