"""Light that was uneven over the field or faded over time, taken out of what the network sees; the image stays raw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sidewinder.store import Image

# the arrays of an image that hold its profiles, float32 (C, Y, X)
FLAT_FIELD, DARK_FIELD = "flat_field", "dark_field"


@dataclass(frozen=True)
class Fading:
    """How the light of each frame and channel fell, by the grey values of background and cells.

    Parameters
    ----------
    background : ndarray of float64, shape (T, C)
        Typical grey value between cells.
    contrast : ndarray of float64, shape (T, C)
        By how much cells are typically brighter, as a share of that in the first frame; above 0.
    """

    background: np.ndarray
    contrast: np.ndarray

    def correct(self, grey: np.ndarray, frame: int) -> np.ndarray:
        """Grey values (C, ...) of a frame, with background and contrast of the first."""
        now, first, contrast = (
            values.astype(np.float32).reshape(-1, *[1] * (grey.ndim - 1))
            for values in (self.background[frame], self.background[0], self.contrast[frame])
        )
        faded: np.ndarray = (grey - now) / contrast + first
        return faded


@dataclass(frozen=True)
class Light:
    """What is corrected of the light of some channels of a movie.

    Parameters
    ----------
    flat, dark : ndarray of float32 or None, shape (C, Y, X)
        By what each pixel is divided, with a mean of 1, after the grey value without light is subtracted; None where
        that is not corrected.
    fading : Fading or None
        Of the grey values after that; None where it is not corrected.
    """

    flat: np.ndarray | None = None
    dark: np.ndarray | None = None
    fading: Fading | None = None

    def correct(self, rows: np.ndarray, frame: int, first_row: int = 0) -> np.ndarray:
        """Correct some rows of a frame, each pixel by itself, so that it makes no difference how they were cut.

        Parameters
        ----------
        rows : ndarray, shape (C, y, X)
            Grey values.
        frame : int
            The frame's number.
        first_row : int
            The number of the first of the rows.

        Returns
        -------
        ndarray of float32, shape (C, y, X)
        """
        grey = rows.astype(np.float32)
        if self.flat is not None and self.dark is not None:
            place = (slice(None), slice(first_row, first_row + rows.shape[1]))
            grey = (grey - self.dark[place]) / self.flat[place]
        return grey if self.fading is None else self.fading.correct(grey, frame)


def light_of(image: Image, channels: Sequence[int]) -> Light | None:
    """What `convert` was told to correct of the light of channels of an image; None where that is nothing."""
    kept = image.attributes.get("light")
    if kept is None:
        return None
    flat, dark = (
        np.stack([image.arrays[name][channel] for channel in channels]) if name in image.arrays else None
        for name in (FLAT_FIELD, DARK_FIELD)
    )
    if "contrast" not in kept:
        return Light(flat, dark)
    return Light(flat, dark, Fading(*(np.array(kept[name])[:, list(channels)] for name in ("background", "contrast"))))


def seen_statistics(image: Image) -> list[dict[str, Any]]:
    """The quantiles of each channel by which the network normalises: after the light was corrected, if it was."""
    statistics: list[dict[str, Any]] = image.attributes.get("light", image.attributes)["statistics"]
    return statistics
