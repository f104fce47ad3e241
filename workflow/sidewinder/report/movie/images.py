"""Frames as small pictures: 8 bits, at most so many pixels, WebP."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sidewinder.store.image import Image as Movie

# what is cut off at both ends of the grey values
PERCENTILES = (0.1, 99.95)
# below 1, so that dim cells have as many steps as bright ones
GAMMA = 0.7
N_SAMPLED = 16


@dataclass(frozen=True)
class Contrast:
    """The grey values that become black and white."""

    low: float
    high: float

    def apply(self, frame: np.ndarray) -> np.ndarray:
        """Grey values (Y, X) as uint8; what is no number is black."""
        span = max(self.high - self.low, 1e-12)
        share = np.clip((np.nan_to_num(frame.astype(np.float32)) - self.low) / span, 0, 1)
        return (255 * share**GAMMA).round().astype(np.uint8)


def contrasts_of(movie: Movie) -> list[Contrast]:
    """One a channel, from frames spread over the movie."""
    n_frames, n_channels = movie.data.shape[:2]
    frames = np.unique(np.linspace(0, n_frames - 1, min(n_frames, N_SAMPLED)).round().astype(int))
    found = []
    for channel in range(n_channels):
        sample = np.concatenate([movie.data[int(frame), channel][::3, ::3].ravel() for frame in frames])
        finite = sample[np.isfinite(sample)]
        low, high = np.percentile(finite, PERCENTILES) if finite.size else (0.0, 1.0)
        found.append(Contrast(float(low), float(high)))
    return found


def as_webp(pixels: np.ndarray, shape: tuple[int, int], quality: int) -> bytes:
    """A picture of grey values (Y, X) or of colours (Y, X, 3), uint8, at a size (height, width)."""
    picture = Image.fromarray(pixels)
    if pixels.shape[:2] != shape:
        picture = picture.resize(shape[::-1], Image.Resampling.BOX)
    file = io.BytesIO()
    picture.save(file, format="WEBP", quality=quality, method=2)
    return file.getvalue()
