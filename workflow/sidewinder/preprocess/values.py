"""The grey values that are stored, and their type: never others than the raw movie has."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sidewinder.errors import UserError

# types that few programs can show, and in which no microscope measures
STORED_AS = {"bool": "uint8", "float16": "float32", "int64": "int32", "uint64": "uint32"}
MOST_SINGLE = float(np.finfo(np.float32).max)


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
        If a number is not finite, beyond what float32 holds, or an integer beyond 32 bits.
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


def check_contrast(source: str, statistics: Sequence[dict[str, Any]]) -> None:
    """Refuse a movie whose grey values are all one number to the network, which computes in float32.

    Parameters
    ----------
    source : str
        The movie's path, for messages.
    statistics : sequence of dict
        What `MovieStatistics` has found, one a channel.

    Raises
    ------
    UserError
        Names the channel and its values.
    """
    for channel in statistics:
        least, largest = channel["quantiles"]["0"], channel["quantiles"]["100"]
        if least != largest and np.float32(least) == np.float32(largest):
            raise UserError(
                f"{source}: the values of channel {channel['channel']} lie between {least!r} and {largest!r}, which "
                "float32 cannot tell apart; export the movie again, with values that are scaled, or without an offset"
            )


def _check_floats(where: str, frame: np.ndarray) -> None:
    n_bad = int(np.count_nonzero(~np.isfinite(frame)))
    if n_bad:
        raise UserError(
            f"{where} has {n_bad} pixels that are NaN or infinite; expected finite numbers: "
            "export the movie again, without masked pixels"
        )
    largest = float(np.abs(frame).max())
    if largest > MOST_SINGLE:
        raise UserError(
            f"{where} has values as large as {largest:.3g}, beyond what float32 holds ({MOST_SINGLE:.3g}); "
            "export the movie again, with values that are scaled"
        )
