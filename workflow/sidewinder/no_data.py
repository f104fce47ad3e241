"""Pixels of a frame that hold no data: what a registration, a stitching or a canvas has put where nothing was seen.

NaN is no data wherever it is. Of numbers it is the lowest or the highest of the frame, in regions that touch its
border, where the picture is cut off: beside such a region lie grey values of the whole picture, far from that number. A
background that was cut off at zero is data, for beside it lie the lowest values that were left.
"""

import numpy as np
from scipy import ndimage as ndi

# of the border, as a share of the shorter side, that a region takes at least; a bright cell of PSC takes 0.02
BORDER_SHARE, FEWEST_PX = 0.05, 8
# how far from the region the picture is looked at: interpolation mixes what is nearer with the region
NEAREST_PX, FARTHEST_PX = 1, 3
# of the pixels beside a region so many are farther from its number than so many times their own spread. A background
# of 10 +- 3 reaches 3 times, one that was cut off at zero 0.3
FAR_SHARE, FAR_SPREADS = 0.9, 2.0
# and half of them as far as this share of what half of the picture is; beside light that leaks in they are nearer
OF_PICTURE = 0.25
# the picture is one piece and covers as much of the frame; masked cells are many, or one that is small
LARGEST_PIECE, SEEN_SHARE = 0.9, 0.25
# a frame of fewer grey values is drawn, and its ground is right
FEWEST_VALUES = 16


def no_data(frame: np.ndarray) -> np.ndarray:
    """Find the pixels of a frame that hold no data.

    Parameters
    ----------
    frame : ndarray, shape (C, Y, X)
        Grey values of every channel.

    Returns
    -------
    ndarray of bool, shape (Y, X)
        True where a channel has no data, and a pixel around it, in which interpolation may have mixed both.
    """
    missing = np.zeros(frame.shape[1:], dtype=bool)
    for plane in frame:
        of_plane = _of_plane(plane)
        if of_plane is not None:
            missing |= of_plane
    return ndi.binary_dilation(missing) if missing.any() else missing


def nearest_data(frame: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Fill pixels without data by the nearest that have some.

    Parameters
    ----------
    frame : ndarray, shape (C, Y, X)
        Grey values.
    missing : ndarray of bool, shape (Y, X)
        Where there is no data.

    Returns
    -------
    ndarray, shape (C, Y, X)
        A copy; 0 where there is no data at all.
    """
    if missing.all():
        return np.zeros_like(frame)
    rows, columns = ndi.distance_transform_edt(missing, return_distances=False, return_indices=True)
    return frame[:, rows, columns]


def _of_plane(plane: np.ndarray) -> np.ndarray | None:
    """What has no data in one channel, without the pixel around it; None where nothing is looked for in its middle."""
    missing = np.isnan(plane) if plane.dtype.kind == "f" else None
    if not plane.size or (missing is not None and missing.all()):
        return missing
    of_border = np.concatenate([plane[0], plane[-1], plane[1:-1, 0], plane[1:-1, -1]])
    least = _least_at_border(plane.shape)
    for extreme in (np.fmin, np.fmax):
        # what is the frame's lowest or highest value and lies on its border is that of the border, too
        number = extreme.reduce(of_border)
        if _may_be_cut_off(of_border, number, least) and number == extreme.reduce(plane, axis=None):
            cut_off = _cut_off(plane, number)
            missing = cut_off if missing is None else missing | cut_off
    return missing


def _least_at_border(shape: tuple[int, ...]) -> float:
    """How many pixels of the border a region takes at least."""
    return max(BORDER_SHARE * min(shape), FEWEST_PX)


def _may_be_cut_off(of_border: np.ndarray, number: np.generic, least: float) -> bool:
    """Whether the border's pixels leave it possible, which of most frames they do not."""
    others = of_border[of_border != number]
    return len(of_border) - len(others) >= least and (not len(others) or _is_far(others, number))


def _is_far(values: np.ndarray, number: np.generic) -> bool:
    """Whether grey values lie so far from a number that it is none of theirs."""
    values = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    if not len(values):
        return False
    distance = np.abs(values.astype(np.float64) - float(number))
    spread = np.median(np.abs(distance - np.median(distance)))
    if values.dtype.kind != "f":
        # whole numbers cannot spread less
        spread = max(spread, 1.0)
    return bool(np.quantile(distance, 1 - FAR_SHARE) > FAR_SPREADS * spread)


def _cut_off(plane: np.ndarray, number: np.generic) -> np.ndarray:
    """The regions of a number that touch the border, where the picture is cut off there; else nothing."""
    region = _at_border(plane == number)
    if not region.any():
        return region
    near, far = (ndi.binary_dilation(region, iterations=px) for px in (NEAREST_PX, FARTHEST_PX))
    seen, beside = plane[~near], plane[far & ~near]
    is_picture = len(seen) >= SEEN_SHARE * plane.size and len(np.unique(seen)) >= FEWEST_VALUES
    if is_picture and _is_far(beside, number) and _is_ordinary(beside, seen, number) and _is_one_piece(~near):
        return region
    return np.zeros_like(region)


def _is_ordinary(beside: np.ndarray, seen: np.ndarray, number: np.generic) -> bool:
    """Whether what lies beside a number is as far from it as what lies elsewhere."""
    near, far = (abs(float(np.nanmedian(values)) - float(number)) for values in (beside, seen))
    return near >= OF_PICTURE * far


def _at_border(same: np.ndarray) -> np.ndarray:
    """The connected regions that take a part of the frame's border."""
    labels, n_labels = ndi.label(same)
    of_border = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    taken = np.bincount(of_border, minlength=n_labels + 1) >= _least_at_border(same.shape)
    taken[0] = False
    return taken[labels]


def _is_one_piece(seen: np.ndarray) -> bool:
    """Whether what was seen is, but for a little, connected."""
    labels, _ = ndi.label(seen)
    sizes = np.bincount(labels.ravel())[1:]
    return bool(sizes.max(initial=0) >= LARGEST_PIECE * sizes.sum())
