"""Which cell is meant by a frame and a place."""

import numpy as np
import pandas as pd

NO_CELL = -1


class Places:
    """Finds cells by where they are.

    Parameters
    ----------
    cells : DataFrame
        `frame, y_px, x_px, area_px`, sorted by frame; a cell is known by its row.
    sides : tuple of float
        Height and width of a pixel, in the unit of `y_px` and `x_px`.
    """

    def __init__(self, cells: pd.DataFrame, sides: tuple[float, float] = (1.0, 1.0)) -> None:
        self._frame = cells["frame"].to_numpy(np.int64)
        self._yx = cells[["y_px", "x_px"]].to_numpy(np.float64)
        self._radius_px = np.sqrt(cells["area_px"].to_numpy(np.float64) / np.pi)
        self._sides = np.array(sides)

    def cell_at(self, frame: int, yx_px: tuple[float, float]) -> int:
        """The row of the cell whose centre is the nearest and not farther than its radius; -1 where there is none.

        Parameters
        ----------
        frame : int
            The frame.
        yx_px : tuple of float
            A place in the image, in pixels.
        """
        begin, end = np.searchsorted(self._frame, [frame, frame + 1])
        distance = np.linalg.norm(self._yx[begin:end] - np.array(yx_px) * self._sides, axis=1)
        distance[distance > self._radius_px[begin:end]] = np.inf
        if not np.isfinite(distance).any():
            return NO_CELL
        return int(begin + distance.argmin())


def spoken(yx_px: tuple[float, float]) -> str:
    """A place as a sentence has it."""
    return f"y {yx_px[0]:g}, x {yx_px[1]:g}"
