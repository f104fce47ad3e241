"""Whole numbers as bytes that deflate well: differences between neighbours, their low and their high bytes apart."""

import numpy as np


def coded(values: np.ndarray) -> np.ndarray:
    """Whole numbers for the page, which adds them up again.

    Parameters
    ----------
    values : ndarray, (n,)
        Whole numbers from 0 to 65535.

    Returns
    -------
    ndarray, uint8 (2, n)
        The low and the high bytes of the difference d from the number before, modulo 65536, as 2 d for d of 0 and
        more and -2 d - 1 for others.
    """
    whole = np.asarray(values).astype(np.uint16)
    steps = np.diff(whole, prepend=np.uint16(0)).view(np.int16).astype(np.int32)
    folded = ((steps << 1) ^ (steps >> 15)).astype(np.uint16)
    return np.stack([folded & 255, folded >> 8]).astype(np.uint8)
