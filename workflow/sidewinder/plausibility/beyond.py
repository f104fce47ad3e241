"""What a user does not get, or not as expected, though nothing is wrong with the cells."""

from typing import Any

import numpy as np
import pandas as pd

from sidewinder import ctc_labels
from sidewinder.plausibility.warning import MovieWarning
from sidewinder.store import Image


def check_reading(image: Image) -> list[MovieWarning]:
    """Warn of what the reader of the raw data has said when the movie was converted, in one row."""
    said = image.attributes.get("said", [])
    last = image.data.shape[0] - 1
    return [MovieWarning("raw_data", 0, last, "; ".join(said))] if said else []


def check_pixel_size(image: Image, card: dict[str, Any]) -> list[MovieWarning]:
    """Warn of a movie whose frames could not be brought to the pixel size that the model knows.

    Parameters
    ----------
    image : Image
        The movie, with the pixel size that the sheet says.
    card : dict
        The model's card; empty where there is none.
    """
    if image.pixel_size_um is not None or not card.get("pixel_size_um"):
        return []
    return [
        MovieWarning(
            "pixel_size_not_known",
            0,
            image.data.shape[0] - 1,
            f"the model knows cells at {card['pixel_size_um']:g} um a pixel, and neither the file nor the sheet says "
            "the movie's pixel size: its frames were taken as they are, and columns in um are empty; give "
            "pixel_size_um in the sheet",
        )
    ]


def check_ctc(tracks: pd.DataFrame, n_frames: int) -> list[MovieWarning]:
    """Warn of more tracks than the export for the Cell Tracking Challenge can hold, which is then left out.

    Parameters
    ----------
    tracks : DataFrame
        `track_id`, `frame`, sorted by both.
    n_frames : int
        Of the movie.
    """
    track, frame = tracks["track_id"].to_numpy(), tracks["frame"].to_numpy()
    n_gaps = int(np.count_nonzero((track[1:] == track[:-1]) & (frame[1:] > frame[:-1] + 1)))
    needed = int(track.max(initial=0)) + n_gaps
    if needed <= ctc_labels.LARGEST_LABEL:
        return []
    return [MovieWarning("ctc_left_out", 0, n_frames - 1, ctc_labels.left_out(needed, needed))]
