"""Crops in another shape: turned, mirrored, stretched, zoomed and elastically deformed.

References
----------
Ronneberger et al. 2015, section 3.1: random displacements on a coarse 3 x 3 grid, interpolated bicubically, besides
shift, rotation and grey-value changes.
"""

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage as ndi

from sidewinder.augment.how_far import Augmentation
from sidewinder.tiling import mirrored

Rng = np.random.Generator


def random_zoom(lowest: float, highest: float, augmentation: Augmentation, rng: Rng) -> float:
    """Draw a zoom, log-uniformly.

    Parameters
    ----------
    lowest, highest : float
        The range that is wanted.
    augmentation : Augmentation
        The changes, of which `zoom` is the range of scales.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    zoom : float
        Size after over size before.
    """
    return float(np.clip(np.exp(rng.uniform(np.log(lowest), np.log(highest))), *augmentation.zoom))


def sampling_grid(crop_px: int, centre_yx: np.ndarray, zoom: float, augmentation: Augmentation, rng: Rng) -> np.ndarray:
    """The place that each pixel of the crop is taken from: rotation, mirror, zoom, some stretch, elastic displacement.

    Parameters
    ----------
    crop_px : int
        Side of the crop.
    centre_yx : ndarray, shape (2,)
        The crop's centre in the frame, in pixels.
    zoom : float
        Size after over size before.
    augmentation : Augmentation
        How far crops are deformed.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    coordinates : ndarray, shape (2, crop_px, crop_px), float32
        y and x in the frame.
    """
    angle, mirror = rng.uniform(0, 2 * np.pi), float(rng.choice([-1.0, 1.0]))
    if not augmentation.rotation:
        angle, mirror = 0.0, 1.0
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.diag(np.exp(rng.normal(0, augmentation.stretch, size=2))) @ np.diag([1.0, mirror])
    axis = np.arange(crop_px) - (crop_px - 1) / 2
    offsets = np.stack(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1)
    coarse = torch.from_numpy(rng.normal(0, augmentation.elastic_px, size=(1, 2, 3, 3)))
    fine = F.interpolate(coarse, size=(crop_px, crop_px), mode="bicubic", align_corners=True)[0].numpy()
    offsets = rotation @ stretch @ (offsets + fine.reshape(2, -1)) / zoom
    return (offsets.reshape(2, crop_px, crop_px) + np.asarray(centre_yx)[:, None, None]).astype(np.float32)


def warp(frame: np.ndarray, coordinates: np.ndarray, *, labels: bool, zoom: float = 1.0) -> np.ndarray:
    """Sample a frame at the given places, mirrored at its edges.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Image or labels.
    coordinates : ndarray, shape (2, y, x)
        Where to sample.
    labels : bool
        Take the nearest pixel in place of interpolating.
    zoom : float
        Below 1, an image is smoothed by as much as it would be if it were made smaller with `sidewinder.infer.rescale`.

    Returns
    -------
    crop : ndarray, shape (y, x), dtype of `frame`
        The sampled values.
    """
    first = np.floor(coordinates.min(axis=(1, 2))).astype(int) - 2
    behind = np.ceil(coordinates.max(axis=(1, 2))).astype(int) + 3
    rows, columns = (mirrored(first[axis], behind[axis], frame.shape[axis]) for axis in (0, 1))
    region = frame[rows[:, None], columns]
    if not labels and zoom < 1:
        # a triangle of half width r has the variance r^2 / 6; interpolating does as much as one of r = 1
        region = ndi.gaussian_filter(region, np.sqrt((zoom**-2 - 1) / 6), mode="mirror", truncate=3)
    inside = coordinates - first[:, None, None].astype(np.float32)
    return ndi.map_coordinates(region, inside, order=0 if labels else 1, mode="mirror", prefilter=False)
