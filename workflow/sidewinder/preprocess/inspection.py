"""Looks at all frames of a movie for what is no image and holds no data, and says what it has found."""

import logging
from collections.abc import Iterable, Iterator

import numpy as np

from sidewinder.no_data import no_data
from sidewinder.preprocess.no_image import NoImage

log = logging.getLogger("sidewinder")

WORDS = {
    "black_frame": "no light",
    "overexposed_frame": "too much light",
    "copied_frame": "a copy of the frame before",
    "out_of_focus_frame": "far less detail than the frames before and behind, as far out of focus",
}
MOST_LISTED = 10


class Inspection:
    """Which frames are no image, and which hold pixels without data.

    Parameters
    ----------
    channels : list of int
        The channels that are segmented.
    region : ndarray of bool, optional, shape (Y, X)
        The pixels in which the user wants cells; what lies outside of it is in no statistic.
    """

    def __init__(self, channels: list[int], region: np.ndarray | None = None) -> None:
        self.channels = channels
        self._outside = None if region is None else ~region
        self._no_image = NoImage(channels)
        self.no_image: dict[str, list[int]] = {}
        self.no_data: list[int] = []
        self.n_seen_px = 0
        self._n_frames = 0

    def take(self, frame: np.ndarray) -> np.ndarray:
        """Look at the next frame, (C, Y, X); return its pixels that hold data and lie in the region, (C, ...)."""
        without_data = no_data(frame)
        has_all = not without_data.any()
        if not has_all:
            self.no_data.append(self._n_frames)
        self._n_frames += 1
        missing = self._outside if has_all else self._with_outside(without_data)
        self._no_image.look(frame, missing)
        self.n_seen_px += without_data.size - (0 if missing is None else int(np.count_nonzero(missing)))
        return frame if missing is None else frame[:, ~missing]

    def end(self) -> list[int]:
        """Find and say what is no image; return the frames that are in no statistic, none where there are no others."""
        self.no_image = self._no_image.find()
        for kind, frames in self.no_image.items():
            log.warning(
                "preprocess: WARNING: %s no image (%s): no cells are looked for there, and tracks go on over it",
                _spoken(frames), WORDS[kind],
            )  # fmt: skip
        if self.no_data:
            log.info("no data in a part of %d of %d frames", len(self.no_data), self._n_frames)
        return self._left_out()

    def counted(self, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Of all frames the pixels that are in the statistics."""
        for _, frame, missing in self.good(frames):
            yield frame if missing is None else frame[:, ~missing]

    def good(self, frames: Iterable[np.ndarray]) -> Iterator[tuple[int, np.ndarray, np.ndarray | None]]:
        """Of all frames those in the statistics: number, grey values, and where they hold no data, None if nowhere."""
        left_out, with_missing = set(self._left_out()), set(self.no_data)
        for number, frame in enumerate(frames):
            if number not in left_out:
                yield number, frame, self._missing(frame, number in with_missing)

    def seen_pixels(self, frame: np.ndarray) -> np.ndarray:
        """The pixels of a frame (C, Y, X) that hold data and lie in the region, (C, ...)."""
        missing = self._missing(frame, True)
        return frame if missing is None else frame[:, ~missing]

    def _missing(self, frame: np.ndarray, may_lack: bool) -> np.ndarray | None:
        """Where a frame holds no data, if it may lack some, or lies outside of the region; None if nowhere."""
        without_data = no_data(frame) if may_lack else None
        if without_data is None or not without_data.any():
            return self._outside
        return self._with_outside(without_data)

    def _with_outside(self, without_data: np.ndarray) -> np.ndarray:
        """Those pixels, and those outside of the region."""
        return without_data if self._outside is None else without_data | self._outside

    def attributes(self) -> dict[str, dict[str, list[int]] | list[int]]:
        """What the image's attributes hold of it: only what there is."""
        found: dict[str, dict[str, list[int]] | list[int]] = {}
        if self.no_image:
            found["no_image"] = self.no_image
        if self.no_data:
            found["no_data"] = self.no_data
        return found

    def _left_out(self) -> list[int]:
        frames = sorted(frame for of_kind in self.no_image.values() for frame in of_kind)
        return frames if len(frames) < self._n_frames else []


def _spoken(frames: list[int]) -> str:
    listed = ", ".join(map(str, frames[:MOST_LISTED])) + ", ..." * (len(frames) > MOST_LISTED)
    return f"frame {listed} is" if len(frames) == 1 else f"frames {listed} are"
