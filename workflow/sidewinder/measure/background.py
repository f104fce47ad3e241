"""What shines around cells that is none of theirs."""

import numpy as np

# what cells shine beyond their outline reaches about so far
GLOW_PX = 3
# the frame is cut into squares of this side; it is also how far away pixels still count, as a standard deviation
TILE_PX = 32
# how many tiles to each side are looked at; a weight there is less than a thousandth
REACH_TILES = 4
# what every tile of the frame weighs everywhere, so that they decide where all that are near are full of cells
FAR_WEIGHT = 1e-6


def clear_of(inside: np.ndarray, missing: np.ndarray | None = None) -> np.ndarray:
    """The pixels that show the background.

    Parameters
    ----------
    inside : ndarray of bool, shape (Y, X)
        True where there are cells.
    missing : ndarray of bool, optional, shape (Y, X)
        True where a pixel holds no data, and shows nothing.

    Returns
    -------
    ndarray of bool, shape (Y, X)
        The pixels more than `GLOW_PX` rows or columns away from every cell; where there are none, all outside of cells.
    """
    near = inside.copy()
    for along in (near, near.T):
        # doubling: one pixel to both sides, then two more
        for shift in (1, GLOW_PX - 1):
            along[shift:] |= along[:-shift]
            along[:-shift] |= along[shift:]
    covered = near if missing is None else near | missing
    if covered.all():
        covered = inside if missing is None else inside | missing
    return ~covered


def measure_background(values: np.ndarray, clear: np.ndarray, y_px: np.ndarray, x_px: np.ndarray) -> np.ndarray:
    """Estimate the background at places.

    The median of clear pixels in each tile of the frame, averaged over tiles by how many these are and by a Gaussian
    of how far the tile's centre is away. As in SExtractor [1]_ a mesh of robust values stands for the background; as
    in normalised convolution [2]_ the average is over what is known, so that a place among cells gets the background
    from around them, and, where there is none far and wide, that of the whole frame.

    Parameters
    ----------
    values : ndarray, shape (Y, X)
        Grey values of one channel.
    clear : ndarray of bool, shape (Y, X)
        True where a pixel shows the background.
    y_px, x_px : ndarray, shape (N,)
        The places, in the frame.

    Returns
    -------
    ndarray of float64, shape (N,)
        NaN where no pixel of the frame is clear.

    References
    ----------
    .. [1] Bertin, Arnouts 1996, Astron. Astrophys. Suppl. Ser. 117:393.
    .. [2] Knutsson, Westin 1993, Proc. IEEE CVPR, 515.
    """
    n_clear, median = _tile_medians(values, clear)
    around = np.arange(-REACH_TILES, REACH_TILES + 1)
    row, row_weight = _near(y_px, around)
    column, column_weight = _near(x_px, around)
    padded = np.pad(np.stack([n_clear, n_clear * median]), ((0, 0), (REACH_TILES,) * 2, (REACH_TILES,) * 2))
    tiles = padded[:, row[:, :, None], column[:, None, :]]
    weight, weighted = np.einsum("ni,cnij,nj->cn", row_weight, tiles, column_weight)
    weight += FAR_WEIGHT * n_clear.sum()
    weighted += FAR_WEIGHT * (n_clear * median).sum()
    return np.divide(weighted, weight, out=np.full(len(y_px), np.nan), where=weight > 0)


def _near(place_px: np.ndarray, around: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Along one axis the tiles around places, counted in what is padded, and their weights; shape (N, 2 REACH + 1)."""
    tile = np.floor((place_px + 0.5) / TILE_PX).astype(np.int64)[:, None] + around
    centre_px = (tile + 0.5) * TILE_PX - 0.5
    return tile + REACH_TILES, np.exp(-0.5 * ((centre_px - place_px[:, None]) / TILE_PX) ** 2)


def _tile_medians(values: np.ndarray, clear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of clear pixels of each tile, and their median (0 where none is); float64, shape (rows, columns)."""
    whole = np.issubdtype(values.dtype, np.integer)
    largest = np.iinfo(values.dtype).max if whole else np.inf
    # clear pixels come first when sorted
    pixels = _tiles(np.where(clear, values, largest), largest)
    # NumPy sorts short integers by their digits, in a twentieth of the time, if it shall be stable
    pixels.sort(axis=-1, kind="stable" if whole else None)
    n_clear = _tiles(clear, fill=False).sum(axis=-1)
    middle = np.stack([np.maximum(n_clear - 1, 0) // 2, n_clear // 2], axis=-1).clip(max=TILE_PX**2 - 1)
    median = np.take_along_axis(pixels, middle, axis=-1).astype(np.float64).mean(axis=-1)
    return n_clear.astype(np.float64), np.where(n_clear > 0, median, 0)


def _tiles(frame: np.ndarray, fill: float) -> np.ndarray:
    """The pixels of each tile, shape (rows, columns, TILE_PX ** 2); tiles beyond the edge are filled up."""
    rows, columns = (-(-side // TILE_PX) for side in frame.shape)
    pad = [(0, n * TILE_PX - side) for n, side in zip((rows, columns), frame.shape, strict=True)]
    padded = np.pad(frame, pad, constant_values=fill)
    return padded.reshape(rows, TILE_PX, columns, TILE_PX).swapaxes(1, 2).reshape(rows, columns, -1)
