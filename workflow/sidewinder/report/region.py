"""The outline of the region in which a user wants cells, as pictures show it."""

import numpy as np
from skimage.measure import approximate_polygon, find_contours

from sidewinder.store.image import Image

COLOUR = (255, 255, 255)
# corners that a line may cut, in pixels of the picture
TOLERANCE_PX = 0.6


def region_outlines(movie: Image, shape: tuple[int, int]) -> list[np.ndarray]:
    """The outlines of the region in a picture of the movie.

    Parameters
    ----------
    movie : Image
        The published movie.
    shape : tuple of int
        Height and width of the picture, px.

    Returns
    -------
    list of ndarray, float64 (n, 2)
        Closed lines of (x, y), in pixels of the picture, whose centres have whole coordinates; none where the region is
        the whole frame.
    """
    if movie.outside is None:
        return []
    scale = np.array(shape) / movie.outside.shape
    lines = find_contours(np.pad(~movie.outside, 1), 0.5)
    # where it meets the edge of the frame, the line stays inside of the picture
    placed = [np.clip((line - 0.5) * scale - 0.5, 0, np.array(shape) - 1) for line in lines]
    return [approximate_polygon(line, TOLERANCE_PX)[:, ::-1] for line in placed]
