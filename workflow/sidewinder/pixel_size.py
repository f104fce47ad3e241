"""The size of a pixel, which may be higher than wide, or wider than high.

Where lengths along y and x have to count alike, they are in sides of the square that has a pixel's area, of which
`pixel_size_um` is the length: so an area in pixels is their number, whatever their shape. The aspect of a pixel is its
height over its width, 1 of a square one.
"""

import math

# of two numbers that differ by more, one is a slip
LARGEST_ASPECT = 10.0
# the digits of a float that a product or a root leaves right
DIGITS = 12


def of_pixel(height_um: float, width_um: float) -> tuple[float, float]:
    """The pixel size, in um, and the aspect of pixels of a height and a width."""
    if height_um == width_um:
        return width_um, 1.0
    return math.sqrt(height_um * width_um), height_um / width_um


def height_and_width(aspect: float) -> tuple[float, float]:
    """The height and the width of pixels, in sides of the square that has their area."""
    return math.sqrt(aspect), 1 / math.sqrt(aspect)


def height_and_width_um(pixel_size_um: float, aspect: float) -> tuple[float, float]:
    """The height and the width of pixels, in um."""
    height, width = (float(f"{pixel_size_um * side:.{DIGITS}g}") for side in height_and_width(aspect))
    return (height, width) if aspect != 1 else (pixel_size_um, pixel_size_um)


def given(cell: float | str) -> tuple[float, float]:
    """The pixel size, in um, and the aspect that the sheet says: a number, or height x width, such as `0.5x0.25`."""
    height, _, width = str(cell).partition("x")
    return of_pixel(float(height), float(width or height))


def said(pixel_size_um: float, aspect: float) -> str:
    """A pixel size as the sheet and people have it: `0.5`, or height x width, `0.5x0.25`."""
    height, width = height_and_width_um(pixel_size_um, aspect)
    return f"{width:.6g}" if aspect == 1 else f"{height:.6g}x{width:.6g}"


def is_likely(aspect: float) -> bool:
    """Whether pixels may have this aspect."""
    return 1 / LARGEST_ASPECT <= aspect <= LARGEST_ASPECT


def scaled(shape_yx: tuple[int, int], factor: float, aspect: float = 1.0) -> tuple[int, int]:
    """The shape of a frame at square pixels, at least one a side, `factor` times as many along a length."""
    height, width = (
        max(1, round(n * factor * side)) for n, side in zip(shape_yx, height_and_width(aspect), strict=True)
    )
    return height, width


def as_seen(
    shape_yx: tuple[int, int], pixel_size_um: float | None, aspect: float, model_pixel_size_um: float | None
) -> tuple[int, int]:
    """The shape of the frames that a network sees: at its own pixel size, where that and the movie's are known."""
    if pixel_size_um is None or model_pixel_size_um is None:
        return scaled(shape_yx, 1.0, aspect)
    return scaled(shape_yx, pixel_size_um / model_pixel_size_um, aspect)
