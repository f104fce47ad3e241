"""Signs that the model is not one for these cells."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sidewinder.known_sizes import known_diameters
from sidewinder.names import CARD
from sidewinder.plain_yaml import load_yaml
from sidewinder.plausibility.warning import MovieWarning, over_ranges, percent

# a median diameter that is so many times outside of what the card names; a card names what most cells had, not all
DIAMETER_TOLERANCE = 1.2
# so many times smaller and larger than the middle of that is never far: of one annotated frame a card names one
# diameter, and training makes cells smaller and larger
LEAST_REACH = 2.0
# most tracks, and more than specks that come and go: over all of U373 0.56 of the tracks are short, of debris, but 0.03
# of the cells are in them. Noise: 0.6 to 0.8 and 0.4 to 0.6; phase over SIM+: 0.53 and 0.18
SHORT_FRAMES, SHORT_TRACKS_SHARE, SHORT_CELLS_SHARE, FEWEST_TRACKS = 3, 0.5, 0.1, 10
# of a cell's area from one frame to the next, median. Where the model fits: 0.01 to 0.07 (U373); phase over SIM+ 0.16,
# nuclei over U373 0.24, noise 0.4 to 0.6
AREA_CHANGE, FEWEST_LINKS = 0.12, 20
# of the frame, mean, in the median frame. A crowd of simulated nuclei, over half of the frame, has 0.27; noise 0.46
# and more
UNCERTAIN_SHARE = 0.4
# beside what cells cover: where the model fits, only their rims are uncertain, 0.30 (U373) to 0.83 (PSC) of what they
# cover; nuclei over U373 0.96, phase over SIM+ 2.0. Of few cells in an empty frame that says nothing
UNCERTAIN_SHARE_BESIDE_CELLS, UNCERTAIN_OF_COVERED = 0.1, 0.9

OF_MODEL = (
    "the model does not seem to fit: {signs}. Either it is for other cells, or the channel or the pixel size is wrong, "
    "or there are no cells, or the frames are too far apart in time: look at overlay.png, compare model, channel and "
    "pixel_size_um in the sheet, or train a model with a few annotated frames"
)
OF_LABELS = (
    "the label images do not seem to fit: {signs}. Either they are of another movie, or their order is not that of the "
    "frames, or the frames are too far apart in time: look at overlay.png"
)


@dataclass(frozen=True)
class Segmented:
    """What the model has made of a movie.

    Parameters
    ----------
    cells : DataFrame
        `area_px` and `touches_border` of each cell of each frame, as found.
    tracks : DataFrame
        `track_id`, `frame`, `area_px` and `repaired`, sorted by track and frame.
    uncertainty : ndarray, shape (n_frames,)
        Mean uncertainty of the model over each frame, from 0 to 1.
    frame_px : int
        Pixels of a frame in which cells are looked for.
    """

    cells: pd.DataFrame
    tracks: pd.DataFrame
    uncertainty: np.ndarray
    frame_px: int

    @property
    def n_frames(self) -> int:
        """Frames of the movie."""
        return len(self.uncertainty)


def expected_diameters(model: Path, pixel_size_um: float | None) -> tuple[float, float] | None:
    """The diameters that a model is for, in pixels of the movie.

    Parameters
    ----------
    model : path
        The model's folder, or a package, which has no such card.
    pixel_size_um : float or None
        Of the movie, whose frames are rescaled to the model's pixel size where both are known.

    Returns
    -------
    diameters_px : tuple of float or None
        The smallest and the largest; None where the card does not say.
    """
    return known_diameters(card_of(model), pixel_size_um)


def card_of(model: Path) -> dict[str, Any]:
    """A model's card; empty of a package, which has none."""
    if not (model / CARD).is_file():
        return {}
    card: Any = load_yaml((model / CARD).read_text(encoding="utf-8"))
    return dict(card)


def check_fit(
    segmented: Segmented, diameters_px: tuple[float, float] | None, *, by_model: bool = True
) -> list[MovieWarning]:
    """Warn where the model, or label images of the user's own, do not seem to be for these cells.

    Parameters
    ----------
    segmented : Segmented
        What it has made of the movie.
    diameters_px : tuple of float or None
        What it is for, as `expected_diameters`.
    by_model : bool
        Whether a model has found the cells.
    """
    signs = [
        *_of_size(segmented.cells, diameters_px),
        *_of_short_tracks(segmented.tracks, segmented.n_frames),
        *_of_areas(segmented.tracks),
        *_of_uncertainty(segmented),
    ]

    def say(_: tuple[int, ...]) -> str:
        return (OF_MODEL if by_model else OF_LABELS).format(signs="; ".join(signs))

    kind = "model_does_not_fit" if by_model else "labels_do_not_fit"
    return over_ranges(kind, range(segmented.n_frames), say) if signs else []


def _of_size(cells: pd.DataFrame, diameters_px: tuple[float, float] | None) -> list[str]:
    whole = cells[~cells["touches_border"]]
    if diameters_px is None or whole.empty:
        return []
    low, high = diameters_px
    diameter_px = 2 * np.sqrt(whole["area_px"].median() / np.pi)
    reach = max(np.sqrt(high / low) * DIAMETER_TOLERANCE, LEAST_REACH)
    if 1 / reach <= diameter_px / np.sqrt(low * high) <= reach:
        return []
    return [f"cells have a diameter of {diameter_px:.3g} px (median), the model is for {low:.3g} to {high:.3g} px"]


def _of_short_tracks(tracks: pd.DataFrame, n_frames: int) -> list[str]:
    frames = tracks.groupby("track_id")["frame"].agg(["min", "max", "size"])
    # those at the ends may have begun before, or go on behind
    seen = frames[(frames["max"] >= SHORT_FRAMES - 1) & (frames["min"] <= n_frames - SHORT_FRAMES)]
    short = seen[seen["size"] < SHORT_FRAMES]
    many = len(seen) >= FEWEST_TRACKS and len(short) > SHORT_TRACKS_SHARE * len(seen)
    if not many or short["size"].sum() < SHORT_CELLS_SHARE * seen["size"].sum():
        return []
    return [f"{len(short)} of {len(seen)} tracks are shorter than {SHORT_FRAMES} frames"]


def area_changes(tracks: pd.DataFrame) -> np.ndarray:
    """By which share each cell's area changes from one frame to the next, shape (n,), where it was found in both."""
    found = tracks[tracks["repaired"] == ""]
    track, frame, area = (found[name].to_numpy() for name in ("track_id", "frame", "area_px"))
    linked = (np.diff(track) == 0) & (np.diff(frame) == 1)
    return np.expm1(np.abs(np.diff(np.log(area))))[linked]


def _of_areas(tracks: pd.DataFrame) -> list[str]:
    changes = area_changes(tracks)
    if len(changes) < FEWEST_LINKS or np.median(changes) <= AREA_CHANGE:
        return []
    return [f"a cell's area changes by {percent(np.median(changes))} from one frame to the next (median)"]


def _of_uncertainty(segmented: Segmented) -> list[str]:
    uncertain = float(np.median(segmented.uncertainty))
    covered = segmented.cells["area_px"].sum() / (segmented.n_frames * segmented.frame_px)
    beside = uncertain > UNCERTAIN_SHARE_BESIDE_CELLS and uncertain > UNCERTAIN_OF_COVERED * covered
    if uncertain <= UNCERTAIN_SHARE and not beside:
        return []
    return [
        f"its uncertainty is {percent(uncertain)} on average over the frame, of which cells cover {percent(covered)}"
    ]
