"""A warning, and how neighbouring frames become one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

# in the order of docs/warnings.md, which says of each what it means and what to do
KINDS = (
    "noise_channel",
    "model_does_not_fit",
    "labels_do_not_fit",
    "pixel_size_not_known",
    "raw_data",
    "no_cells",
    "frames_without_cells",
    "sudden_change_of_count",
    "black_frame",
    "overexposed_frame",
    "copied_frame",
    "out_of_focus_frame",
    "saturated",
    "giant_object",
    "small_objects_left_out",
    "most_cells_touch_the_border",
    "ctc_left_out",
    "edits_do_not_hold",
)
# more are one row: nobody reads a list of a hundred
MOST_RANGES = 5

Frames = tuple[int, ...]


@dataclass(frozen=True)
class MovieWarning:
    """What is not plausible in a movie.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    first_frame, last_frame : int
        Where it was seen.
    message : str
        What was seen, what it probably means, and what to do.
    """

    kind: str
    first_frame: int
    last_frame: int
    message: str


def over_ranges(kind: str, frames: Iterable[int], say: Callable[[Frames], str]) -> list[MovieWarning]:
    """One warning for each range of neighbouring frames; one for all where there are more than `MOST_RANGES`.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    frames : iterable of int
        The frames where something was seen, ascending.
    say : callable
        Gives what was seen in some of these frames, what it means and what to do; the frames are put before it.

    Returns
    -------
    list of MovieWarning
        In the order of the frames; none where there are no frames.
    """
    found = ranges(frames)
    if len(found) > MOST_RANGES:
        found = [tuple(frame for frames in found for frame in frames)]
    return [MovieWarning(kind, of[0], of[-1], f"{spoken(of)}: {say(of)}") for of in found]


def ranges(frames: Iterable[int]) -> list[Frames]:
    """Runs of neighbouring frames.

    Examples
    --------
    >>> ranges([3, 4, 9])
    [(3, 4), (9,)]
    """
    found: list[Frames] = []
    for frame in frames:
        if found and frame == found[-1][-1] + 1:
            found[-1] += (frame,)
        else:
            found.append((frame,))
    return found


def spoken(frames: Frames) -> str:
    """How a sentence begins that is about some frames.

    Examples
    --------
    >>> spoken((3,)), spoken((3, 4)), spoken((3, 4, 9))
    ('Frame 3', 'Frames 3 to 4', '3 of the frames 3 to 9')
    """
    first, last = frames[0], frames[-1]
    if first == last:
        return f"Frame {first}"
    together = last - first + 1 == len(frames)
    return f"Frames {first} to {last}" if together else f"{len(frames)} of the frames {first} to {last}"


def percent(share: float) -> str:
    """A share as a sentence has it."""
    return f"{100 * share:.0f} %"


def up_to(shares: np.ndarray | pd.Series) -> str:
    """The largest of some frames' shares as a sentence has it."""
    return "up to " * (len(shares) > 1) + percent(shares.max())
