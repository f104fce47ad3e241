"""A small picture of each movie: its middle frame with the outlines of its cells."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from sidewinder.pixel_size import scaled
from sidewinder.report.movie.images import GAMMA, PERCENTILES
from sidewinder.report.movie.outlines import nearest
from sidewinder.store import open_image, open_labels

LONGEST_SIDE_PX = 112
QUALITY = 60
OUTLINE = (255, 170, 40)


def picture_of(movie_zarr: str | Path) -> bytes:
    """A WebP of the segmented channel, with square pixels and at most `LONGEST_SIDE_PX` a side.

    Parameters
    ----------
    movie_zarr : path
        The published movie.
    """
    movie, labels = open_image(movie_zarr), open_labels(movie_zarr)
    middle = labels.shape[0] // 2
    plane, cells = np.nan_to_num(movie.data[middle, movie.segmented_channel]), labels[middle]
    scale = min(LONGEST_SIDE_PX / max(scaled(labels.shape[1:], 1, movie.pixel_aspect)), 1)
    shape = scaled(labels.shape[1:], scale, movie.pixel_aspect)
    picture = Image.fromarray(_grey(plane)).resize(shape[::-1], Image.Resampling.BOX)
    colours = np.stack([np.asarray(picture)] * 3, axis=-1)
    colours[_edges(nearest(cells, shape))] = OUTLINE
    file = io.BytesIO()
    Image.fromarray(colours).save(file, format="WEBP", quality=QUALITY)
    return file.getvalue()


def _grey(plane: np.ndarray) -> np.ndarray:
    low, high = np.percentile(plane[::3, ::3], PERCENTILES)
    share = np.clip((plane.astype(np.float32) - low) / max(high - low, 1e-12), 0, 1)
    return (255 * share**GAMMA).round().astype(np.uint8)


def _edges(labels: np.ndarray) -> np.ndarray:
    """Pixels of cells next to something else."""
    edges = np.zeros(labels.shape, bool)
    edges[1:] |= labels[1:] != labels[:-1]
    edges[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    return edges & (labels > 0)
