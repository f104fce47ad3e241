"""Which sizes of cells a model knows, as its card says."""

from collections.abc import Mapping
from math import inf
from typing import Any


def known_diameters(card: Mapping[str, Any], pixel_size_um: float | None) -> tuple[float, float] | None:
    """The diameters that a model is for, in pixels of a movie.

    Parameters
    ----------
    card : mapping
        The model's card; a package has no such.
    pixel_size_um : float or None
        Of the movie, whose frames are rescaled to the model's pixel size where both are known.

    Returns
    -------
    diameters_px : tuple of float or None
        The smallest and the largest; None where the card does not say.
    """
    try:
        low, high = map(float, card["object_diameter_px"])
    except (KeyError, TypeError, ValueError):
        return None
    if not 0 < low <= high < inf:
        return None
    scale = card["pixel_size_um"] / pixel_size_um if card.get("pixel_size_um") and pixel_size_um else 1.0
    return low * scale, high * scale
