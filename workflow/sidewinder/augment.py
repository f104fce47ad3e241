"""Annotated crops, deformed and re-lit as the next microscope might have seen them.

References
----------
Ronneberger et al. 2015, section 3.1: random displacements on a coarse 3 x 3 grid, interpolated bicubically, besides
shift, rotation and grey-value changes.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage as ndi

Rng = np.random.Generator


@dataclass(frozen=True)
class Augmentation:
    """How far crops are changed.

    Parameters
    ----------
    elastic_px : float
        Standard deviation of the displacements on the coarse grid; the paper's is 10 px.
    diameter_px : tuple of float
        The crop is zoomed so that its cells' typical diameter is log-uniform in this range ...
    zoom : tuple of float
        ... but never by a factor outside of this one.
    """

    elastic_px: float = 6.0
    diameter_px: tuple[float, float] = (14.0, 70.0)
    zoom: tuple[float, float] = (0.45, 1.8)


def random_zoom(diameter_px: float, augmentation: Augmentation, rng: Rng) -> float:
    """Draw the zoom that brings cells of this diameter to a diameter drawn from the range.

    Parameters
    ----------
    diameter_px : float
        Typical diameter of the cells in the annotated frame; NaN where there are none.
    augmentation : Augmentation
        The ranges.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    zoom : float
        Size after over size before.
    """
    low, high = np.log(augmentation.diameter_px)
    wanted = np.exp(rng.uniform(low, high)) if np.isfinite(diameter_px) else 1.0
    zoom = wanted / diameter_px if np.isfinite(diameter_px) else np.exp(rng.uniform(*np.log(augmentation.zoom)))
    return float(np.clip(zoom, *augmentation.zoom))


def sampling_grid(crop_px: int, centre_yx: np.ndarray, zoom: float, elastic_px: float, rng: Rng) -> np.ndarray:
    """Where each pixel of the crop is taken from: rotation, mirror, zoom, some shear, and elastic displacement.

    Parameters
    ----------
    crop_px : int
        Side of the crop.
    centre_yx : ndarray, shape (2,)
        The crop's centre in the frame, in pixels.
    zoom : float
        Size after over size before.
    elastic_px : float
        Standard deviation of the displacement on a coarse 3 x 3 grid, in pixels of the crop.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    coordinates : ndarray, shape (2, crop_px, crop_px), float32
        y and x in the frame.
    """
    angle = rng.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.diag(np.exp(rng.normal(0, 0.08, size=2))) @ np.diag([1.0, rng.choice([-1.0, 1.0])])
    axis = np.arange(crop_px) - (crop_px - 1) / 2
    offsets = np.stack(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1)
    coarse = torch.from_numpy(rng.normal(0, elastic_px, size=(1, 2, 3, 3)))
    fine = F.interpolate(coarse, size=(crop_px, crop_px), mode="bicubic", align_corners=True)[0].numpy()
    offsets = rotation @ stretch @ (offsets + fine.reshape(2, -1)) / zoom
    return (offsets.reshape(2, crop_px, crop_px) + np.asarray(centre_yx)[:, None, None]).astype(np.float32)


def warp(frame: np.ndarray, coordinates: np.ndarray, *, labels: bool) -> np.ndarray:
    """Sample a frame at the given places, mirrored at its edges.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Image or labels.
    coordinates : ndarray, shape (2, y, x)
        Where to sample.
    labels : bool
        Take the nearest pixel in place of interpolating.

    Returns
    -------
    crop : ndarray, shape (y, x), dtype of `frame`
        The sampled values.
    """
    return ndi.map_coordinates(frame, coordinates, order=0 if labels else 1, mode="mirror", prefilter=False)


def relight(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Change contrast, gamma, evenness of the light, sharpness and noise of a normalised image.

    Parameters
    ----------
    image : ndarray, shape (Y, X), float32
        Normalised: background near 0, bright cells near 1.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    image : ndarray, shape (Y, X), float32
        Not below 0.
    """
    image = image.astype(np.float32)
    if rng.random() < 0.3:
        image = ndi.gaussian_filter(image, rng.uniform(0.3, 1.6))
    if rng.random() < 0.3:
        image = image * _slope(image.shape, rng)
    image = np.maximum(image, 0) ** np.exp(rng.normal(0, 0.25))
    image = image * np.exp(rng.normal(0, 0.3)) + rng.normal(0, 0.05)
    if rng.random() < 0.5:
        noise = rng.normal(0, rng.uniform(0.005, 0.08), size=image.shape)
        # half of the noise is as fine as the pixels, half as coarse as a camera's or a resampled image's
        image = image + (noise if rng.random() < 0.5 else 2.0 * ndi.gaussian_filter(noise, 0.8))
    return np.maximum(image, 0).astype(np.float32)


def _slope(shape: tuple[int, int], rng: Rng) -> np.ndarray:
    """Light that falls off over the field, by up to a factor of about two."""
    coarse = torch.from_numpy(np.exp(rng.normal(0, 0.25, size=(1, 1, 3, 3))))
    return F.interpolate(coarse, size=shape, mode="bicubic", align_corners=True)[0, 0].numpy().astype(np.float32)
