"""Copies of frames that are worse by known steps: what a model is to stand. All chance comes from one seed."""

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

SEED = 0
BLUR_PX = 2.0
# of the light, from one corner to the other
UNEVEN = 0.6
SMALLER = 0.6


def fainter(image: np.ndarray, labels: np.ndarray, factor: float) -> np.ndarray:
    """Drawn towards the background's median, then Gaussian noise until its spread is as before."""
    rng, background = np.random.default_rng(SEED), image[labels == 0]
    drawn = np.median(background) + (image - np.median(background)) * factor
    return drawn + rng.normal(0, background.std() * np.sqrt(1 - factor**2), image.shape)


def blurred(image: np.ndarray) -> np.ndarray:
    """As out of focus."""
    return gaussian_filter(image.astype(float), BLUR_PX)


def unevenly_lit(image: np.ndarray) -> np.ndarray:
    """Light that falls off from one corner to the other."""
    rows, columns = (np.linspace(0, 0.5, size) for size in image.shape)
    return image * (1 - UNEVEN * (rows[:, None] + columns))


def half_empty(image: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every second cell in a drawn order is replaced by grey values of the background; image and labels without it."""
    rng = np.random.default_rng(SEED)
    cells = rng.permutation(np.unique(labels[labels > 0]))
    gone = np.isin(labels, cells[: len(cells) // 2])
    image = image.astype(float)
    image[gone] = rng.choice(image[labels == 0], np.count_nonzero(gone))
    return image, np.where(gone, 0, labels)


def resized(image: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Larger pixels: image and labels."""
    return zoom(image.astype(float), SMALLER, order=1), zoom(labels, SMALLER, order=0)


def in_8_bits(image: np.ndarray) -> np.ndarray:
    """The whole range of grey values in 256 steps."""
    low, high = image.min(), image.max()
    return np.rint(255 * (image.astype(float) - low) / (high - low)).astype(np.uint8)
