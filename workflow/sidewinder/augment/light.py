"""Crops in another light: contrast, evenness, sharpness and noise, of images that are normalised by quantiles."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage as ndi

from sidewinder.augment.how_far import Augmentation

Rng = np.random.Generator

COARSE_PX = 0.8


def relight(image: np.ndarray, augmentation: Augmentation, rng: Rng) -> np.ndarray:
    """Change contrast, gamma, evenness of the light, sharpness and noise of a normalised image.

    Parameters
    ----------
    image : ndarray, shape (Y, X), float32
        Normalised: its dark end near 0, its bright end near 1.
    augmentation : Augmentation
        How much is changed.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    image : ndarray, shape (Y, X), float32
        Not below 0.
    """
    image = image.astype(np.float32)
    if rng.random() < augmentation.blur:
        image = ndi.gaussian_filter(image, rng.uniform(0.3, 1.6), truncate=3)
    if rng.random() < 0.3 * augmentation.contrast:
        image = image * slope(image.shape, rng)
    image = np.maximum(image, 0) ** np.float32(np.exp(augmentation.contrast * rng.normal(0, 0.25)))
    image = image * np.exp(augmentation.contrast * rng.normal(0, 0.3)) + augmentation.contrast * rng.normal(0, 0.05)
    if rng.random() < augmentation.noise:
        image = image + rng.uniform(0.005, 0.08) * noise(image.shape, rng)
    return np.maximum(image, 0).astype(np.float32)


def slope(shape: tuple[int, int], rng: Rng) -> np.ndarray:
    """Light that falls off over the field, by up to a factor of about two."""
    coarse = torch.from_numpy(np.exp(rng.normal(0, 0.25, size=(1, 1, 3, 3))))
    return F.interpolate(coarse, size=shape, mode="bicubic", align_corners=True)[0, 0].numpy().astype(np.float32)


def noise(shape: tuple[int, ...], rng: Rng) -> np.ndarray:
    """Noise of unit spread: half of the time as fine as the pixels, half as coarse as a resampled image's."""
    fine = rng.normal(size=shape)
    # a Gaussian filter leaves 1 / (2 sqrt(pi) sigma) of the spread
    return fine if rng.random() < 0.5 else 2 * np.sqrt(np.pi) * COARSE_PX * ndi.gaussian_filter(fine, COARSE_PX)
