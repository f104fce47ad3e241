"""Finds what is to be corrected of a movie's light and of its stage, by the frames that are images."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sidewinder.preprocess.bleaching import background_and_contrast, contrast_left
from sidewinder.preprocess.drift import Drift, find_drift
from sidewinder.preprocess.flat_field import profile_of, tile_levels
from sidewinder.preprocess.light import DARK_FIELD, FLAT_FIELD, Fading, Light
from sidewinder.preprocess.profiles import read_dark_field, read_flat_field
from sidewinder.preprocess.samples import Sample
from sidewinder.preprocess.statistics import QUANTILES_PERCENT
from sidewinder.preprocess.texture import Texture, averaged_over, texture_of
from sidewinder.settings import PreprocessSettings
from sidewinder.settings.sections import ESTIMATED

log = logging.getLogger("sidewinder")


class Good(NamedTuple):
    """A frame that is an image: its number, grey values (C, Y, X), and where it has no data, bool (Y, X), if any."""

    number: int
    grey: np.ndarray
    missing: np.ndarray | None

    def with_nan(self) -> np.ndarray:
        """Grey values as float32, NaN where there is no data."""
        grey = self.grey.astype(np.float32)
        if self.missing is not None:
            grey[:, self.missing] = np.nan
        return grey


class Corrections(NamedTuple):
    """What an image keeps of them: attributes and arrays by their names."""

    attributes: dict[str, Any]
    arrays: dict[str, np.ndarray]


class Recorded(NamedTuple):
    """A movie as its estimates need it.

    again : callable
        Gives its frames that are images, in order, each time it is called with what for.
    n_frames, shape_cyx : int, tuple of int
        Number of all its frames, and their shape.
    channel_names : sequence of str
        One a channel.
    channel : int
        The one that is segmented; of several, the first.
    """

    again: Callable[[str], Iterator[Good]]
    n_frames: int
    shape_cyx: tuple[int, int, int]
    channel_names: Sequence[str]
    channel: int


def find_corrections(movie: Recorded, chosen: PreprocessSettings) -> Corrections:
    """Find what is to be corrected.

    Parameters
    ----------
    movie : Recorded
        The movie.
    chosen : PreprocessSettings
        Which steps are on.

    Returns
    -------
    Corrections
        Attributes "light" (what `light_of` reads, with the quantiles after it) and "drift" (`yx_px` and `measured`),
        arrays "flat_field" and "dark_field"; only what is asked for and was found.

    Raises
    ------
    UserError
        If a given image of the light does not fit, or the light cannot be estimated.
    """
    attributes: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    if chosen.flat_field or chosen.bleaching:
        light, statistics = _find_light(movie, chosen)
        attributes["light"] = {"statistics": statistics}
        if light.flat is not None and light.dark is not None:
            arrays = {FLAT_FIELD: light.flat, DARK_FIELD: light.dark}
        if light.fading is not None:
            attributes["light"] |= {name: values.tolist() for name, values in vars(light.fading).items()}
    if chosen.drift:
        drift = _find_drift(movie)
        if drift is not None:
            attributes["drift"] = {"yx_px": drift.yx_px.tolist(), "measured": drift.measured.tolist()}
    return Corrections(attributes, arrays)


def _find_light(movie: Recorded, chosen: PreprocessSettings) -> tuple[Light, list[dict[str, Any]]]:
    """What is corrected of the light, and the quantiles of what is left."""
    flat = dark = None
    if chosen.flat_field:
        dark = read_dark_field(chosen.dark_field, movie.shape_cyx)
        if chosen.flat_field != ESTIMATED:
            flat = read_flat_field(chosen.flat_field, movie.shape_cyx)
    sample, samples, levels = Sample(movie.n_frames, movie.shape_cyx), {}, []
    for frame in movie.again("light"):
        grey = frame.with_nan()
        samples[frame.number] = sample.take(grey)
        if dark is not None and flat is None:
            levels.append([tile_levels(plane) for plane in grey - dark])
    if dark is not None and flat is None:
        by_name = zip(movie.channel_names, zip(*levels, strict=True), strict=True)
        flat = np.stack([profile_of(name, np.array(of_one), movie.shape_cyx[1:]) for name, of_one in by_name])
    if flat is not None:
        _say_flat(movie, flat)
    flat_sample, dark_sample = (None if profile is None else sample.take(profile) for profile in (flat, dark))
    even = Light(flat_sample, dark_sample)
    corrected = {number: even.correct(taken, number) for number, taken in samples.items()}
    fading = _find_fading(movie, corrected) if chosen.bleaching else None
    if fading is not None:
        corrected = {number: fading.correct(taken, number) for number, taken in corrected.items()}
    return Light(flat, dark, fading), _statistics(movie, corrected)


def _find_fading(movie: Recorded, samples: dict[int, np.ndarray]) -> Fading:
    """How the light of each channel fades, by samples of the frames."""
    shape = (movie.n_frames, len(movie.channel_names))
    background, contrast = np.full(shape, np.nan), np.full(shape, np.nan)
    for number, taken in samples.items():
        pairs = [background_and_contrast(plane) for plane in Sample.means(taken)]
        background[number], contrast[number] = np.transpose(pairs)
    known = np.flatnonzero(np.isfinite(background).all(axis=1))
    every = np.arange(movie.n_frames)
    background = np.stack([np.interp(every, known, of_one[known]) for of_one in background.T], axis=1)
    left = np.stack([contrast_left(of_one) for of_one in contrast.T], axis=1)
    for name, last in zip(movie.channel_names, left[-1], strict=True):
        said = "cells do not fade" if last == 1 else f"in the last frame cells have {100 * last:.0f} % of their light"
        log.info("bleaching, channel %s: %s", name, said)
    return Fading(background, left)


def _find_drift(movie: Recorded) -> Drift | None:
    """The drift in pixels of the movie; says in the log what was found, and warns where it was not."""

    def textures() -> Iterator[tuple[int, Texture]]:
        for frame in movie.again("drift"):
            yield frame.number, texture_of(frame.grey[movie.channel], frame.missing)

    drift = find_drift(textures, movie.n_frames)
    if drift is None:
        log.warning(
            "preprocess: WARNING: drift: no texture between cells that frames have in common was found in channel %s, "
            "so that the stage cannot be told from the cells: tracking takes out what all cells move together, and "
            "drift.csv has no places",
            movie.channel_names[movie.channel],
        )
        return None
    yx_px = np.round(drift.yx_px * averaged_over(movie.shape_cyx[1:]), 4)
    farthest = np.linalg.norm(yx_px, axis=1)
    said = (farthest.max(), farthest.argmax(), np.count_nonzero(drift.measured), movie.n_frames)
    log.info("drift: up to %.1f px from the first frame (frame %d), measured in %d of %d frames", *said)
    return Drift(yx_px, drift.measured)


def _say_flat(movie: Recorded, flat: np.ndarray) -> None:
    for name, plane in zip(movie.channel_names, flat, strict=True):
        log.info("flat field, channel %s: from %.2f to %.2f of the mean light", name, plane.min(), plane.max())


def _statistics(movie: Recorded, samples: dict[int, np.ndarray]) -> list[dict[str, Any]]:
    """The quantiles of each channel, as `MovieStatistics` has them, of samples of the frames."""
    found = []
    for channel, name in enumerate(movie.channel_names):
        values = np.concatenate([taken[channel].ravel() for taken in samples.values()])
        quantiles = np.percentile(values[np.isfinite(values)], QUANTILES_PERCENT, method="inverted_cdf")
        by_percent = dict(zip(map(str, QUANTILES_PERCENT), quantiles.astype(float).tolist(), strict=True))
        found.append({"channel": name, "quantiles": by_percent})
    return found
