"""Shape of all cells at once; with the definitions of scikit-image, but for the convex hull."""

import math

import numpy as np

from sidewinder.measure.runs import Runs

# of a pixel on the outline by how it goes on from there, as in `skimage.measure.perimeter`: Benkrid, Crookes 2000,
# "Design and FPGA implementation of a perimeter estimator"; the key is 2 for each neighbour on the outline at an edge,
# 10 for each at a corner
STRAIGHT, DIAGONAL, BETWEEN = (4, 6, 14, 16, 24, 26), (20, 32), (12, 22)
EDGES = ((-1, 0), (1, 0), (0, -1), (0, 1))
CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def measure_shape(labels: np.ndarray, runs: Runs, sides: tuple[float, float] = (1.0, 1.0)) -> dict[str, np.ndarray]:
    """Measure place, size and shape.

    Parameters
    ----------
    labels : ndarray, shape (Y, X), int
        Instances; 0 is background.
    runs : Runs
        Runs of the labels.
    sides : tuple of float
        Height and width of a pixel, by which perimeter and axes are measured; places are in pixels.

    Returns
    -------
    dict of str to ndarray, shape (runs.n_labels,)
        By label; NaN or 0 for labels that are not there. `y_px, x_px`: centroid. `area_px`: pixels. `perimeter_px`: of
        the outline through the centres of outermost pixels. `major_axis_px, minor_axis_px`: of the ellipse with the
        same second moments. `orientation_rad`: of its long axis, from the y axis towards x, from -pi/2 to pi/2.
        `eccentricity`: of that ellipse. `solidity`: area over that of the convex hull, see `convexities`.
    """
    there = np.where(runs.area_px > 0, runs.area_px, np.nan)
    y = runs.sums(runs.row * runs.length_px) / there
    x = runs.sums((runs.first + runs.last) / 2 * runs.length_px) / there
    # about each cell's own centre, for the sake of digits
    dy, dx = runs.row - y[runs.label], (runs.first + runs.last) / 2 - x[runs.label]
    within = runs.length_px * (runs.length_px**2 - 1) / 12
    height, width = sides
    yy = height**2 * runs.sums(dy**2 * runs.length_px) / there
    xx = width**2 * runs.sums(dx**2 * runs.length_px + within) / there
    xy = height * width * runs.sums(dy * dx * runs.length_px) / there
    long, short = _principal(yy, xx, xy)
    is_square, n_labels = sides == (1, 1), runs.n_labels
    perimeters = _perimeters(labels, n_labels) if is_square else _crofton(labels, n_labels, sides)
    return {
        "y_px": y,
        "x_px": x,
        "area_px": runs.area_px,
        "perimeter_px": perimeters,
        "major_axis_px": 4 * np.sqrt(long),
        "minor_axis_px": 4 * np.sqrt(short),
        "orientation_rad": _orientation(yy, xx, xy),
        "eccentricity": np.sqrt(1 - np.divide(short, long, out=np.ones_like(long), where=long > 0)),
        "solidity": convexities(runs),
    }


def convexities(runs: Runs) -> np.ndarray:
    """Area over that of the convex hull.

    The hull is that of the middles of the pixels' edges, by which a disc is convex at any size; exact.

    Returns
    -------
    ndarray of float64, shape (runs.n_labels,)
        From 0 to 1, by label; NaN for labels that are not there.
    """
    label, row, first, last = runs.rows
    twice = sum(_area_beside(label, row, end, runs.n_labels) for end in (2 * last, -2 * first))
    return np.divide(runs.area_px, twice / 4, out=np.full(runs.n_labels, np.nan), where=twice > 0)


def _area_beside(label: np.ndarray, row: np.ndarray, end: np.ndarray, n_labels: int) -> np.ndarray:
    """What lies between an axis and the hull's far side, by label; of rows by label, and all in half pixels."""
    # a row reaches half a pixel further at its own height than at those of its pixels' edges
    height, reach = ((values[:, None] + steps).ravel() for values, steps in ((2 * row, (-1, 0, 1)), (end, (0, 1, 0))))
    # rows that lie one under the other share an edge, where the further counts
    upper = np.flatnonzero((label[1:] == label[:-1]) & (row[1:] == row[:-1] + 1))
    reach[3 * upper + 2] = np.maximum(end[upper], end[upper + 1])
    keep = np.ones(len(height), dtype=bool)
    keep[3 * upper + 3] = False
    label, height, reach = np.repeat(label, 3)[keep], height[keep], reach[keep]
    while True:
        # a point inside of the line from the one before to the one behind is none of the hull's; leaving out all such
        # at once leaves out none of the hull's, for those never are
        inner = (label[2:] == label[:-2]) & (
            (reach[1:-1] - reach[:-2]) * (height[2:] - height[:-2])
            <= (reach[2:] - reach[:-2]) * (height[1:-1] - height[:-2])
        )
        if not inner.any():
            break
        keep = np.concatenate([[True], ~inner, [True]])
        label, height, reach = label[keep], height[keep], reach[keep]
    same = label[1:] == label[:-1]
    area = (reach[1:] + reach[:-1]) * (height[1:] - height[:-1]) / 2
    return np.bincount(label[1:][same], weights=area[same], minlength=n_labels)


def _principal(yy: np.ndarray, xx: np.ndarray, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The larger and the smaller eigenvalue of second moments."""
    mean, apart = (yy + xx) / 2, np.hypot((yy - xx) / 2, xy)
    # roundings must not make a line thinner than a line
    return mean + apart, np.maximum(mean - apart, 0)


def _orientation(yy: np.ndarray, xx: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """The angle of the long axis from the y axis; where there is none, what scikit-image says, however roundings go."""
    alike = np.where(xy > 0, np.pi / 4, -np.pi / 4)
    return np.where(np.isclose(yy, xx, rtol=1e-12, atol=0), alike, 0.5 * np.arctan2(2 * xy, yy - xx))


def _crofton(labels: np.ndarray, n_labels: int, sides: tuple[float, float]) -> np.ndarray:
    """The length of outlines by label, of pixels that are not square: how often lines cross them (Crofton's formula).

    Lines in the four directions of neighbours, each for the angles that are nearer to it than to another.
    """
    padded = np.pad(labels, 1)
    height, width = sides
    slanted = math.atan2(height, width)
    weight = height * width / math.hypot(height, width) * math.pi / 4
    lengths = np.zeros(n_labels)
    for one, other, half in (
        (padded[:, 1:], padded[:, :-1], slanted * height / 2),
        (padded[1:], padded[:-1], (math.pi / 2 - slanted) * width / 2),
        (padded[1:, 1:], padded[:-1, :-1], weight / 2),
        (padded[1:, :-1], padded[:-1, 1:], weight / 2),
    ):
        differ = one != other
        for beside in (one[differ], other[differ]):
            lengths += half * np.bincount(beside, minlength=n_labels)
    return lengths


def _perimeters(labels: np.ndarray, n_labels: int) -> np.ndarray:
    """The length of the outlines, by label."""
    padded = np.pad(labels, 1)
    width = padded.shape[1]
    at_edge = np.zeros(padded.shape, dtype=bool)
    for before, after in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        differ = padded[before] != padded[after]
        at_edge[before] |= differ
        at_edge[after] |= differ
    flat = padded.ravel()
    place = np.flatnonzero(at_edge)
    own = flat[place]
    place, own = place[own > 0], own[own > 0]
    outline = np.zeros_like(flat)
    outline[place] = own
    key = np.zeros(len(place), dtype=np.uint8)
    for value, directions in ((2, EDGES), (10, CORNERS)):
        for dy, dx in directions:
            key += np.uint8(value) * (outline.take(place + dy * width + dx) == own)
    lengths = np.zeros(4 * 2 + 4 * 10 + 1)
    lengths[[*STRAIGHT]], lengths[[*DIAGONAL]], lengths[[*BETWEEN]] = 1, 2**0.5, (1 + 2**0.5) / 2
    return np.bincount(own, weights=lengths[key], minlength=n_labels)
