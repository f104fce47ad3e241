"""What the network is asked for: classes and weights of each pixel of an annotated crop.

The border class is a ring inside each cell's outline. It separates touching cells by two rings side by side, and cell
and ring together are the whole cell, so that nothing of its area is lost.

References
----------
Ronneberger et al. 2015, equation 2: w = w_c + w_0 exp(-(d1 + d2)^2 / (2 sigma^2)) with d1 and d2 the distances to the
nearest and the second nearest cell.
"""

import numpy as np
from scipy import ndimage as ndi

# of sidewinder.model.CLASSES
BACKGROUND, CELL, BORDER = range(3)

# the ring is this share of the cell's diameter wide, within these bounds
RING_SHARE = 0.05
RING_PX = (2.0, 4.0)
# of equation 2
GAP_SIGMA_PX = 5.0


def class_targets(labels: np.ndarray) -> np.ndarray:
    """Classes of an instance image.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        0 is background; each cell has a number of its own.

    Returns
    -------
    classes : ndarray, shape (Y, X), int64
        0 background, 1 cell, 2 border.
    """
    # a cell's first and last pixel towards any other label, found where the neighbourhood is not uniform
    uniform = ndi.maximum_filter(labels, 3, mode="nearest") == ndi.minimum_filter(labels, 3, mode="nearest")
    depth_px = ndi.distance_transform_edt(uniform) if not uniform.all() else np.full(labels.shape, np.inf)
    ring_px = np.clip(RING_SHARE * _diameters(labels), *RING_PX)[labels]
    classes = np.where(labels > 0, np.where(depth_px < ring_px, BORDER, CELL), BACKGROUND)
    return classes.astype(np.int64)


def weight_map(labels: np.ndarray, classes: np.ndarray, gap_weight: float, border_weight: float) -> np.ndarray:
    """Weights of the loss: the class's own, and more where two cells are close.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        Labels of the instances.
    classes : ndarray, shape (Y, X), int
        Classes that `class_targets` made.
    gap_weight : float
        w_0 of equation 2.
    border_weight : float
        Weight of the class border, to make up for its small area; the others weigh 1.

    Returns
    -------
    weights : ndarray, shape (Y, X), float32
        Equation 2 of the paper, per pixel.
    """
    weights = np.where(classes == BORDER, border_weight, 1.0)
    if gap_weight:
        first, second = _two_nearest_distances(labels, reach_px=int(3 * GAP_SIGMA_PX))
        weights += gap_weight * np.exp(-((first + second) ** 2) / (2 * GAP_SIGMA_PX**2))
    return weights.astype(np.float32)


def _diameters(labels: np.ndarray) -> np.ndarray:
    """Equivalent diameter of each label, indexed by label."""
    area_px = np.bincount(labels.ravel())
    area_px[0] = 0
    return 2 * np.sqrt(area_px / np.pi)


def _two_nearest_distances(labels: np.ndarray, reach_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the nearest and the second nearest cell, infinite beyond the reach."""
    first = np.full(labels.shape, np.inf, dtype=np.float32)
    second = first.copy()
    for label, box in enumerate(ndi.find_objects(labels), start=1):
        if box is None:
            continue
        window = tuple(
            slice(max(side.start - reach_px, 0), min(side.stop + reach_px, size))
            for side, size in zip(box, labels.shape, strict=True)
        )
        distance = ndi.distance_transform_edt(labels[window] != label).astype(np.float32)
        near, far = first[window], second[window]
        far[...] = np.minimum(far, np.maximum(near, distance))
        near[...] = np.minimum(near, distance)
    return first, second
