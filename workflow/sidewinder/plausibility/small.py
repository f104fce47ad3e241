"""Objects that were left out for their size, though they may be cells."""

import numpy as np

from sidewinder.plausibility.warning import MovieWarning, over_ranges

# of three frames each of SIM+, GOWT1, HeLa, U373 and PSC one is above: U373 has 3 pieces of debris beside 8 cells
FEWEST, LEFT_OUT_SHARE = 3, 0.25


def check_left_out(
    n_left_out: np.ndarray, counts: np.ndarray, diameters_px: tuple[float, float] | None
) -> list[MovieWarning]:
    """Warn of frames of which many objects were left out that are as large as cells that the model knows.

    Parameters
    ----------
    n_left_out : ndarray of int, shape (n_frames,)
        How many objects of that size were left out of each frame.
    counts : ndarray of int, shape (n_frames,)
        How many cells were found in it.
    diameters_px : tuple of float or None
        The smallest and the largest cells that the model knows, in pixels of the movie; nothing is said where nobody
        knows.
    """
    if diameters_px is None:
        return []
    many = np.flatnonzero((n_left_out >= FEWEST) & (n_left_out >= LEFT_OUT_SHARE * counts)).tolist()
    area_px = int(np.pi / 4 * diameters_px[0] ** 2)

    def say(frames: tuple[int, ...]) -> str:
        return (
            f"up to {n_left_out[list(frames)].max()} objects a frame were left out for their size, beside up to "
            f"{counts[list(frames)].max()} cells, though the model knows cells from {diameters_px[0]:.3g} px in "
            "diameter on. Either they are specks, or cells much smaller than the others: set instances.min_area_px to "
            f"{area_px}, in pixels, to keep them"
        )

    return over_ranges("small_objects_left_out", many, say)
