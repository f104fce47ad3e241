"""Touching cells that the network did not part, parted at the neck between them.

A piece is cut where it is narrower than on both sides, but only if that leaves parts that are convex, and more so than
the whole: cells that are ragged by nature stay whole.

References
----------
Malpica et al. 1997, Cytometry 28:289, for the watershed of the distance to the outline; the rule is ours.
"""

import numpy as np
from scipy import ndimage as ndi
from skimage.segmentation import watershed

from sidewinder.instances.holes import filled
from sidewinder.measure.runs import Runs
from sidewinder.measure.shape import convexities

# a neck's width over that of the narrower of its two sides, at most
NECK = 0.8
# area over that of the convex hull: of each part at least, and by so much more than of the whole
CONVEX = 0.85
MORE_CONVEX = 0.03
# the distance to a pixelated outline is smoothed by so much
SMOOTH_PX = 1.0
EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)


def part_at_necks(pieces: np.ndarray, smallest_px: float) -> np.ndarray:
    """Part pieces that look like two or more convex ones.

    Parameters
    ----------
    pieces : ndarray, shape (Y, X), int
        Labelled pieces, 0 elsewhere. Changed in place.
    smallest_px : float
        No part is smaller than so many pixels.

    Returns
    -------
    pieces : ndarray, shape (Y, X), int
        The same, with a new number for each part but one of a piece that was parted.
    """
    runs = Runs.of(pieces)
    area_px, convexity = runs.sums(runs.length_px), convexities(runs)
    # filling holes only makes a piece more convex
    doubtful = (area_px >= 2 * smallest_px) & (convexity + MORE_CONVEX <= 1)
    highest = runs.n_labels - 1
    for piece, box in enumerate(ndi.find_objects(pieces), start=1):
        if box is None or not doubtful[piece]:
            continue
        own = pieces[box] == piece
        whole = filled(own)
        # holes change nothing about the hull
        parts = _parts(whole, convexity[piece] * whole.sum() / area_px[piece], smallest_px)
        for number in range(2, parts.max() + 1):
            highest += 1
            pieces[box][own & (parts == number)] = highest
    return pieces


def _parts(piece: np.ndarray, convexity: float, smallest_px: float) -> np.ndarray:
    """One piece's convex parts, numbered from 1; all 1 where it is better left whole."""
    whole = piece.astype(np.int32)
    if convexity + MORE_CONVEX > 1:
        return whole
    # beyond the box there is no piece
    padded = np.pad(piece, 1)
    depth_px = ndi.gaussian_filter(ndi.distance_transform_edt(padded), SMOOTH_PX)
    peaks = padded & (depth_px == ndi.maximum_filter(depth_px, 5))
    markers, n_markers = ndi.label(peaks, EIGHT_NEIGHBOURS)
    if n_markers < 2:
        return whole
    basins = watershed(-depth_px, markers, mask=padded)
    parts = _merged(basins, depth_px, n_markers, smallest_px)[1:-1, 1:-1]
    if parts.max() < 2 or convexities(Runs.of(parts))[1:].min() < max(CONVEX, convexity + MORE_CONVEX):
        return whole
    return parts


def _merged(basins: np.ndarray, depth_px: np.ndarray, n_basins: int, smallest_px: float) -> np.ndarray:
    """Basins of the distance to the outline, joined until a neck parts all that are left; numbered from 1."""
    peak_px = np.concatenate([[0], ndi.maximum(depth_px, basins, np.arange(1, n_basins + 1))])
    area_px = np.bincount(basins.ravel(), minlength=n_basins + 1)
    passes = _passes(basins, depth_px)
    root = np.arange(n_basins + 1)
    while True:
        for first, second, height_px in passes:
            one, other = root[first], root[second]
            no_neck = height_px >= NECK * min(peak_px[one], peak_px[other])
            if one != other and (no_neck or min(area_px[one], area_px[other]) < smallest_px):
                root[root == other] = one
                peak_px[one] = max(peak_px[one], peak_px[other])
                area_px[one] += area_px[other]
                break
        else:
            return np.unique(root[basins], return_inverse=True)[1].reshape(basins.shape)


def _passes(basins: np.ndarray, depth_px: np.ndarray) -> list[tuple[int, int, float]]:
    """Pairs of basins that touch, each with the deepest place between them, the deepest first."""
    heights: dict[tuple[int, int], float] = {}
    for axis in (0, 1):
        before, after = (np.delete(basins, side, axis) for side in (-1, 0))
        height = np.minimum(*(np.delete(depth_px, side, axis) for side in (-1, 0)))
        touch = (before != after) & (before > 0) & (after > 0)
        for one, other, value in zip(before[touch], after[touch], height[touch], strict=True):
            pair = (min(one, other), max(one, other))
            heights[pair] = max(heights.get(pair, 0.0), value)
    return [(*pair, height) for pair, height in sorted(heights.items(), key=lambda item: (-item[1], item[0]))]
