"""Cells too large to be cells, and cells that the frame cuts off."""

import numpy as np
import pandas as pd

from sidewinder.plausibility.warning import MovieWarning, over_ranges, percent, up_to

# the largest cells of real movies cover 0.052 of the frame (U373)
GIANT_SHARE = 0.25
# SIM+, GOWT1, HeLa, U373, PSC have 0.06 to 0.11, simulated nuclei up to 0.25
AT_BORDER_SHARE = 0.5
# one cell that lies at the edge is no reason to worry
FEWEST_CELLS = 3


def check_giants(cells: pd.DataFrame, frame_px: int) -> list[MovieWarning]:
    """Warn of objects as large as no cell.

    Parameters
    ----------
    cells : DataFrame
        `frame` and `area_px` of each cell of each frame.
    frame_px : int
        Pixels of a frame.
    """
    shares = (cells["area_px"] / frame_px).groupby(cells["frame"]).max()
    shares = shares[shares > GIANT_SHARE]

    def say(frames: tuple[int, ...]) -> str:
        return (
            f"one object covers {up_to(shares[list(frames)])} of the frame. Probably a bubble, the edge "
            "of a well, or cells that were not separated. What was measured of it is not of a cell: leave its track "
            "out of the tables, and see whether another model or channel fits"
        )

    return over_ranges("giant_object", shares.index.tolist(), say)


def check_border(cells: pd.DataFrame, n_frames: int) -> list[MovieWarning]:
    """Warn where most cells are cut off.

    Parameters
    ----------
    cells : DataFrame
        `frame` and `touches_border` of each cell of each frame.
    n_frames : int
        Frames of the movie.
    """
    if np.median(np.bincount(cells["frame"], minlength=n_frames)) < FEWEST_CELLS:
        return []
    share = cells["touches_border"].mean()

    def say(_: tuple[int, ...]) -> str:
        return (
            f"{percent(share)} of the cells touch the edge of the frame, which cuts them off: their areas and shapes "
            "are too small, and few tracks are complete. Either the field of view is too small for these cells, or "
            "the edge itself was taken for cells: look at overlay.png, and use cells with touches_border false only"
        )

    return over_ranges("most_cells_touch_the_border", range(n_frames), say) if share > AT_BORDER_SHARE else []
