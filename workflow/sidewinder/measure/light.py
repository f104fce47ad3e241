"""How dark and how bright a frame is, whatever single pixels are."""

import numpy as np

# beyond which hot pixels and specks of dust no longer count
DARK_PERCENT, BRIGHT_PERCENT = 1, 99.9


def dark_and_bright(frame: np.ndarray) -> tuple[float, float]:
    """The quantiles of `DARK_PERCENT` and `BRIGHT_PERCENT` of a frame's grey values, shape (Y, X)."""
    ranks = [round(share / 100 * (frame.size - 1)) for share in (DARK_PERCENT, BRIGHT_PERCENT)]
    dark, bright = np.partition(frame, ranks, axis=None)[ranks]
    return float(dark), float(bright)


def has_picture(frame: np.ndarray, beside: np.ndarray) -> bool:
    """Whether light has reached the camera.

    Parameters
    ----------
    frame, beside : ndarray, shape (C, Y, X)
        Grey values of a frame, and of one that has a picture.

    Returns
    -------
    bool
        False if a channel of the frame has one grey value only, where the other frame has several, or is darker than
        the darkest that the other frame has.
    """
    for here, there in zip(frame, beside, strict=True):
        constant = here.min() == here.max() and there.min() < there.max()
        if constant or dark_and_bright(here)[1] < dark_and_bright(there)[0]:
            return False
    return True
