"""The wrong channel: one that holds noise alone, beside one that holds a picture."""

import numpy as np
import zarr

from sidewinder.plausibility.warning import MovieWarning, percent
from sidewinder.store import Image

# of the variance of grey values, what neighbouring pixels share: noise of a camera has 0.00 and pictures of cells more
# than 0.5, whatever the gain
LITTLE, MUCH = 0.05, 0.5


def check_channel(image: Image, channel: int) -> list[MovieWarning]:
    """Warn of a channel in which next to nothing is but noise, where another holds a picture.

    Parameters
    ----------
    image : Image
        The movie as preprocessed.
    channel : int
        The channel that was segmented.

    Returns
    -------
    list of MovieWarning
        One, over all frames, or none; the first, the middle and the last frame are looked at.
    """
    n_frames, n_channels, *_ = image.data.shape
    if n_channels == 1:
        return []
    looked_at = sorted({0, n_frames // 2, n_frames - 1})
    shared = np.array([[_shared(image.data, frame, index) for index in range(n_channels)] for frame in looked_at])
    of_channels = shared.max(axis=0)
    best = int(of_channels.argmax())
    if of_channels[channel] >= LITTLE or of_channels[best] < MUCH:
        return []
    names = image.channel_names
    message = (
        f"The channel that was segmented, {names[channel]}, holds next to nothing but noise (neighbouring pixels share "
        f"{percent(of_channels[channel])} of the variance), but {names[best]} holds a picture "
        f"({percent(of_channels[best])}). What was found is probably no cells: write {names[best]} into the sheet's "
        "column channel"
    )
    return [MovieWarning("noise_channel", 0, n_frames - 1, message)]


def _shared(data: zarr.Array, frame: int, channel: int) -> float:
    """The share of the variance that pixels have in common with those beside them; 0 of a constant picture."""
    plane = np.asarray(data[frame, channel], np.float64)
    variance = plane.var()
    of_differences = np.square(np.diff(plane, axis=1)).mean() if plane.shape[1] > 1 else 0.0
    return max(0.0, 1 - of_differences / 2 / variance) if variance else 0.0
