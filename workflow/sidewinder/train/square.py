"""Annotated frames whose pixels are not square, at square pixels of the same area, as the network sees movies."""

import numpy as np

from sidewinder.infer.rescale import Rescaling
from sidewinder.pixel_size import scaled


def squared(
    image: np.ndarray, labels: np.ndarray, known: np.ndarray, pixel_aspect: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Resample a frame; all arrays are (Y, X), and of the same types again.

    Parameters
    ----------
    image : ndarray, float32
        Grey values, between which there are others.
    labels, known : ndarray
        Instances, and the pixels whose class is known: those of the nearest pixel.
    pixel_aspect : float
        Height of a pixel over its width; frames of square pixels stay as they are.
    """
    if pixel_aspect == 1:
        return image, labels, known
    shape = (labels.shape[0], labels.shape[1])
    new = scaled(shape, 1.0, pixel_aspect)
    y, x = (((np.arange(many) + 0.5) * few / many).astype(int) for few, many in zip(shape, new, strict=True))
    grey = Rescaling(shape, new).apply(image[None], 0, 0, new[0])[0]
    return grey, labels[y[:, None], x], known[y[:, None], x]
