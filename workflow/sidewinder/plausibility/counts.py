"""Numbers of cells that do not go together from frame to frame."""

import numpy as np

from sidewinder.plausibility.warning import MovieWarning, over_ranges

# one or two cells that hide for some frames are found again; so many do not hide together
FEWEST_BESIDE_A_GAP = 3
# fewer than these leave, or come in, between two frames of a good movie, too
FEWEST_THAT_COME_OR_GO = 6
# the number of cells over that of the frame before. SIM+, GOWT1, HeLa, PSC and the simulated movies stay within 0.91
# and 1.11, U373 with its 8 cells within 0.80 and 1.25
LARGEST_RISE, LARGEST_FALL = 1.8, 2 / 3
# of counts that a sentence lists
MOST_LISTED = 6


def check_no_cells(counts: np.ndarray) -> list[MovieWarning]:
    """Warn of a movie without any cell.

    Parameters
    ----------
    counts : ndarray, shape (n_frames,), int
        Cells found in each frame.
    """

    def say(_: tuple[int, ...]) -> str:
        return (
            "no cells were found in the whole movie. Unless it is an empty field, the channel is the wrong one, the "
            "model is for other cells, or the pixel size is wrong: compare channel, model and pixel_size_um in the "
            "sheet with overlay.png"
        )

    return [] if counts.any() else over_ranges("no_cells", range(len(counts)), say)


def empty_frames(counts: np.ndarray) -> list[int]:
    """The frames without cells that follow, or are followed by, frames with too many cells to have gone all at once."""
    found: list[int] = []
    full = np.flatnonzero(counts)
    for before, after in zip([None, *full], [*full, None], strict=True):
        beside = [int(counts[frame]) for frame in (before, after) if frame is not None]
        fewest = FEWEST_BESIDE_A_GAP if len(beside) == 2 else FEWEST_THAT_COME_OR_GO
        if beside and min(beside) >= fewest:
            found += range(0 if before is None else before + 1, len(counts) if after is None else after)
    return found


def check_empty_frames(counts: np.ndarray, no_image: np.ndarray) -> list[MovieWarning]:
    """Warn of frames without cells among frames with cells.

    Parameters
    ----------
    counts : ndarray, shape (n_frames,), int
        Cells found in each frame.
    no_image : ndarray, shape (n_frames,), bool
        Frames that are no image, for which there is a warning of their own.
    """

    def say(_: tuple[int, ...]) -> str:
        usual = np.median(counts[counts > 0])
        return (
            f"no cells were found, but {usual:g} in other frames (median). Probably these frames are out of focus, "
            "dark, or of another place: look at them, and leave them out if they are bad"
        )

    return over_ranges("frames_without_cells", [frame for frame in empty_frames(counts) if not no_image[frame]], say)


def changed_frames(counts: np.ndarray, born: np.ndarray) -> list[int]:
    """The frames from one side to the other of a change that is too large for cells that divide, die, come and leave.

    Frames without cells are passed over: there are warnings of their own for these.
    """
    full = np.flatnonzero(counts)
    before, after = counts[full[:-1]], counts[full[1:]]
    risen = after - born[full[1:]]
    large = (risen > LARGEST_RISE * before) | (after < LARGEST_FALL * before)
    steps = np.flatnonzero(large & (np.abs(after - before) >= FEWEST_THAT_COME_OR_GO))
    return sorted({frame for step in steps for frame in range(full[step], full[step + 1] + 1)})


def check_changes(counts: np.ndarray, born: np.ndarray) -> list[MovieWarning]:
    """Warn of a number of cells that changes all at once.

    Parameters
    ----------
    counts : ndarray, shape (n_frames,), int
        Cells found in each frame.
    born : ndarray, shape (n_frames,), int
        How many more cells there are than before because cells have divided; all may do so between two frames.
    """

    def say(frames: tuple[int, ...]) -> str:
        listed = ", ".join(str(counts[frame]) for frame in frames[:MOST_LISTED])
        return (
            f"the number of cells changes all at once ({listed}{', ...' * (len(frames) > MOST_LISTED)}). Probably the "
            "focus or the light has changed, or the stage has moved to another place. Tracks break there: look at "
            "these frames, and leave them out if they are bad"
        )

    return over_ranges("sudden_change_of_count", changed_frames(counts, born), say)
