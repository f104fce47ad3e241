"""What becomes of the z-slices of a movie: one picture of all of them, one of them, or time points."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.movie import Frames, Slices

CHOICES = "max, mean or sharpest for one picture of all slices, a number for one slice"
OR_TIME = ", time if they are time points"


def flattened(path: str, frames: Frames, z: str | None) -> Frames:
    """Make a movie without z of one with slices; slices are read one at a time.

    Parameters
    ----------
    path : str
        The movie's path, for messages.
    frames : Frames
        Those of any reader.
    z : str or None
        What the sheet says: "max", "mean", "sharpest", "time", or a slice's number from 0.

    Returns
    -------
    Frames
        Without slices; grey values keep their type, means of integers are rounded.

    Raises
    ------
    UserError
        If there are slices and nothing is said of them, or something that they cannot be.
    """
    n_slices = frames.n_slices
    if z is not None and z.isdecimal() and int(z) >= n_slices:
        raise UserError(f"{path}: there is no z-slice {z}; it has {n_slices} (the first is 0): change the column 'z'")
    if frames.slices is None:
        return frames
    slices = frames.slices
    if z is None:
        raise UserError(
            f"{path}: has {n_slices} z-slices; cells are tracked in 2-D: say in the sheet's column 'z' what becomes of "
            f"them: {CHOICES + OR_TIME * (frames.n_frames == 1)}"
        )
    if z == "time":
        return _as_time(path, frames, slices)
    if z.isdecimal():
        return replace(frames, read=lambda frame: slices.read(frame, int(z)), slices=None)
    project = {"max": _largest, "mean": _mean, "sharpest": _sharpest}[z]
    return replace(frames, read=lambda frame: project(slices, frame), slices=None)


def _as_time(path: str, frames: Frames, slices: Slices) -> Frames:
    if frames.n_frames > 1:
        raise UserError(
            f"{path}: has {frames.n_frames} time points of {slices.n} z-slices, which cannot be time, too; say in the "
            f"sheet's column 'z' what becomes of them: {CHOICES}"
        )
    return replace(frames, read=lambda frame: slices.read(0, frame), n_frames=slices.n, slices=None)


def _each(slices: Slices, frame: int) -> Iterator[np.ndarray]:
    return (slices.read(frame, index) for index in range(slices.n))


def _largest(slices: Slices, frame: int) -> np.ndarray:
    """The largest value of each pixel."""
    each = _each(slices, frame)
    largest = next(each).copy()
    for plane in each:
        np.maximum(largest, plane, out=largest)
    return largest


def _mean(slices: Slices, frame: int) -> np.ndarray:
    """The mean of each pixel, rounded where the type is one of integers."""
    each = _each(slices, frame)
    first = next(each)
    total = first.astype(np.float64)
    for plane in each:
        total += plane
    mean = total / slices.n
    return (mean if first.dtype.kind == "f" else mean.round()).astype(first.dtype)


def _sharpest(slices: Slices, frame: int) -> np.ndarray:
    """The slice with the strongest edges in all channels together, so that channels stay of one slice."""
    sharpness = np.array([_sharpness(planes) for planes in _each(slices, frame)])
    # a bright channel counts no more than a dim one
    shares = sharpness / np.maximum(sharpness.sum(axis=0), np.finfo(float).tiny)
    return slices.read(frame, int(shares.sum(axis=1).argmax()))


def _sharpness(planes: np.ndarray) -> list[float]:
    """The mean squared difference of pixels two apart (Brenner's gradient) of each channel."""
    return [
        sum(float(np.square(plane[2:] - plane[:-2]).mean()) for plane in (channel, channel.T) if len(plane) > 2)
        for channel in planes.astype(np.float64)
    ]
