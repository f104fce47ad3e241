"""Crops as of dimmer and patchier stains, of images in which the background is 0 and its spread 1.

Dim nuclei sink into the noise at their rims and shine where chromatin is dense, and the mask is the whole nucleus all
the same. Few annotated movies have such nuclei, but each can be made of them: what rises above the background is
multiplied, and as much noise is added as was lost.
"""

import numpy as np
from scipy import ndimage as ndi

from sidewinder.augment.how_far import Augmentation
from sidewinder.augment.light import noise, slope

Rng = np.random.Generator

# what is left of the signal of faint cells
FAINTEST = 0.08
# size of the patches (sigma), and how much they differ (of the logarithm)
PATCHES_PX, PATCHES = (3.0, 20.0), (0.3, 1.3)
# of the background in a crop, in spreads of the movie: a crop of a smaller image is smoother
SPREADS_IN_CROP = (0.2, 1.5)
# light that the background has of its own, in spreads
PEDESTAL = (0.3, 10.0)
# pixels of background that say how far it spreads
ENOUGH_PX = 200


def resignal(
    rise: np.ndarray, labels: np.ndarray, known: np.ndarray, augmentation: Augmentation, rng: Rng
) -> np.ndarray:
    """Change how bright and even cells are, the evenness of the light, sharpness and noise.

    Parameters
    ----------
    rise : ndarray, shape (Y, X), float32
        How far grey values rise above the background, in its standard deviations.
    labels : ndarray, shape (Y, X), int
        The cells.
    known : ndarray, shape (Y, X), bool
        The pixels of which the labels are believed.
    augmentation : Augmentation
        How much is changed.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    rise : ndarray, shape (Y, X), float32
        As if another movie of that kind had been measured by its own background.
    """
    rise = rise.astype(np.float32)
    if rng.random() < augmentation.patchy:
        rise = np.where(labels > 0, rise * _patches(rise.shape, rng), rise)
    if rng.random() < augmentation.blur:
        rise = ndi.gaussian_filter(rise, rng.uniform(0.3, 1.6), truncate=3)
    if rng.random() < 0.3 * augmentation.contrast:
        light = slope(rise.shape, rng)
        rise = rise * light + _between(*PEDESTAL, rng) * (light - light.mean())
    rise = rise * np.exp(augmentation.contrast * rng.normal(0, 0.3))
    if rng.random() < augmentation.faint:
        left = _between(FAINTEST, 1.0, rng)
        lost = np.sqrt(1 - left**2) * _spread(rise[(labels == 0) & known])
        rise = left * rise + lost * noise(rise.shape, rng)
    if rng.random() < augmentation.noise:
        more = rng.uniform(0.1, 1.2)
        rise = (rise + more * noise(rise.shape, rng)) / np.sqrt(1 + more**2)
    return (rise + augmentation.contrast * rng.normal(0, 0.2)).astype(np.float32)


def _between(lowest: float, highest: float, rng: Rng) -> float:
    """A number, log-uniformly."""
    return float(np.exp(rng.uniform(np.log(lowest), np.log(highest))))


def _patches(shape: tuple[int, ...], rng: Rng) -> np.ndarray:
    """Factors that differ from place to place."""
    field = ndi.gaussian_filter(rng.normal(size=shape), _between(*PATCHES_PX, rng), truncate=3)
    return np.exp(rng.uniform(*PATCHES) * (field - field.mean()) / max(float(field.std()), 1e-6)).astype(np.float32)


def _spread(background: np.ndarray) -> float:
    """Standard deviation of the background's pixels, from the middle half of them."""
    if background.size < ENOUGH_PX:
        return 1.0
    quarter, three = np.percentile(background, (25, 75))
    return float(np.clip((three - quarter) / 1.349, *SPREADS_IN_CROP))
