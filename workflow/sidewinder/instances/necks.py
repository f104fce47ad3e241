"""Touching cells that the network did not separate, separated at the neck between them.

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


def separate_at_necks(pieces: Runs, smallest_px: float) -> Runs:
    """Part pieces that look like two or more convex ones.

    Parameters
    ----------
    pieces : Runs
        Of the pieces.
    smallest_px : float
        No part is smaller than so many pixels.

    Returns
    -------
    pieces : Runs
        The same, with a new number for each part but one of a piece that was separated.
    """
    area_px, convexity = pieces.area_px, convexities(pieces)
    # filling holes only makes a piece more convex
    uncertain = (area_px >= 2 * smallest_px) & (convexity + MORE_CONVEX <= 1)
    interrupted = pieces.interrupted()
    separated, found, n_labels = np.zeros(pieces.n_labels, dtype=bool), [], pieces.n_labels
    for piece in np.flatnonzero(uncertain).tolist():
        runs = pieces.of_one(piece)
        # beyond the box there is no piece
        own = runs.mask(margin_px=1)
        whole = filled(own) if interrupted[piece] else own
        # holes change nothing about the hull
        parts = _parts(whole, convexity[piece] * np.count_nonzero(whole) / area_px[piece], smallest_px)
        if parts is None:
            continue
        corner = (side.start - 1 for side in runs.box())
        # what hangs on by a corner alone is in no basin
        runs = Runs.of(np.where(own, np.maximum(parts, 1), 0)).moved(*corner)
        found.append(runs.named(np.concatenate([[0, piece], np.arange(n_labels, n_labels + runs.n_labels - 2)])))
        n_labels += runs.n_labels - 2
        separated[piece] = True
    return Runs.together([pieces.only(~separated), *found]) if found else pieces


def _parts(piece: np.ndarray, convexity: float, smallest_px: float) -> np.ndarray | None:
    """One piece's convex parts, numbered from 1; none where it is better left whole."""
    if convexity + MORE_CONVEX > 1:
        return None
    depth_px = ndi.gaussian_filter(ndi.distance_transform_edt(piece), SMOOTH_PX)
    peaks = piece & (depth_px == ndi.maximum_filter(depth_px, 5))
    if np.count_nonzero(peaks) < 2:
        return None
    markers, n_markers = ndi.label(peaks, EIGHT_NEIGHBOURS)
    if n_markers < 2:
        return None
    parts = _merged(watershed(-depth_px, markers, mask=piece), depth_px, n_markers, smallest_px)
    if parts.max() < 2 or convexities(Runs.of(parts))[1:].min() < max(CONVEX, convexity + MORE_CONVEX):
        return None
    return parts


def _merged(basins: np.ndarray, depth_px: np.ndarray, n_basins: int, smallest_px: float) -> np.ndarray:
    """Basins of the distance to the outline, joined until a neck separates all that are left; numbered from 1."""
    peak_px, inside = np.zeros(n_basins + 1), basins > 0
    np.maximum.at(peak_px, basins[inside], depth_px[inside])
    area_px = np.bincount(basins[inside], minlength=n_basins + 1)
    root = np.arange(n_basins + 1)
    # peaks and areas only grow: where a neck separates two, it still does when they have been joined with others
    for first, second, height_px in _passes(basins, depth_px):
        one, other = root[first], root[second]
        no_neck = height_px >= NECK * min(peak_px[one], peak_px[other])
        if one != other and (no_neck or min(area_px[one], area_px[other]) < smallest_px):
            root[root == other] = one
            peak_px[one] = max(peak_px[one], peak_px[other])
            area_px[one] += area_px[other]
    return np.unique(root, return_inverse=True)[1][basins]


def _passes(basins: np.ndarray, depth_px: np.ndarray) -> list[tuple[int, int, float]]:
    """Pairs of basins that touch, each with the deepest place between them, the deepest first."""
    heights: dict[tuple[int, int], float] = {}
    for before, after in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        one, other = basins[before], basins[after]
        touch = np.nonzero((one != other) & (one > 0) & (other > 0))
        height = np.minimum(depth_px[before][touch], depth_px[after][touch])
        for first, second, value in zip(one[touch].tolist(), other[touch].tolist(), height.tolist(), strict=True):
            pair = (min(first, second), max(first, second))
            heights[pair] = max(heights.get(pair, 0.0), value)
    return [(*pair, height) for pair, height in sorted(heights.items(), key=lambda item: (-item[1], item[0]))]
