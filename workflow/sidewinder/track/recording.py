"""What is known of a movie as a whole."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sidewinder.pixel_size import height_and_width
from sidewinder.store import Image


@dataclass(frozen=True)
class Recording:
    """The size of a movie and its scales.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    shape_yx : tuple of int
        Shape of a frame.
    pixel_size_um, frame_interval_s : float or None
        None where not known.
    taken_s : ndarray of float64 or None, shape (n_frames,)
        When each frame was taken, in seconds since the first; None where that is frames times the interval.
    numbers : ndarray of int64 or None, shape (n_frames,)
        The number of each frame among those that were planned; None where none of these is missing.
    no_image : ndarray of bool or None, shape (n_frames,)
        The frames that are no image; None where all are.
    outside : ndarray of bool or None, shape shape_yx
        Pixels outside of the region in which cells are looked for; None where that is the whole frame.
    pixel_aspect : float
        Height of a pixel over its width.
    drift_px : ndarray of float64 or None, shape (n_frames, 2)
        How far the stage has moved the specimen since the first frame, in the unit of `sides`; None where that is to be
        found by the cells.
    """

    n_frames: int
    shape_yx: tuple[int, int]
    pixel_size_um: float | None
    frame_interval_s: float | None
    taken_s: np.ndarray | None = None
    numbers: np.ndarray | None = None
    no_image: np.ndarray | None = None
    outside: np.ndarray | None = None
    pixel_aspect: float = 1.0
    drift_px: np.ndarray | None = None

    @classmethod
    def of(cls, image: Image) -> "Recording":
        """What is known of a preprocessed movie."""
        return cls(
            n_frames=image.data.shape[0],
            shape_yx=image.data.shape[-2:],
            pixel_size_um=image.pixel_size_um,
            frame_interval_s=image.frame_interval_s,
            taken_s=image.times_s,
            numbers=image.source_frames,
            no_image=image.has_no_image,
            outside=image.outside,
            pixel_aspect=image.pixel_aspect,
            drift_px=None if image.drift_px is None else image.drift_px * height_and_width(image.pixel_aspect),
        )

    def seen(self, frame: np.ndarray) -> np.ndarray:
        """The frames in which cells could be seen, bool (n_frames,): all but those that are no image and hold no cells.

        Parameters
        ----------
        frame : ndarray of int, shape (N,)
            The frames of cells.
        """
        seen = np.ones(self.n_frames, dtype=bool) if self.no_image is None else ~self.no_image
        seen[frame] = True
        return seen

    @property
    def sides(self) -> tuple[float, float]:
        """Height and width of a pixel, in sides of the square that has its area: the unit of all distances."""
        return height_and_width(self.pixel_aspect)

    def in_sides(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Cells with `y_px` and `x_px` in that unit, in which they are linked and repaired, of those in pixels."""
        if self.pixel_aspect == 1:
            return cells
        height, width = self.sides
        return cells.assign(y_px=cells["y_px"] * height, x_px=cells["x_px"] * width)

    @property
    def um_per_px(self) -> float:
        """The pixel size; NaN where not known, so that what is measured with it is empty."""
        return np.nan if self.pixel_size_um is None else self.pixel_size_um

    @property
    def s_per_frame(self) -> float:
        """The frame interval; NaN where not known, so that what is measured with it is empty."""
        return np.nan if self.frame_interval_s is None else self.frame_interval_s

    @property
    def source_frames(self) -> np.ndarray:
        """The number of each frame among those that were planned, int64 (n_frames,)."""
        return np.arange(self.n_frames) if self.numbers is None else self.numbers

    @property
    def is_even(self) -> bool:
        """Whether the time of each frame is its number times the interval."""
        return self.taken_s is None or np.array_equal(self.taken_s, np.arange(self.n_frames) * self.s_per_frame)

    @property
    def times_s(self) -> np.ndarray:
        """When each frame was taken, float64 (n_frames,); NaN where not known, as `s_per_frame`."""
        return np.arange(self.n_frames) * self.s_per_frame if self.taken_s is None else self.taken_s
