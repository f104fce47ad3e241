"""Pixels of every frame, at the same places, of which there are few enough to hold those of a movie in memory."""

import numpy as np

# of all frames and channels together, and of a channel of a frame
MOST_VALUES, MOST_OF_FRAME, FEWEST_OF_FRAME = 2**23, 2**14, 2**10


class Sample:
    """Squares of 2 x 2 pixels, evenly spread.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    shape_cyx : tuple of int
        Their shape.
    """

    def __init__(self, n_frames: int, shape_cyx: tuple[int, int, int]) -> None:
        n_channels, *sides = shape_cyx
        n_values = np.clip(MOST_VALUES // (n_frames * n_channels), FEWEST_OF_FRAME, MOST_OF_FRAME)
        step = max(1, int(np.sqrt(sides[0] * sides[1] / n_values)))
        self._rows, self._columns = (_pairs(side, step) for side in sides)

    def take(self, planes: np.ndarray) -> np.ndarray:
        """Those of planes (C, Y, X), as (C, y, x)."""
        taken: np.ndarray = planes[:, self._rows[:, None], self._columns]
        return taken

    @staticmethod
    def means(planes: np.ndarray) -> np.ndarray:
        """The means of the squares of what was taken, (C, N), with half the noise."""
        n_channels, height, width = planes.shape
        return planes.reshape(n_channels, height // 2, 2, width // 2, 2).mean(axis=(2, 4)).reshape(n_channels, -1)


def _pairs(side: int, step: int) -> np.ndarray:
    """Two neighbours of every so many; of a side of a single pixel that one twice."""
    starts = np.arange(0, max(side - 1, 1), 2 * step)
    return np.minimum(np.stack([starts, starts + 1], axis=1).ravel(), side - 1)
