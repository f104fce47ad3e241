"""Single frames of fluorescent nuclei with exact labels, as varied as real ones, to train networks on."""

from dataclasses import replace

import numpy as np
from scipy import ndimage
from skimage.segmentation import relabel_sequential

from sidewinder.simulate.nuclei import Canvas, Nucleus, chromatin, draw, keep_largest_pieces
from sidewinder.simulate.optics import Optics, blur, expose, illumination, smooth_field

DIAMETER_RANGE_PX = (12.0, 75.0)
EMPTY_SHARE = 0.05
# smaller pieces at the frame's border cannot be told from noise
MIN_LABEL_AREA_PX = 8
# contrast of the dimmest nucleus, in standard deviations of one background pixel: just visible over a nucleus's area
MIN_CONTRAST_SIGMA = 0.8


def training_frames(n: int, seed: int, shape: tuple[int, int] = (256, 256)) -> tuple[np.ndarray, np.ndarray]:
    """Simulate unrelated frames of fluorescent nuclei, each with its own kind of cells, optics and camera.

    Parameters
    ----------
    n : int
        Number of frames.
    seed : int
        Frame i depends on `seed` and i only, not on `n`.
    shape : tuple of int
        Y, X in pixels.

    Returns
    -------
    images : ndarray, float32 (n, Y, X)
        Raw counts of an imaginary camera: whole numbers from 0, offsets and ranges differ between frames.
    labels : ndarray, int32 (n, Y, X)
        0 is background, the nuclei of a frame are 1..k without gaps. Debris is background.
    """
    images = np.zeros((n, *shape), np.float32)
    labels = np.zeros((n, *shape), np.int32)
    for index in range(n):
        images[index], labels[index] = _frame(np.random.default_rng([seed, index]), shape)
    return images, labels


def _frame(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    optics = _optics(rng)
    diameter_px = _log_uniform(rng, *DIAMETER_RANGE_PX)
    nuclei = [] if rng.random() < EMPTY_SHARE else _population(rng, shape, diameter_px)
    noise_photons = np.hypot(np.sqrt(optics.background_photons), optics.read_noise_photons)
    dimmest = MIN_CONTRAST_SIGMA * noise_photons / optics.photons
    canvas, texture = Canvas.empty(shape), chromatin(rng)
    for label, nucleus in enumerate(nuclei, start=1):
        draw(replace(nucleus, brightness=max(nucleus.brightness, dimmest)), label, canvas, texture)
    for speck in _debris(rng, shape, diameter_px):
        draw(speck, 0, canvas, texture)
    haze = smooth_field(shape, optics.haze_length_px, rng)
    unevenness = illumination(shape, optics.vignetting, tuple(rng.uniform(-0.2, 1.2, 2) * shape))
    image = expose(blur(canvas.light, optics), haze, unevenness, optics, rng)
    # resampled, binned or denoised films have noise that is no longer independent from pixel to pixel
    if rng.random() < 0.25:
        image = np.rint(ndimage.gaussian_filter(image, rng.uniform(0.4, 0.9)))
    kept = keep_largest_pieces(canvas.labels, MIN_LABEL_AREA_PX)
    return image, relabel_sequential(kept)[0].astype(np.int32)


def _optics(rng: np.random.Generator) -> Optics:
    """Draw a microscope and camera, from bad to excellent."""
    photons = _log_uniform(rng, 8, 2000)
    # confocal detectors cut the background off at zero; cameras add an offset
    offset = rng.choice([-1.0, 0.0, 1.0], p=[0.1, 0.2, 0.7])
    gain = _log_uniform(rng, 0.2, 20)
    background = photons * _log_uniform(rng, 0.01, 1.5)
    return Optics(
        photons=photons,
        background_photons=background,
        read_noise_photons=rng.uniform(0, 3),
        counts_per_photon=gain,
        offset_counts=-gain * (background + 1) if offset < 0 else offset * _log_uniform(rng, 10, 30000),
        blur_px=rng.uniform(0.5, 2.5),
        halo=rng.uniform(0.1, 0.5) if rng.random() < 0.4 else 0.0,
        halo_px=rng.uniform(5, 20),
        vignetting=rng.uniform(0, 0.7) if rng.random() < 0.6 else 0.0,
        haze=_log_uniform(rng, 0.02, 0.6) if rng.random() < 0.6 else 0.0,
        haze_length_px=_log_uniform(rng, 40, 300),
    )


def _population(rng: np.random.Generator, shape: tuple[int, int], diameter_px: float) -> list[Nucleus]:
    """Draw the nuclei of one frame, all of one kind, and give them places."""
    style = {
        "size_spread": rng.uniform(0.05, 0.3),
        "brightness_spread": rng.uniform(0.1, 0.9),
        "elongation": rng.uniform(0, 0.6),
        "roughness": rng.uniform(0, 0.12),
        "dome": rng.uniform(0, 0.4),
        "texture_contrast": rng.uniform(0.05, 0.6),
        "texture_scale": _log_uniform(rng, 0.15, 0.8),
        "nucleoli": float(rng.choice([0.0, 0.5, 2.0])),
        "rim": rng.uniform(0, 0.6) if rng.random() < 0.25 else 0.0,
        "kidneys": rng.uniform(0, 0.5) if rng.random() < 0.4 else 0.05,
        "mitoses": rng.uniform(0, 0.12),
    }
    filled = _log_uniform(rng, 0.04, 0.85)
    area_px = np.prod([side + diameter_px for side in shape])
    count = max(int(filled * area_px / (np.pi * diameter_px**2 / 4)), 1)
    nuclei: list[Nucleus] = []
    spacing, clustering = rng.uniform(0.8, 1.15), float(rng.choice([0.0, 0.4, 0.85]))
    for _ in range(count):
        candidates = [_nucleus(rng, diameter_px / 2, style)]
        if rng.random() < style["mitoses"]:
            candidates = _mitosis(rng, candidates[0])
        _place(rng, candidates, nuclei, shape, spacing, clustering)
    return nuclei


def _nucleus(rng: np.random.Generator, radius_px: float, style: dict[str, float]) -> Nucleus:
    """Draw one interphase nucleus, still without a place."""
    harmonics = np.arange(2, 7)
    amplitudes = style["roughness"] * rng.standard_normal(5) * 2 / harmonics
    contour = np.clip(amplitudes, -0.2, 0.2) * np.exp(2j * np.pi * rng.random(5))
    bend = rng.uniform(0.2, 0.6) if rng.random() < style["kidneys"] else rng.uniform(0, 0.1)
    where = rng.uniform(-0.45, 0.45, (rng.poisson(style["nucleoli"]), 2))
    return Nucleus(
        y_px=0.0,
        x_px=0.0,
        radius_px=radius_px * np.clip(np.exp(style["size_spread"] * rng.standard_normal()), 0.5, 1.8),
        aspect=float(np.clip(np.exp(style["elongation"] * abs(rng.standard_normal())), 1, 2.5)),
        angle_rad=rng.uniform(0, np.pi),
        bend=bend,
        contour=tuple(contour),
        brightness=float(np.exp(style["brightness_spread"] * rng.standard_normal())),
        dome=style["dome"],
        texture_contrast=style["texture_contrast"],
        texture_scale=style["texture_scale"],
        texture_offset=tuple(rng.uniform(0, 128, 2)),
        rim=style["rim"],
        nucleoli=tuple((float(u), float(v), rng.uniform(0.12, 0.3)) for u, v in where),
    )


def _mitosis(rng: np.random.Generator, nucleus: Nucleus) -> list[Nucleus]:
    """Return a metaphase plate, or the two plates of an anaphase side by side, in place of an interphase nucleus."""
    plate = replace(
        nucleus,
        radius_px=nucleus.radius_px * rng.uniform(0.55, 0.75),
        aspect=rng.uniform(2, 3.5),
        brightness=nucleus.brightness * rng.uniform(1.5, 2.5),
        nucleoli=(),
        rim=0.0,
        texture_contrast=0.15,
    )
    if rng.random() < 0.5:
        return [plate]
    half = replace(plate, radius_px=plate.radius_px * 0.75)
    apart_px = half.radius_px * rng.uniform(0.8, 1.8)
    across_y, across_x = apart_px * np.cos(half.angle_rad), -apart_px * np.sin(half.angle_rad)
    return [
        replace(half, y_px=across_y, x_px=across_x, bend=rng.uniform(0, 0.2)),
        replace(half, y_px=-across_y, x_px=-across_x, bend=-rng.uniform(0, 0.2)),
    ]


def _place(
    rng: np.random.Generator,
    group: list[Nucleus],
    nuclei: list[Nucleus],
    shape: tuple[int, int],
    spacing: float,
    clustering: float,
) -> None:
    """Find a free place for a group, alone or at the side of another nucleus, and append it; give up in a crowd."""
    margin = group[0].radius_px
    for _ in range(12):
        if nuclei and rng.random() < clustering:
            near, direction = nuclei[rng.integers(len(nuclei))], rng.uniform(-np.pi, np.pi)
            away = spacing * (near.reach_px(direction) + group[0].reach_px(direction)) * rng.uniform(1, 1.15)
            y, x = near.y_px + away * np.sin(direction), near.x_px + away * np.cos(direction)
        else:
            y, x = (rng.uniform(-margin, side + margin) for side in shape)
        moved = [replace(nucleus, y_px=nucleus.y_px + y, x_px=nucleus.x_px + x) for nucleus in group]
        if all(_is_free(nucleus, nuclei, spacing) for nucleus in moved):
            nuclei.extend(moved)
            return


def _is_free(candidate: Nucleus, nuclei: list[Nucleus], spacing: float) -> bool:
    for other in nuclei:
        dy, dx = candidate.y_px - other.y_px, candidate.x_px - other.x_px
        near_px = 1.6 * (candidate.radius_px + other.radius_px)
        if abs(dy) < near_px and abs(dx) < near_px:
            direction = np.arctan2(dy, dx)
            if np.hypot(dy, dx) < spacing * (other.reach_px(direction) + candidate.reach_px(direction)):
                return False
    return True


def _debris(rng: np.random.Generator, shape: tuple[int, int], diameter_px: float) -> list[Nucleus]:
    """Draw specks that are no cells: small beside the nuclei, and small beside any nucleus of another frame."""
    largest_px = min(0.35 * diameter_px / 2, 3.5)
    count = rng.poisson(rng.choice([0.0, 2.0, 10.0]))
    return [
        Nucleus(
            y_px=rng.uniform(0, shape[0]),
            x_px=rng.uniform(0, shape[1]),
            radius_px=rng.uniform(0.7, largest_px),
            aspect=rng.uniform(1, 2),
            angle_rad=rng.uniform(0, np.pi),
            brightness=_log_uniform(rng, 0.1, 1.5),
        )
        for _ in range(count)
    ]


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
