"""How far the stage has moved the specimen in each frame, by the texture between cells."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from scipy import ndimage as ndi
from skimage.registration import phase_cross_correlation

from sidewinder.preprocess.texture import Texture

# what a picture of the frames before keeps with each further one, so that cells that move are blurred in it
KEPT = 0.9
# a pixel of it counts where so many frames, of the last, have shown it
LEAST_SHOWN = 0.5
# steps of the whole-frame estimate, in pixels, and when the refined one is found
FIRST_STEPS, CLOSE_ENOUGH_PX = 2, 0.02
MOST_ROUNDS, LARGEST_STEP_PX = 12, 1.0
# what differs by so many of its usual differences has moved by itself
MOST_SPREADS = 4.0
# between a frame and that picture; noise has 0.1 at its best place, a dish with some debris 0.4 and more
LEAST_CORRELATION = 0.3
# of a frame that both show
LEAST_SEEN_SHARE = 0.1
# of the frames, or else nothing is believed
LEAST_FRAMES_SHARE = 0.5


class Drift(NamedTuple):
    """How far the specimen lies from where it lay in the first frame that is an image.

    yx_px : float64 (T, 2), downwards and to the right; between its neighbours where it was not measured.
    measured : bool (T,), false for frames that are no image or in which the texture was not found again.
    """

    yx_px: np.ndarray
    measured: np.ndarray


class Picture:
    """The sum of textures, each put back to where it lay in the first."""

    def __init__(self, shape: tuple[int, int], kept: float = 1.0) -> None:
        self.kept = kept
        self.total, self.times = np.zeros(shape, np.float32), np.zeros(shape, np.float32)

    def add(self, texture: Texture, yx_px: np.ndarray) -> None:
        """Add the texture of a frame that lies so far away."""
        self.total *= self.kept
        self.times *= self.kept
        self.total += _put_back(texture.grey, yx_px)
        self.times += _put_back(texture.seen.astype(np.float32), yx_px)

    def without(self, texture: Texture, yx_px: np.ndarray) -> "Picture":
        """The sum without a frame that was added, whose noise would hold it to where it was put."""
        others = Picture(self.total.shape, self.kept)
        others.total = self.total - _put_back(texture.grey, yx_px)
        others.times = self.times - _put_back(texture.seen.astype(np.float32), yx_px)
        return others

    def mean(self) -> np.ndarray:
        """The mean texture, (y, x); NaN where too little was seen of it."""
        enough = self.times >= LEAST_SHOWN
        return np.where(enough, self.total / np.where(enough, self.times, 1), np.nan)


def find_drift(textures: Callable[[], Iterable[tuple[int, Texture]]], n_frames: int) -> Drift | None:
    """Find the drift of a movie, in two passes over its frames.

    Each frame is compared with the mean of those before it, in which what moves by itself is blurred, then with that of
    all others, so that errors do not add up.

    Parameters
    ----------
    textures : callable
        Gives the numbers and textures of the frames that are images, in order.
    n_frames : int
        Number of all frames.

    Returns
    -------
    Drift or None
        In pixels of the textures; None where too few frames show the texture of those before them.
    """
    found: dict[int, np.ndarray] = {}
    recent: Picture | None = None
    for frame, texture in textures():
        if recent is None:
            recent, whole = Picture(texture.grey.shape, KEPT), Picture(texture.grey.shape)
            place: np.ndarray | None = np.zeros(2)
        else:
            place = register(recent.mean(), texture)
        if place is not None:
            found[frame] = place
            recent.add(texture, place)
            whole.add(texture, place)
    if len(found) < max(2, LEAST_FRAMES_SHARE * n_frames):
        return None
    places = dict(found)
    for frame, texture in textures():
        near = found.get(frame)
        others = whole if near is None else whole.without(texture, near)
        again = register(others.mean(), texture, near)
        if again is not None:
            places[frame] = again
    return _joined(places, n_frames)


def register(picture: np.ndarray, texture: Texture, near: np.ndarray | None = None) -> np.ndarray | None:
    """How far a texture lies from where a picture has it, (y, x) in pixels; None where it is not found there.

    Parameters
    ----------
    picture : ndarray, shape (y, x)
        NaN where it is not known.
    texture : Texture
        Of the frame.
    near : ndarray or None, shape (2,)
        About how far; None where that is to be found by cross-correlation.
    """
    known = np.isfinite(picture)
    filled = np.where(known, picture, 0).astype(np.float32)
    if near is None:
        shift = phase_cross_correlation(filled, texture.grey, upsample_factor=FIRST_STEPS, normalization=None)[0]
        near = -np.asarray(shift, dtype=np.float64)
    place = _refined(filled, known, texture, near)
    return place if place is not None and _correlation(filled, known, texture, place) >= LEAST_CORRELATION else None


def _refined(picture: np.ndarray, known: np.ndarray, texture: Texture, near: np.ndarray) -> np.ndarray | None:
    """Improve a place by least squares of the differences, of which those that moved by themselves do not count.

    Cross-correlation takes all pixels alike, so that cells which are not masked pull it with them.
    """
    gradients = np.gradient(picture)
    place = near.astype(np.float64)
    for _ in range(MOST_ROUNDS):
        both = known & (_put_back(texture.seen.astype(np.float32), place) > 1 - 1e-3)
        if both.mean() < LEAST_SEEN_SHARE:
            return None
        difference = (_put_back(texture.grey, place) - picture)[both]
        slopes = np.stack([gradient[both] for gradient in gradients])
        spread = 1.4826 * np.median(np.abs(difference)) + np.finfo(np.float32).tiny
        weights = np.clip(1 - (difference / (MOST_SPREADS * spread)) ** 2, 0, None) ** 2
        weighted = (slopes * weights).astype(np.float64)
        step = np.linalg.lstsq(weighted @ slopes.T, -weighted @ difference, rcond=None)[0]
        place = place + np.clip(step, -LARGEST_STEP_PX, LARGEST_STEP_PX)
        if np.abs(step).max() < CLOSE_ENOUGH_PX:
            break
    return place


def _correlation(picture: np.ndarray, known: np.ndarray, texture: Texture, place: np.ndarray) -> float:
    """The correlation of what a picture and a texture both show; 0 where that is too little."""
    both = known & (_put_back(texture.seen.astype(np.float32), place) > 1 - 1e-3)
    if both.mean() < LEAST_SEEN_SHARE:
        return 0.0
    values = np.stack([picture[both], _put_back(texture.grey, place)[both]])
    return float(np.nan_to_num(np.corrcoef(values)[0, 1])) if values.std(axis=1).all() else 0.0


def _put_back(plane: np.ndarray, yx_px: np.ndarray) -> np.ndarray:
    """A plane as it would lie without a drift; 0 where it would come from outside."""
    moved: np.ndarray = ndi.shift(plane, -yx_px, order=1, mode="constant")
    return moved


def _joined(found: dict[int, np.ndarray], n_frames: int) -> Drift:
    """The drift of all frames, by that of those in which it was found."""
    frames = np.array(sorted(found))
    places = np.array([found[frame] for frame in frames]) - found[frames[0]]
    every = np.stack([np.interp(np.arange(n_frames), frames, values) for values in places.T], axis=1)
    return Drift(every, np.isin(np.arange(n_frames), frames))
