"""Lengths in micrometres and times in seconds, from what files call their units."""

import logging
import math
from typing import TypedDict

from sidewinder.pixel_size import is_likely, of_pixel

log = logging.getLogger("sidewinder")

UM = {
    **dict.fromkeys(("um", "micron", "microns", "micrometer", "micrometers", "micrometre", "micrometres"), 1.0),
    **dict.fromkeys(("nm", "nanometer", "nanometers", "nanometre", "nanometres"), 1e-3),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), 1e3),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), 1e4),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1e6),
    **dict.fromkeys(("angstrom", "å"), 1e-4),
}
SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
# a resolution of so many dots an inch is a printer's, and of so many pixels nobody's
MEANINGLESS = ("", "inch", "inches", "in", "pixel", "pixels", "px", "reference frame", "referenceframe")


def length_um(path: str, value: float | None, unit: str | None) -> float | None:
    """A length in micrometres, or None where value and unit do not say one."""
    return _convert(path, value, unit, UM, "pixel size")


def time_s(path: str, value: float | None, unit: str | None) -> float | None:
    """A time in seconds, or None where value and unit do not say one."""
    return _convert(path, value, unit, SECONDS, "frame interval")


def moment_s(path: str, value: float | None, unit: str | None) -> float | None:
    """A moment in seconds since another, which may be 0 or below, or None where value and unit do not say one."""
    second = _convert(path, 1.0, unit, SECONDS, "time of frames")
    return None if value is None or second is None or not math.isfinite(value) else value * second


def _convert(path: str, value: float | None, unit: str | None, factors: dict[str, float], what: str) -> float | None:
    if value is None or not math.isfinite(value) or value <= 0:
        return None
    # the micro sign, the Greek letter, and how ImageJ writes either
    plain = (unit or "").strip().replace("\\u00B5", "u").replace("µ", "u").replace("μ", "u").lower()
    if plain in MEANINGLESS:
        return None
    if plain not in factors:
        log.warning("%s: the unit '%s' of the %s is not understood; the %s counts as not known", path, unit, what, what)
        return None
    # twelve digits: 0.1 nm x 1000 must not read 0.00010000000000000002
    return float(f"{value * factors[plain]:.12g}")


class Pixel(TypedDict):
    """What a file says of its pixels, as the fields of what readers make: see `sidewinder.pixel_size`."""

    pixel_size_um: float | None
    pixel_aspect: float


def pixel(path: str, x_um: float | None, y_um: float | None) -> Pixel:
    """Pixels of a width and a height, square where these are as good as the same or one is not known.

    Their size counts as not known, with a warning, where they are so long that one of the two must be wrong.
    """
    if x_um is None or y_um is None or math.isclose(x_um, y_um, rel_tol=1e-3):
        return Pixel(pixel_size_um=x_um or y_um, pixel_aspect=1.0)
    size_um, aspect = of_pixel(y_um, x_um)
    if is_likely(aspect):
        return Pixel(pixel_size_um=size_um, pixel_aspect=aspect)
    log.warning(
        "%s: pixels are %g um wide and %g um high, of which one must be wrong; the pixel size counts as not known: "
        "give pixel_size_um in the sheet",
        path,
        x_um,
        y_um,
    )
    return Pixel(pixel_size_um=None, pixel_aspect=1.0)
