"""The grey values that are stored, and their type: never others than the raw movie has."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from sidewinder.errors import UserError

# types that few programs can show, and in which no microscope measures
STORED_AS = {"bool": "uint8", "float16": "float32", "int64": "int32", "uint64": "uint32"}
# in which float32 has to see the contrast of a movie
FEWEST_STEPS = 16
MOST_SINGLE = float(np.finfo(np.float32).max)


@cache  # NumPy spells a name anew each time, which takes as long as a pass over a small frame
def stored_dtype(dtype: np.dtype) -> np.dtype:
    """The type in which pixels of a type are stored."""
    return np.dtype(STORED_AS.get(dtype.name, dtype.name))


def as_stored(where: str, frame: np.ndarray) -> np.ndarray:
    """Bring a frame into the type that is stored.

    Parameters
    ----------
    where : str
        The movie's path and the frame, for messages.
    frame : ndarray, (C, Y, X)
        As it was read.

    Returns
    -------
    ndarray, (C, Y, X)
        The same numbers, of `stored_dtype`.

    Raises
    ------
    UserError
        If a number is infinite, beyond what float32 holds, or an integer beyond 32 bits.
    """
    dtype = stored_dtype(frame.dtype)
    if dtype.kind == "f":
        _check_floats(where, frame)
    elif dtype.itemsize < frame.dtype.itemsize:
        limits = np.iinfo(dtype)
        least, largest = int(frame.min()), int(frame.max())
        if least < limits.min or largest > limits.max:
            raise UserError(
                f"{where} has {frame.dtype} values from {least} to {largest}; expected values that fit {dtype} "
                f"({limits.min} to {limits.max}): export the movie again, as {dtype} or float32"
            )
    return frame.astype(dtype, copy=False)


def check_contrast(source: str, statistics: Sequence[dict[str, Any]], dtype: np.dtype) -> None:
    """Refuse a movie whose contrast is lost to the network, which computes in float32.

    Parameters
    ----------
    source : str
        The movie's path, for messages.
    statistics : sequence of dict
        What `MovieStatistics` has found, one a channel.
    dtype : dtype
        Of the pixels: float32 loses nothing of what is float32 itself.

    Raises
    ------
    UserError
        Names the channel and its values.
    """
    for channel in statistics if dtype != np.float32 else ():
        least, largest = _contrast(channel["quantiles"])
        step = np.spacing(np.float32(max(abs(least), abs(largest))))
        if least != largest and largest - least < FEWEST_STEPS * step:
            raise UserError(
                f"{source}: the values of channel {channel['channel']} lie between {least!r} and {largest!r}, where "
                f"float32 has steps of {step:.3g}; export the movie again, with values that are scaled, or without an "
                "offset"
            )


def _contrast(quantiles: dict[str, float]) -> tuple[float, float]:
    """The grey values between which a channel lies, without hot pixels where it has more than these."""
    least, largest = quantiles["1"], quantiles["99.8"]
    return (least, largest) if least != largest else (quantiles["0"], quantiles["100"])


def _check_floats(where: str, frame: np.ndarray) -> None:
    n_bad = int(np.count_nonzero(np.isinf(frame)))
    if n_bad:
        raise UserError(
            f"{where} has {n_bad} pixels that are infinite; expected finite numbers, or NaN where there are no data: "
            "export the movie again"
        )
    largest = float(np.fmax.reduce(np.abs(frame), axis=None))
    if largest > MOST_SINGLE:
        raise UserError(
            f"{where} has values as large as {largest:.3g}, beyond what float32 holds ({MOST_SINGLE:.3g}); "
            "export the movie again, with values that are scaled"
        )
