"""Frames whose grey values cannot be those of a picture: those that are no image, and saturated ones."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from sidewinder.plausibility.warning import MovieWarning, over_ranges, up_to

# of the frame at its highest value; PSC, whose bright cells and halos are at 255, has 0.015, SIM+, GOWT1, HeLa and U373
# have less than 0.0002
SATURATED_SHARE = 0.05
# a picture of so few grey values is a mask or drawn, in which many pixels have the highest value and are right
FEWEST_VALUES = 16

# what is done with a frame that is no image
LEFT_OUT = "No cells are looked for there, its grey values are in no statistic, and tracks go on over it"


@dataclass(frozen=True)
class Light:
    """Grey values of a movie's frames, one value a frame.

    Parameters
    ----------
    lowest, highest : ndarray, shape (n_frames,)
        Of all pixels; NaN where there are none.
    at_highest : ndarray, shape (n_frames,)
        Share of the pixels that have the frame's highest value; 0 where that is little, or the frame is drawn.
    """

    lowest: np.ndarray
    highest: np.ndarray
    at_highest: np.ndarray


def measure_light(frames: Iterable[np.ndarray]) -> Light:
    """Measure frames, of which one at a time is in memory.

    Parameters
    ----------
    frames : iterable of ndarray
        Grey values of one channel of each frame, of any shape, without pixels that hold no data.
    """
    return Light(*(np.array(values) for values in zip(*map(_of_frame, frames), strict=True)))


def _of_frame(pixels: np.ndarray) -> tuple[float, float, float]:
    if not pixels.size:
        return np.nan, np.nan, 0.0
    highest = pixels.max()
    at_highest = np.count_nonzero(pixels == highest) / pixels.size
    clipped = at_highest >= SATURATED_SHARE and len(np.unique(pixels)) >= FEWEST_VALUES
    return float(pixels.min()), float(highest), at_highest if clipped else 0.0


def check_no_image(no_image: Mapping[str, list[int]], light: Light) -> list[MovieWarning]:
    """Warn of frames that are no image, by their kind."""
    sentences: dict[str, Callable[..., str]] = {
        "black_frame": _say_black,
        "overexposed_frame": _say_overexposed,
        "copied_frame": _say_copied,
        "out_of_focus_frame": _say_out_of_focus,
    }
    images = np.ones(len(light.lowest), dtype=bool)
    images[[frame for frames in no_image.values() for frame in frames]] = False
    return [
        warning
        for kind, frames in no_image.items()
        for warning in over_ranges(kind, frames, partial(sentences[kind], light, images))
    ]


def _say_black(light: Light, images: np.ndarray, frames: tuple[int, ...]) -> str:
    usual = ""
    if images.any():
        usual = f" (in other frames {np.median(light.lowest[images]):g} to {np.median(light.highest[images]):g})"
    return (
        f"no light, {_values(light, frames)}{usual}. Probably the shutter was closed, the image was never written, or "
        f"the camera or the copy failed. {LEFT_OUT}"
    )


def _say_overexposed(light: Light, images: np.ndarray, frames: tuple[int, ...]) -> str:
    return (
        f"too much light, most pixels have the highest value ({_values(light, frames)}). Probably a lamp was on in the "
        f"room, or the exposure was far too long. {LEFT_OUT}"
    )


def _say_copied(light: Light, images: np.ndarray, frames: tuple[int, ...]) -> str:
    return (
        "a copy of the frame before, to the last pixel, which no camera takes twice. Probably a frame was dropped and "
        f"the last one was written again. {LEFT_OUT}"
    )


def _say_out_of_focus(light: Light, images: np.ndarray, frames: tuple[int, ...]) -> str:
    return f"far less detail than the frames before and behind. Probably far out of focus, or without light. {LEFT_OUT}"


def _values(light: Light, frames: tuple[int, ...]) -> str:
    lowest, highest = (values[list(frames)] for values in (light.lowest, light.highest))
    if np.isnan(lowest).all():
        return "no pixel holds data"
    lowest, highest = np.nanmin(lowest), np.nanmax(highest)
    return f"all pixels are {lowest:g}" if lowest == highest else f"the pixels are {lowest:g} to {highest:g}"


def check_saturated(light: Light, no_image: np.ndarray) -> list[MovieWarning]:
    """Warn of images with too much light; `no_image` are the frames that are none, bool (n_frames,)."""
    shares = np.where(no_image, 0, light.at_highest)

    def say(frames: tuple[int, ...]) -> str:
        highest = light.highest[list(frames)].max()
        return (
            f"{up_to(shares[list(frames)])} of the pixels have the highest value, {highest:g}: "
            "overexposed, or cut off when the movie was converted. Intensities are too low there, and touching cells "
            "may come out as one: use a shorter exposure, or convert the movie without stretching its contrast"
        )

    return over_ranges("saturated", np.flatnonzero(shares).tolist(), say)
