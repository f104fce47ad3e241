"""What preprocess corrected of light and stage, as the page shows it: before and after, the path of the stage."""

from typing import Any

import numpy as np

from sidewinder.pixel_size import scaled
from sidewinder.preprocess.light import Light, light_of
from sidewinder.report.movie.images import PERCENTILES, Contrast, as_webp
from sidewinder.report.one_file import as_base64
from sidewinder.store.image import Image

LONGEST_PX, QUALITY = 480, 80
# of the stage's path; more are not told apart on a screen
MOST_PLACES = 2000
DIGITS = 2


def facts_of_corrections(image: Image, channel: int) -> dict[str, Any]:
    """What of light and stage the page shows.

    Parameters
    ----------
    image : Image
        The published movie.
    channel : int
        The channel to show.

    Returns
    -------
    dict
        `light`: `frames` (the first, the middle and the last that are images), `before` and `after` (a picture of each,
        as of `_pictured`) and `flat_field` (a picture and the values of black and white; None where none was used).
        `drift`: `frames`, `yx_px` and `measured` of each. None for what was not corrected.
    """
    light = light_of(image, [channel])
    return {
        "light": None if light is None else _light(image, channel, light),
        "drift": None if image.drift_px is None else _drift(image, image.drift_px),
    }


def _light(image: Image, channel: int, light: Light) -> dict[str, Any]:
    images = np.flatnonzero(~image.has_no_image)
    frames = [int(images[place]) for place in sorted({0, len(images) // 2, len(images) - 1})]
    before = [image.filled(frame, [channel]) for frame in frames]
    after = [light.correct(grey, frame)[0] for frame, grey in zip(frames, before, strict=True)]
    flat = None if light.flat is None else light.flat[0]
    return {
        "frames": frames,
        "before": _pictured([grey[0] for grey in before], image.pixel_aspect),
        "after": _pictured(after, image.pixel_aspect),
        "flat_field": None if flat is None else _flat_field(flat, image.pixel_aspect),
    }


def _flat_field(flat: np.ndarray, aspect: float) -> dict[str, Any]:
    low, high = float(flat.min()), float(flat.max())
    picture = _picture(flat, Contrast(low, high), aspect)
    return {"picture": picture, "low": round(low, DIGITS), "high": round(high, DIGITS)}


def _drift(image: Image, drift_px: np.ndarray) -> dict[str, Any]:
    step = -(-len(drift_px) // MOST_PLACES)
    measured = image.attributes["drift"]["measured"]
    return {
        "frames": list(range(0, len(drift_px), step)),
        "yx_px": drift_px[::step].round(DIGITS).tolist(),
        "measured": measured[::step],
    }


def _pictured(frames: list[np.ndarray], aspect: float) -> list[str]:
    """Pictures of frames (Y, X), all with the same contrast, so that it shows where one is darker."""
    sample = np.concatenate([frame[::3, ::3].ravel() for frame in frames])
    low, high = np.percentile(sample[np.isfinite(sample)], PERCENTILES)
    return [_picture(frame, Contrast(float(low), float(high)), aspect) for frame in frames]


def _picture(grey: np.ndarray, contrast: Contrast, aspect: float) -> str:
    """A small picture of (Y, X) with square pixels, as the address of an image element."""
    height, width = grey.shape
    shape = scaled((height, width), min(LONGEST_PX / max(scaled((height, width), 1, aspect)), 1), aspect)
    return f"data:image/webp;base64,{as_base64(as_webp(contrast.apply(grey), shape, QUALITY))}"
