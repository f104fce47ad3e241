"""What a microscope and its camera make of the light: blur, uneven illumination, haze, noise, counts."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage


@dataclass(frozen=True)
class Optics:
    """How light becomes counts. A nucleus of brightness 1 sends `photons` a pixel."""

    photons: float
    background_photons: float
    read_noise_photons: float
    counts_per_photon: float
    offset_counts: float
    blur_px: float = 1.0
    halo: float = 0.0
    halo_px: float = 10.0
    vignetting: float = 0.0
    haze: float = 0.0
    haze_length_px: float = 80.0


def smooth_field(shape: tuple[int, int], length_px: float, rng: np.random.Generator) -> np.ndarray:
    """Return a random field, float32 (Y, X), that varies over about `length_px`, with values from 0 to 1."""
    bumps = [
        np.exp(-0.5 * ((np.arange(side)[:, None] / length_px - np.arange(-1, side / length_px + 2)) / 0.6) ** 2)
        for side in shape
    ]
    field = (bumps[0] @ rng.standard_normal([bump.shape[1] for bump in bumps]) @ bumps[1].T).astype(np.float32)
    return (field - np.min(field)) / max(float(np.ptp(field)), 1e-6)


def illumination(shape: tuple[int, int], vignetting: float, centre_yx: tuple[float, float]) -> np.ndarray:
    """Return the light's unevenness, float32 (Y, X): 1 at the brightest place, 1 - `vignetting` a diagonal away."""
    y = np.arange(shape[0])[:, None] - centre_yx[0]
    x = np.arange(shape[1])[None, :] - centre_yx[1]
    return (1 - vignetting * np.minimum((y**2 + x**2) / np.hypot(*shape) ** 2, 1)).astype(np.float32)


def blur(light: np.ndarray, optics: Optics) -> np.ndarray:
    """Return the light as seen through the objective: a sharp share and an out-of-focus halo."""
    sharp = ndimage.gaussian_filter(light, optics.blur_px)
    if not optics.halo:
        return sharp
    return (1 - optics.halo) * sharp + optics.halo * ndimage.gaussian_filter(light, optics.halo_px, truncate=3)


def expose(
    light: np.ndarray, haze: np.ndarray, unevenness: np.ndarray, optics: Optics, rng: np.random.Generator
) -> np.ndarray:
    """Return counts of one exposure, float32 (Y, X), whole numbers not below 0.

    Parameters
    ----------
    light : ndarray, float32 (Y, X)
        Light of the specimen, already blurred; 1 is that of a nucleus of brightness 1.
    haze : ndarray, float32 (Y, X)
        Out-of-focus glow from 0 to 1, `optics.haze` times as bright as a nucleus at its brightest.
    unevenness : ndarray, float32 (Y, X)
        Unevenness that `illumination` made.
    optics : Optics
    rng : Generator
    """
    photons = unevenness * (optics.photons * (light + optics.haze * haze) + optics.background_photons)
    detected = rng.poisson(photons) + optics.read_noise_photons * rng.standard_normal(light.shape)
    return np.maximum(np.rint(optics.offset_counts + optics.counts_per_photon * detected), 0).astype(np.float32)
