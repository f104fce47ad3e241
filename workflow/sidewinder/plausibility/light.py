"""Frames whose grey values cannot be those of a picture: black ones and saturated ones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sidewinder.measure.light import dark_and_bright
from sidewinder.plausibility.warning import MovieWarning, over_ranges, up_to

# of the frame at its highest value; PSC, whose bright cells and halos are at 255, has 0.015, SIM+, GOWT1, HeLa and U373
# have less than 0.0002
SATURATED_SHARE = 0.05
# a picture of so few grey values is a mask or drawn, in which many pixels have the highest value and are right
FEWEST_VALUES = 16


@dataclass(frozen=True)
class Light:
    """Grey values of a movie's frames, one value a frame.

    Parameters
    ----------
    lowest, highest : ndarray, shape (n_frames,)
        Of all pixels.
    dark, bright : ndarray, shape (n_frames,)
        As of `dark_and_bright`.
    at_highest : ndarray, shape (n_frames,)
        Share of the pixels that have the frame's highest value; 0 where that is little, or the frame is drawn.
    """

    lowest: np.ndarray
    highest: np.ndarray
    dark: np.ndarray
    bright: np.ndarray
    at_highest: np.ndarray


def measure_light(frames: Iterable[np.ndarray]) -> Light:
    """Measure frames, of which one at a time is in memory.

    Parameters
    ----------
    frames : iterable of ndarray, shape (Y, X)
        Grey values of one channel; finite numbers.
    """
    return Light(*(np.array(values) for values in zip(*map(_of_frame, frames), strict=True)))


def _of_frame(frame: np.ndarray) -> tuple[float, float, float, float, float]:
    lowest, highest = frame.min(), frame.max()
    dark, bright = dark_and_bright(frame)
    at_highest = np.count_nonzero(frame == highest) / frame.size
    clipped = at_highest >= SATURATED_SHARE and len(np.unique(frame)) >= FEWEST_VALUES
    return float(lowest), float(highest), dark, bright, at_highest if clipped else 0.0


def black(light: Light) -> np.ndarray:
    """Frames that have no picture: all pixels are alike, or darker than the darkest of the other frames.

    A frame in which all pixels have the highest value of the movie has too much light, and is not among these.
    """
    constant = light.lowest == light.highest
    overexposed = (light.lowest == light.highest.max()) & (light.lowest.min() < light.highest.max())
    return (constant & ~overexposed) | (light.bright < np.median(light.dark))


def saturated(light: Light) -> np.ndarray:
    """Share of the pixels of each frame that are saturated; 0 where that is little."""
    overexposed = (light.lowest == light.highest) & ~black(light)
    return np.where(overexposed, 1.0, light.at_highest)


def check_black(light: Light) -> list[MovieWarning]:
    """Warn of frames without light."""

    def say(frames: tuple[int, ...]) -> str:
        chosen = list(frames)
        lowest, highest = light.lowest[chosen].min(), light.highest[chosen].max()
        values = f"all pixels are {lowest:g}" if lowest == highest else f"the pixels are {lowest:g} to {highest:g}"
        usual = f"{np.median(light.dark):g} to {np.median(light.bright):g}"
        return (
            f"no light, {values} (in most frames {usual}). Probably the shutter was closed, or the camera or the copy "
            "failed. No cell can be found there: leave these frames out, or copy the movie again"
        )

    return over_ranges("black_frame", np.flatnonzero(black(light)).tolist(), say)


def check_saturated(light: Light) -> list[MovieWarning]:
    """Warn of frames with too much light."""
    shares = saturated(light)

    def say(frames: tuple[int, ...]) -> str:
        highest = light.highest[list(frames)].max()
        return (
            f"{up_to(shares[list(frames)])} of the pixels have the highest value, {highest:g}: "
            "overexposed, or cut off when the movie was converted. Intensities are too low there, and touching cells "
            "may come out as one: use a shorter exposure, or convert the movie without stretching its contrast"
        )

    return over_ranges("saturated", np.flatnonzero(shares).tolist(), say)
