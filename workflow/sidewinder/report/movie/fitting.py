"""How much of a movie goes into a page that is not too large: which frames, at which size, how lossy."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import zarr

from sidewinder.pixel_size import scaled
from sidewinder.report.movie.coding import coded
from sidewinder.report.movie.images import Contrast, as_webp
from sidewinder.report.movie.outlines import nearest, runs_of

# of what is deflated before it is base64, which adds a third: a page of 19 MB, the scripts among it
BUDGET_BYTES = 14_000_000
MOST_PICTURES, MOST_CELLS = 1500, 300_000
# longest side in px and quality of the pictures, the first that fits
CHOICES = (
    (1024, 80), (1024, 65), (768, 65), (512, 65), (512, 50), (512, 35), (512, 20), (384, 20), (256, 20),
    (192, 20), (128, 15),
)  # fmt: skip
N_TRIED = 6


@dataclass(frozen=True)
class Fit:
    """What of a movie is shown.

    Parameters
    ----------
    frames : tuple of int
        Their numbers.
    every : int
        Every how manieth that is.
    shape : tuple of int
        Height and width of the pictures, px.
    quality : int
        Of WebP, from 0 to 100.
    """

    frames: tuple[int, ...]
    every: int
    shape: tuple[int, int]
    quality: int


def frame_step(n_frames: int, n_channels: int, n_cells: int) -> int:
    """Every how manieth frame is shown.

    Examples
    --------
    >>> frame_step(500, 1, 250_000), frame_step(10_000, 1, 10_000)
    (1, 7)
    """
    return max(-(-n_frames * n_channels // MOST_PICTURES), -(-n_cells // MOST_CELLS), 1)


def fit(
    movie: zarr.Array, labels: zarr.Array, contrasts: Sequence[Contrast], every: int, taken_bytes: int, aspect: float
) -> Fit:
    """Choose size and quality of the pictures by trying some frames.

    Parameters
    ----------
    movie, labels : zarr.Array, (T, C, Y, X) and (T, Y, X)
        The published movie.
    contrasts : sequence of Contrast
        One a channel.
    every : int
        As of `frame_step`.
    taken_bytes : int
        What else the page holds, deflated.
    aspect : float
        Height of the movie's pixels over their width; those of the pictures are square.
    """
    frames = tuple(range(0, labels.shape[0], every))
    tried = frames[:: max(len(frames) // N_TRIED, 1)][:N_TRIED]
    samples = [
        (labels[frame], [contrast.apply(movie[frame, channel]) for channel, contrast in enumerate(contrasts)])
        for frame in tried
    ]
    allowed = (BUDGET_BYTES - taken_bytes) / len(frames)
    for longest, quality in CHOICES:
        shape = _shape(labels.shape[1:], longest, aspect)
        if np.mean([_bytes(*sample, shape, quality) for sample in samples]) <= allowed:
            break
    return Fit(frames, every, shape, quality)


def _shape(shape: tuple[int, int], longest: int, aspect: float) -> tuple[int, int]:
    """Frames have their true ratio, and never more pixels than the movie's."""
    return scaled(shape, min(longest / max(scaled(shape, 1, aspect)), 1), aspect)


def _bytes(labels: np.ndarray, greys: Sequence[np.ndarray], shape: tuple[int, int], quality: int) -> int:
    """What a frame takes."""
    runs = runs_of(nearest(labels, shape))
    outlines = np.concatenate([coded(one) for one in (runs.row, runs.start, runs.length)], axis=1)
    return len(gzip.compress(outlines.tobytes(), 6)) + sum(len(as_webp(grey, shape, quality)) for grey in greys)
