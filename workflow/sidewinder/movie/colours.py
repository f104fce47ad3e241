"""Movies in red, green and blue of which the colours are no colours, or hold nothing."""

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.movie import RGB, Frames

log = logging.getLogger("sidewinder")

# what cells look like from frame to frame; a mask of opacity is nothing like colours
ALIKE = 0.5


def times_or_colours(path: str, frames: Frames, planes: Callable[[], np.ndarray]) -> Frames:
    """Decide whether the colours of a single image are time points, as which libraries have written 3 or 4 of them.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    frames : Frames
        One frame, of red, green and blue.
    planes : callable
        Gives all samples of the image, (S, Y, X), each stored as a plane of its own.

    Returns
    -------
    Frames
        The same, or one frame a plane.

    Raises
    ------
    UserError
        If both is likely.
    """
    pixels = planes()
    n_planes = len(pixels)
    if not _look_alike(pixels):
        return frames
    if n_planes == len(RGB) and pixels.dtype.itemsize == 1:
        raise UserError(
            f"{path}: has one image of red, green and blue, which look alike: they may be {n_planes} time points; if "
            "so, save them as one grey image a frame (tifffile: photometric='minisblack'); if not, as one grey image"
        )
    log.warning(
        "%s: the %d colours of its only image look alike, as no colours of this type do; they are taken as %d time "
        "points: %d frames of one channel",
        path,
        n_planes,
        n_planes,
        n_planes,
    )
    return replace(
        frames,
        read=lambda frame: planes()[frame : frame + 1],
        n_frames=n_planes,
        shape_cyx=(1, *frames.shape_cyx[1:]),
        channel_names=(),
    )


def only_colour(path: str, frames: Frames) -> Frames:
    """Take the only colour that holds light, if it is the only one, as a movie of one channel.

    Parameters
    ----------
    path : str
        The movie's path, for messages.
    frames : Frames
        Of red, green and blue.

    Returns
    -------
    Frames
        Those of one colour, or the same; of the first, the middle and the last frame it is known that the others hold
        nothing, of the rest when they are read.

    Raises
    ------
    UserError
        If one of these frames cannot be read.
    """
    looked_at = sorted({0, frames.n_frames // 2, frames.n_frames - 1})
    holds = np.array([np.ptp(frames.read(frame), axis=(1, 2)) > 0 for frame in looked_at]).any(axis=0)
    if np.count_nonzero(holds) != 1:
        return frames
    colour = int(np.argmax(holds))
    log.warning(
        "%s: %s alone holds light, since the other colours are the same all over; it is taken as the only channel",
        path,
        RGB[colour],
    )

    def read(frame: int) -> np.ndarray:
        pixels = frames.read(frame)
        others = np.delete(pixels, colour, axis=0)
        if np.ptp(others, axis=(1, 2)).any():
            raise UserError(
                f"{path}: frame {frame} holds light in other colours than {RGB[colour]}, and frames "
                f"{', '.join(map(str, looked_at))} do not; save the channels as grey images"
            )
        return pixels[colour : colour + 1]

    return replace(frames, read=read, shape_cyx=(1, *frames.shape_cyx[1:]), channel_names=(RGB[colour],))


def _look_alike(planes: np.ndarray) -> bool:
    """Whether each plane looks like the one before."""
    flat = planes.reshape(len(planes), -1).astype(np.float64)
    if (np.ptp(flat, axis=1) == 0).any():
        return False
    alike = np.diagonal(np.asarray(np.corrcoef(flat)), offset=1)
    return bool((alike > ALIKE).all())
