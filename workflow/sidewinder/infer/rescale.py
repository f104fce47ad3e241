"""Frames to the model's pixel size and maps back, in pieces that come out as from the whole frame.

Each axis is resampled by a triangle filter as wide as the coarser of the two pixels: linear interpolation where pixels
become smaller, an average over what a pixel covers where they become larger (so that nothing aliases). The weights
belong to the pixel's place in the frame, not in the piece.
"""

from typing import TYPE_CHECKING

import numpy as np

from sidewinder.errors import UserError
from sidewinder.pixel_size import as_seen, said

if TYPE_CHECKING:
    from scipy import sparse

# pixels that differ by more are a mistake in the metadata rather than a microscope
LARGEST_FACTOR = 16


def scaled_shape(
    shape_yx: tuple[int, int], pixel_size_um: float, model_pixel_size_um: float, pixel_aspect: float = 1.0
) -> tuple[int, int]:
    """The size of a frame at the model's pixel size.

    Parameters
    ----------
    shape_yx : tuple of int
        Shape of the frame.
    pixel_size_um, model_pixel_size_um : float
        Pixel sizes of the movie and of the model, whose pixels are square.
    pixel_aspect : float
        Height of the movie's pixels over their width.

    Returns
    -------
    shape_yx : tuple of int
        Shape of the rescaled frame, at least one pixel a side.

    Raises
    ------
    UserError
        If the two sizes are too far apart to be true.
    """
    factor = pixel_size_um / model_pixel_size_um
    if not 1 / LARGEST_FACTOR <= factor <= LARGEST_FACTOR:
        raise UserError(
            f"the movie's pixels are {said(pixel_size_um, pixel_aspect)} um wide and the model's "
            f"{model_pixel_size_um:g} um, more than {LARGEST_FACTOR} times apart; if the movie's "
            "metadata are wrong, give pixel_size_um in the sheet"
        )
    return as_seen(shape_yx, pixel_size_um, pixel_aspect, model_pixel_size_um)


def weights(size_px: int, new_size_px: int) -> "sparse.csr_array":
    """How an axis is resampled.

    Parameters
    ----------
    size_px, new_size_px : int
        Length of the axis before and after.

    Returns
    -------
    weights : csr_array, shape (new_size_px, size_px), float32
        Rows sum to 1; the columns of a row are in order.
    """
    # a fifth of a second, and few movies are rescaled
    from scipy import sparse

    ratio = size_px / new_size_px
    reach = max(ratio, 1.0)
    centres = (np.arange(new_size_px) + 0.5) * ratio - 0.5
    offsets = np.arange(-int(reach) - 1, int(reach) + 2)
    columns = np.rint(centres).astype(np.int64)[:, None] + offsets
    values = np.clip(1 - np.abs(columns - centres[:, None]) / reach, 0, None)
    values[(columns < 0) | (columns >= size_px)] = 0
    values /= values.sum(axis=1, keepdims=True)
    rows, places = np.nonzero(values)
    entries = (values[rows, places].astype(np.float32), (rows, columns[rows, places]))
    return sparse.csr_array(entries, shape=(new_size_px, size_px))


class Rescaling:
    """Resamples frames of one shape to another, any rows of them at a time.

    Parameters
    ----------
    shape_yx, new_shape_yx : tuple of int
        Before and after.
    """

    def __init__(self, shape_yx: tuple[int, int], new_shape_yx: tuple[int, int]) -> None:
        self.rows, self.columns = (weights(old, new) for old, new in zip(shape_yx, new_shape_yx, strict=True))
        # of each new row, the first row that it is made of and the one behind the last
        self.first = self.rows.indices[self.rows.indptr[:-1]]
        self.behind = self.rows.indices[self.rows.indptr[1:] - 1] + 1

    def needed(self, start: int, stop: int) -> tuple[int, int]:
        """The first and last of the rows that the new rows from `start` to `stop` are made of."""
        return int(self.first[start]), int(self.behind[stop - 1])

    def apply(self, rows: np.ndarray, offset: int, start: int, stop: int) -> np.ndarray:
        """Make new rows.

        Parameters
        ----------
        rows : ndarray, shape (C, y, X)
            Rows of the frame, at least those that are needed.
        offset : int
            Number of the first of these rows in the frame.
        start, stop : int
            The new rows to make.

        Returns
        -------
        new_rows : ndarray, shape (C, stop - start, new X), float32
        """
        vertical = self.rows[start:stop, offset : offset + rows.shape[1]]
        return np.stack([(self.columns @ (vertical @ plane.astype(np.float32)).T).T for plane in rows])


class RowsBack:
    """Resamples frames whose rows come piece by piece, and hands new rows out as soon as they can be made.

    Parameters
    ----------
    shape_yx, new_shape_yx : tuple of int
        Before and after.
    """

    def __init__(self, shape_yx: tuple[int, int], new_shape_yx: tuple[int, int]) -> None:
        self.rescaling = Rescaling(shape_yx, new_shape_yx)
        self.n_rows, self.n_new_rows = shape_yx[0], new_shape_yx[0]
        self._begin()

    def _begin(self) -> None:
        self.kept: np.ndarray | None = None
        self.offset = self.made = 0

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Take the next rows of a frame, and behind its last ones the first of the next frame.

        Parameters
        ----------
        rows : ndarray, shape (C, y, X), uint8

        Returns
        -------
        new_rows : ndarray, shape (C, any, new X), uint8
            Those that could not be made before, rounded.
        """
        self.kept = rows if self.kept is None else np.concatenate([self.kept, rows], axis=1)
        there = self.offset + self.kept.shape[1]
        stop = int(np.searchsorted(self.rescaling.behind, there, side="right"))
        new_rows = self.rescaling.apply(self.kept, self.offset, self.made, stop)
        if there == self.n_rows:
            self._begin()
        else:
            self.made = stop
            first = int(self.rescaling.first[stop])
            self.kept, self.offset = self.kept[:, first - self.offset :], first
        return np.rint(new_rows).astype(np.uint8)
