"""The pixels of single cells: cut out, moved, compared."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage as ndi

from sidewinder.measure.contacts import touching

# rows and columns of a part of a frame
Box = tuple[slice, slice]


@dataclass(frozen=True)
class Mask:
    """The pixels of a cell, some of which may lie outside of the frame.

    Parameters
    ----------
    top, left : int
        Row and column of its first pixel; may be negative.
    pixels : ndarray of bool, shape (h, w)
        True where a pixel is the cell's; at least one.
    sides : tuple of float
        Height and width of a pixel, by which distances are measured.
    """

    top: int
    left: int
    pixels: np.ndarray
    sides: tuple[float, float] = (1.0, 1.0)

    @property
    def area_px(self) -> int:
        """How many pixels there are, also outside of the frame."""
        return int(np.count_nonzero(self.pixels))

    @property
    def bottom(self) -> int:
        """The row below the last one."""
        return self.top + self.pixels.shape[0]

    @property
    def right(self) -> int:
        """The column right of the last one."""
        return self.left + self.pixels.shape[1]

    def moved(self, shift_yx: tuple[int, int]) -> "Mask":
        """The same mask elsewhere."""
        return replace(self, top=self.top + shift_yx[0], left=self.left + shift_yx[1])

    def within(self, shape_yx: tuple[int, int]) -> tuple[Box, np.ndarray]:
        """Its place in a frame, and its pixels there; there may be none."""
        top, left = max(self.top, 0), max(self.left, 0)
        bottom, right = max(min(self.bottom, shape_yx[0]), top), max(min(self.right, shape_yx[1]), left)
        rows, columns = slice(top - self.top, bottom - self.top), slice(left - self.left, right - self.left)
        return (slice(top, bottom), slice(left, right)), self.pixels[rows, columns]

    def distance_in(self, box: Box) -> np.ndarray:
        """How far the pixels of a box are from the cell's outline, in the unit of `sides`; negative inside of the cell.

        Parameters
        ----------
        box : Box
            Part of a frame.

        Returns
        -------
        ndarray of float64
            Of the box's shape: of a pixel outside the distance to the cell's nearest one, of one inside minus the
            distance to the nearest one that is not the cell's.
        """
        rows, columns = box
        top, left = min(self.top, rows.start) - 1, min(self.left, columns.start) - 1
        bottom, right = max(self.bottom, rows.stop) + 1, max(self.right, columns.stop) + 1
        inside = np.zeros((bottom - top, right - left), dtype=bool)
        inside[self.top - top : self.bottom - top, self.left - left : self.right - left] = self.pixels
        outside, within = (ndi.distance_transform_edt(part, sampling=self.sides) for part in (~inside, inside))
        distance = outside - within
        return distance[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]


class Labels:
    """A frame's labels, of which single cells are cut out.

    Parameters
    ----------
    values : ndarray of int, shape (Y, X)
        0 is background.
    sides : tuple of float
        Height and width of a pixel.
    """

    def __init__(self, values: np.ndarray, sides: tuple[float, float] = (1.0, 1.0)) -> None:
        self.values, self.sides = values, sides
        self.boxes = ndi.find_objects(values)

    def mask(self, label: int) -> Mask:
        """The pixels of a cell that is there."""
        rows, columns = box = self.boxes[label - 1]
        return Mask(rows.start, columns.start, self.values[box] == label, self.sides)

    def touching(self) -> set[tuple[int, int]]:
        """Pairs of cells, the smaller label first, side by side or with a single pixel between them."""
        return set(map(tuple, touching(self.values).tolist()))
