"""A rectangle of a frame that a user has chosen, written as `y0:y1,x0:x1`."""

import re

# as of the first and the last pixel in Python, the last not included
RECTANGLE = re.compile(r" *(\d{1,9}) *: *(\d{1,9}) *, *(\d{1,9}) *: *(\d{1,9}) *")


def parse_rectangle(text: str) -> tuple[slice, slice] | None:
    """Read a rectangle.

    Parameters
    ----------
    text : str
        Rows and columns in pixels, from 0; each from the first, and up to the second, which is not included.

    Returns
    -------
    tuple of two slice, or None
        Rows and columns; None where the text is none of a rectangle.

    Examples
    --------
    >>> parse_rectangle("100:400, 0:512")
    (slice(100, 400, None), slice(0, 512, None))
    >>> parse_rectangle("chamber.roi") is None
    True
    """
    match = RECTANGLE.fullmatch(text)
    if match is None:
        return None
    top, bottom, left, right = map(int, match.groups())
    return slice(top, bottom), slice(left, right)


def is_empty(rectangle: tuple[slice, slice]) -> bool:
    """Whether no pixel lies in it."""
    return any(side.start >= side.stop for side in rectangle)
