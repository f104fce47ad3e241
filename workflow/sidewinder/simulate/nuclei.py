"""One fluorescent nucleus: its outline, what its inside looks like, and how it is laid onto a picture."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

# the pattern that all nuclei of a picture cut their own piece from: its side and its grain, in its own samples
TEXTURE_SIDE = 128
TEXTURE_GRAIN = 4.0


@dataclass(frozen=True)
class Nucleus:
    """Outline, brightness and inner structure of one nucleus at one moment.

    Lengths in `contour`, `texture_scale` and `nucleoli` are in units of the radius, so that a nucleus can move, turn
    and grow while its pattern stays where it is inside.
    """

    y_px: float
    x_px: float
    radius_px: float
    aspect: float = 1.0
    angle_rad: float = 0.0
    bend: float = 0.0
    contour: tuple[complex, ...] = ()
    brightness: float = 1.0
    dome: float = 0.2
    texture_contrast: float = 0.0
    texture_scale: float = 0.5
    texture_offset: tuple[float, float] = (0.0, 0.0)
    rim: float = 0.0
    nucleoli: tuple[tuple[float, float, float], ...] = ()

    def reach_px(self, direction_rad: np.ndarray | float) -> np.ndarray | float:
        """Return the distance from the centre to the edge of the ellipse in a direction (from +x towards +y)."""
        turn = np.asarray(direction_rad) - self.angle_rad
        long, short = self.radius_px * np.sqrt(self.aspect), self.radius_px / np.sqrt(self.aspect)
        return 1.0 / np.hypot(np.cos(turn) / long, np.sin(turn) / short)


@dataclass
class Canvas:
    """A picture on the way: light and labels, and how deep inside its nucleus each labelled pixel lies."""

    light: np.ndarray
    labels: np.ndarray
    depth_px: np.ndarray

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> "Canvas":
        """Return a dark picture of `shape` (Y, X) without nuclei."""
        return cls(np.zeros(shape, np.float32), np.zeros(shape, np.int32), np.zeros(shape, np.float32))


def chromatin(rng: np.random.Generator) -> np.ndarray:
    """Return a smooth random pattern that tiles the plane, float32 (TEXTURE_SIDE, TEXTURE_SIDE), mean 0, variance 1."""
    noise = rng.standard_normal((2, TEXTURE_SIDE, TEXTURE_SIDE))
    coarse = ndimage.gaussian_filter(noise[0], TEXTURE_GRAIN, mode="wrap")
    fine = ndimage.gaussian_filter(noise[1], TEXTURE_GRAIN / 3, mode="wrap")
    pattern = coarse / coarse.std() + 0.5 * fine / fine.std()
    return ((pattern - pattern.mean()) / pattern.std()).astype(np.float32)


def draw(nucleus: Nucleus, label: int, canvas: Canvas, texture: np.ndarray) -> None:
    """Add a nucleus to a canvas, in place.

    Light adds up where nuclei overlap, as in a wide-field microscope; a pixel's label is that of the nucleus it lies
    deepest in, so labels stay disjoint and meet half-way. Parts outside of the canvas are cut off.

    Parameters
    ----------
    nucleus : Nucleus
    label : int
        The value of its pixels in `canvas.labels`; 0 draws light only (debris).
    canvas : Canvas
    texture : ndarray, float32
        A pattern of `chromatin`.
    """
    window = _window(nucleus, canvas.labels.shape)
    if window is None:
        return
    u, v = _inner_coordinates(nucleus, window)
    distance = np.hypot(u, v)
    edge = _edge(nucleus, u, v, distance)
    depth_px = (edge - distance) * nucleus.radius_px
    coverage = np.clip(depth_px + 0.5, 0, 1)
    thickness = np.clip(1 - (distance / edge) ** 2, 0, 1) ** nucleus.dome
    light = nucleus.brightness * coverage * thickness * _inner_structure(nucleus, u, v, depth_px, texture)
    canvas.light[window] += light.astype(np.float32)
    if label:
        mine = depth_px > np.maximum(canvas.depth_px[window], 0)
        canvas.labels[window][mine] = label
        canvas.depth_px[window][mine] = depth_px[mine]


def keep_largest_pieces(labels: np.ndarray, min_area_px: int) -> np.ndarray:
    """Return labels, int32 (Y, X), with one connected piece each and none of less than `min_area_px`."""
    kept = np.zeros_like(labels)
    for label, window in enumerate(ndimage.find_objects(labels), start=1):
        if window is None:
            continue
        pieces, _ = ndimage.label(labels[window] == label)
        areas_px = np.bincount(pieces.ravel())[1:]
        if np.max(areas_px) >= min_area_px:
            kept[window][pieces == np.argmax(areas_px) + 1] = label
    return kept


def _window(nucleus: Nucleus, shape: tuple[int, int]) -> tuple[slice, slice] | None:
    """The part of the canvas that a nucleus can touch, or None where it is wholly outside."""
    reach = nucleus.radius_px * (1 + sum(abs(c) for c in nucleus.contour) + abs(nucleus.bend))
    reach = reach * np.sqrt(max(nucleus.aspect, 1 / nucleus.aspect)) + 2
    y0, y1 = max(int(nucleus.y_px - reach), 0), min(int(nucleus.y_px + reach) + 1, shape[0])
    x0, x1 = max(int(nucleus.x_px - reach), 0), min(int(nucleus.x_px + reach) + 1, shape[1])
    return (slice(y0, y1), slice(x0, x1)) if y0 < y1 and x0 < x1 else None


def _inner_coordinates(nucleus: Nucleus, window: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in which the undeformed nucleus is the unit disk."""
    dy = np.arange(window[0].start, window[0].stop)[:, None] - nucleus.y_px
    dx = np.arange(window[1].start, window[1].stop)[None, :] - nucleus.x_px
    cos, sin, stretch = np.cos(nucleus.angle_rad), np.sin(nucleus.angle_rad), np.sqrt(nucleus.aspect)
    u = (dx * cos + dy * sin) / (nucleus.radius_px * stretch)
    v = (dy * cos - dx * sin) * stretch / nucleus.radius_px
    # a shear along v keeps the area and makes a kidney of an ellipse
    return u, v + nucleus.bend * (u**2 - 0.4)


def _edge(nucleus: Nucleus, u: np.ndarray, v: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Radius of the outline in each pixel's direction: a low-order Fourier series, from the second harmonic on."""
    edge = np.ones_like(distance)
    direction = (u + 1j * v) / np.maximum(distance, 1e-6)
    power = direction
    for coefficient in nucleus.contour:
        power = power * direction
        edge += (coefficient * power).real
    return np.maximum(edge, 0.3)


def _inner_structure(
    nucleus: Nucleus, u: np.ndarray, v: np.ndarray, depth_px: np.ndarray, texture: np.ndarray
) -> np.ndarray:
    """Relative brightness inside: chromatin, dark nucleoli, a brighter rim; about 1 on average."""
    structure = np.ones_like(u)
    if nucleus.texture_contrast:
        samples = TEXTURE_GRAIN / nucleus.texture_scale
        at = (u * samples + nucleus.texture_offset[0], v * samples + nucleus.texture_offset[1])
        pattern = ndimage.map_coordinates(texture, at, order=1, mode="grid-wrap")
        structure *= np.exp(nucleus.texture_contrast * pattern - nucleus.texture_contrast**2 / 2)
    for nucleolus_u, nucleolus_v, radius in nucleus.nucleoli:
        structure *= 1 - 0.7 * np.exp(-((((u - nucleolus_u) ** 2 + (v - nucleolus_v) ** 2) / radius**2) ** 2))
    if nucleus.rim:
        structure *= 1 + nucleus.rim * np.exp(-((depth_px / (0.2 * nucleus.radius_px)) ** 2))
    return structure
