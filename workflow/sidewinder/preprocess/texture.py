"""What of a frame stands still on the dish: the fine texture between cells, such as debris and the dish itself."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage as ndi

from sidewinder.preprocess.bleaching import background_and_contrast

# larger frames are averaged down, because a tenth of their pixels is found all the same
LARGEST_SIDE_PX = 1024
# noise is smoothed by so much, and what is wider than that is no texture
SMOOTHED_PX, WIDEST_PX = 1.0, 7
# around bright cells, which move by themselves
AROUND_CELLS_PX = 4
# of its own spread; what stands out more counts no more
MOST_SPREADS = 10.0


class Texture(NamedTuple):
    """The texture of a frame.

    grey : float32 (y, x), about 0, in units of its own spread, so that frames of more light do not count more; 0 where
        it is not seen.
    seen : bool (y, x), false at cells, pixels without data and the frame's border.
    """

    grey: np.ndarray
    seen: np.ndarray


def averaged_over(shape: tuple[int, int]) -> int:
    """Over how many pixels, along a side, frames of a shape are averaged."""
    return -(-max(shape) // LARGEST_SIDE_PX)


def texture_of(plane: np.ndarray, missing: np.ndarray | None) -> Texture:
    """Find the texture of a frame.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Grey values.
    missing : ndarray of bool or None, shape (Y, X)
        Where there is no data.

    Returns
    -------
    Texture
        Averaged down by `averaged_over`.
    """
    side = averaged_over(plane.shape)
    hidden = np.zeros(plane.shape, dtype=bool) if missing is None else missing
    grey = _averaged(np.where(hidden, np.float32(np.median(plane[~hidden])), plane).astype(np.float32), side)
    smooth = ndi.gaussian_filter(grey, SMOOTHED_PX)
    background, contrast = background_and_contrast(smooth.ravel())
    cells = ndi.binary_dilation(smooth > background + contrast / 2, iterations=AROUND_CELLS_PX)
    outside = ndi.binary_dilation(_averaged(hidden.astype(np.float32), side) > 0, iterations=WIDEST_PX)
    seen = ~(cells | outside)
    # a cell that the border cuts looks as small as texture
    border = np.ones_like(seen)
    border[WIDEST_PX:-WIDEST_PX, WIDEST_PX:-WIDEST_PX] = False
    seen &= ~border
    # the same of bright and of dark texture: how far it rises above what is wider, less how far it lies below
    fine = 2 * smooth - ndi.grey_opening(smooth, WIDEST_PX) - ndi.grey_closing(smooth, WIDEST_PX)
    spread = 1.4826 * float(np.median(np.abs(fine[seen]))) if seen.any() else 0.0
    if not spread > 0:
        return Texture(np.zeros(seen.shape, np.float32), seen)
    return Texture(np.where(seen, np.clip(fine / spread, -MOST_SPREADS, MOST_SPREADS), 0).astype(np.float32), seen)


def _averaged(plane: np.ndarray, side: int) -> np.ndarray:
    """Means of `side` x `side` pixels."""
    if side == 1:
        return plane
    height, width = (length // side for length in plane.shape)
    return plane[: height * side, : width * side].reshape(height, side, width, side).mean(axis=(1, 3))
