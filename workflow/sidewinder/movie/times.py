"""When the frames of a movie were taken."""

import logging
import math
from collections.abc import Sequence

import numpy as np

log = logging.getLogger("sidewinder")

# clocks of computers are no better, and a shutter's delay is no pause
EVEN_SHARE = 0.01


def times_from_first(path: str, n_frames: int, taken_s: Sequence[float | None]) -> tuple[float, ...] | None:
    """The times of frames from the first on, where a file says them of every frame.

    Parameters
    ----------
    path : str
        The movie's path, for messages.
    n_frames : int
    taken_s : sequence of float or None
        When each frame was taken, in seconds since any moment; empty where the file does not say.

    Returns
    -------
    tuple of float or None
        Seconds since the first frame, (T,); None, with a warning where the file says something, if they are no times.
    """
    said = [time for time in taken_s if time is not None and math.isfinite(time)]
    # 0 everywhere is written by programs that did not look at the clock
    if n_frames < 2 or len(set(said)) < 2:
        return None
    if len(said) < n_frames or len(taken_s) != n_frames:
        log.warning(
            "%s: says of %d of its %d frames when they were taken; expected all: these times are not used",
            path,
            len(said),
            n_frames,
        )
        return None
    steps = np.diff(said)
    if (steps <= 0).any():
        frame = int(np.argmax(steps <= 0)) + 1
        log.warning(
            "%s: says that frame %d was taken at %g s, and frame %d at %g s; times that do not rise are not used",
            path,
            frame,
            said[frame],
            frame - 1,
            said[frame - 1],
        )
        return None
    return tuple(round(time - said[0], 6) for time in said)


def median_interval_s(times_s: Sequence[float]) -> float:
    """The median time from frame to frame, in seconds; more than six digits of it are noise."""
    return float(f"{np.median(np.diff(times_s)):.6g}")


def are_even(times_s: Sequence[float]) -> bool:
    """Whether the times from frame to frame agree to one per cent."""
    steps = np.diff(times_s)
    return bool(np.allclose(steps, np.median(steps), rtol=EVEN_SHARE, atol=0))


def warn_of_uneven(path: str, times_s: Sequence[float]) -> None:
    """Warn of times that are uneven; says where the longest pause is."""
    if len(times_s) < 2 or are_even(times_s):
        return
    steps = np.diff(times_s)
    log.warning(
        "%s: the frames were taken at uneven times, from %g to %g s apart (median %g s, longest before frame %d); "
        "columns in s follow the time of each frame, unless the sheet says frame_interval_s",
        path,
        steps.min(),
        steps.max(),
        np.median(steps),
        steps.argmax() + 1,
    )
