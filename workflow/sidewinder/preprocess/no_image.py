"""Frames that are no image: found beside the other frames of their movie."""

import numpy as np

from sidewinder.preprocess.look import Look, look_at

# in the order in which a frame is asked what it is
KINDS = ("black_frame", "overexposed_frame", "copied_frame", "out_of_focus_frame")
# of the pixels of a frame at its highest value, and of most frames at theirs
OVEREXPOSED_SHARE, USUAL_SHARE = 0.5, 0.25
# of so many frames before, and as many behind, a frame's detail is compared with the upper quartile, so that some of
# these may be bad themselves
BESIDE, QUARTILE = 8, 75
# of the detail of frames before and behind. Real movies keep 0.75 and more (DIC-HeLa), single frames of T98G and a
# lamp that flickers by a quarter 0.6; a blur that lets cells run into each other leaves 0.3
LEAST_DETAIL = 0.4
# a blur takes it from details of several sizes
FEWEST_OCTAVES = 2
# the first and the last frames have others on one side only: a field that cells come into has little detail, too. But a
# blur keeps the light: the mean changes by less than this share of what cells add to it
LIGHT_CHANGE = 0.5


class NoImage:
    """Finds frames that are no image, while the frames pass by.

    Parameters
    ----------
    channels : list of int
        The channels that are segmented; a frame is no image if one of them has none.
    """

    def __init__(self, channels: list[int]) -> None:
        self.channels = channels
        self.looks: list[list[Look]] = []
        self.copies: list[bool] = []
        self._before: np.ndarray | None = None

    def look(self, frame: np.ndarray, missing: np.ndarray | None) -> None:
        """Take the next frame, (C, Y, X), and which of its pixels hold no data, None where all do."""
        self.looks.append([look_at(frame[channel], missing) for channel in self.channels])
        self.copies.append(self._before is not None and _same(self._before, frame))
        self._before = frame

    def find(self) -> dict[str, list[int]]:
        """The frames that are no image, by their kind, in the order of `KINDS`; each once; no kinds without any."""
        copied = np.array(self.copies)
        # one that is drawn stands still
        if len(copied) < 3 or 2 * np.count_nonzero(copied) > len(copied):
            copied[:] = False
        marks = [of_channel(list(looks), copied) for looks in zip(*self.looks, strict=True)]
        kind = np.min(marks, axis=0)
        found = {name: np.flatnonzero(kind == number).tolist() for number, name in enumerate(KINDS)}
        return {name: frames for name, frames in found.items() if frames}


def of_channel(looks: list[Look], copied: np.ndarray) -> np.ndarray:
    """What is wrong with each frame, as a number of `KINDS`, or the number behind them where nothing is."""
    lowest, highest, dark, bright, at_highest = (
        np.array([getattr(look, name) for look in looks])
        for name in ("lowest", "highest", "dark", "bright", "at_highest")
    )
    if np.isnan(highest).all():
        return np.zeros(len(looks), dtype=np.int64)
    constant = ~(lowest < highest)
    usual_bright = np.median(bright[~constant]) if not constant.all() else np.inf
    flash = (at_highest >= OVEREXPOSED_SHARE) & (highest >= np.nanmedian(highest))
    flash &= np.nanmedian(at_highest) < USUAL_SHARE
    overexposed = np.where(constant, lowest > usual_bright, flash)
    black = (constant | (bright < np.nanmedian(dark))) & ~overexposed
    blurred = _without_detail(looks, ~(black | overexposed | copied))
    return np.select([black, overexposed, copied, blurred], range(len(KINDS)), len(KINDS))


def _without_detail(looks: list[Look], good: np.ndarray) -> np.ndarray:
    """Frames that have far less detail of a size than those before and behind them, shape (n_frames,)."""
    found = np.zeros(len(looks), dtype=bool)
    frames = np.flatnonzero(good)
    if len(frames) < 2:
        return found
    detail = np.array([looks[frame].detail for frame in frames])
    # of the first and the last frame the other side counts
    usual = np.fmin(_usual_before(detail), _usual_before(detail[::-1])[::-1])
    less = np.count_nonzero(detail < LEAST_DETAIL * usual, axis=1) >= FEWEST_OCTAVES
    found[frames] = less
    for place, beside in ((0, frames[1 : 1 + BESIDE]), (len(frames) - 1, frames[-1 - BESIDE : -1])):
        if less[place]:
            found[frames[place]] = _keeps_light(looks[frames[place]], [looks[other] for other in beside])
    return found


def _usual_before(detail: np.ndarray) -> np.ndarray:
    """The upper quartile of detail of the frames before each, as `detail` (n_frames, N_OCTAVES); NaN for the first."""
    usual = np.full(detail.shape, np.nan)
    for place in range(1, min(BESIDE, len(detail))):
        usual[place] = np.percentile(detail[:place], QUARTILE, axis=0)
    if len(detail) > BESIDE:
        # all at once, since a call takes longer than a frame has time
        windows = np.lib.stride_tricks.sliding_window_view(detail[:-1], BESIDE, axis=0)
        usual[BESIDE:] = np.percentile(windows, QUARTILE, axis=-1)
    return usual


def _keeps_light(look: Look, others: list[Look]) -> bool:
    """Whether a frame has as much light as others."""
    mean = np.median([other.mean for other in others])
    of_cells = np.median([abs(other.mean - other.middle) for other in others])
    return bool(abs(look.mean - mean) < LIGHT_CHANGE * of_cells)


def _same(before: np.ndarray, frame: np.ndarray) -> bool:
    """Whether two frames are the same, also where they have no data."""
    by_nan = frame.dtype.kind == "f"
    # the first rows tell of most frames that they are not
    return all(np.array_equal(before[part], frame[part], equal_nan=by_nan) for part in (np.s_[:, :2], np.s_[:]))
