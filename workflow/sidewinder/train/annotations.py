"""Annotated frames: which images have which masks, and which of their pixels are known.

A sheet names folders in the Cell Tracking Challenge's layout. A frame on which every cell is annotated tells what is
background, too. On a frame that is annotated in part, background is believed only close to an annotated cell, and
only where it looks unlike that cell; everything else is left out of the loss.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from scipy import ndimage as ndi

from sidewinder.annotation_sheet import AnnotationRow, is_preprocessed, read_annotation_sheet
from sidewinder.errors import UserError
from sidewinder.movie.pictures import PNG, open_picture
from sidewinder.normalization import Normalization
from sidewinder.pixel_size import given
from sidewinder.preprocess import channel_indices, quantiles
from sidewinder.store import open_image, read_annotated_labels, read_tiff_frame, read_tiff_labels
from sidewinder.store.image import Image
from sidewinder.tiff_names import is_tiff, scan
from sidewinder.train.square import squared

# how far around an annotated cell its background is believed on a partly annotated frame
KNOWN_BAND_PX = 6
# quantiles of a long movie are taken from this many of its frames
FRAMES_FOR_QUANTILES = 60


@dataclass(frozen=True)
class AnnotatedFrame:
    """One image with its instances.

    Parameters
    ----------
    name : str
        Where it comes from, for people.
    image : ndarray, shape (Y, X), float32
        Normalised.
    labels : ndarray, shape (Y, X), int32
        Instances; 0 is background or unknown.
    known : ndarray, shape (Y, X), bool
        The pixels whose class is known.
    complete : bool
        Whether every cell of the frame is annotated.
    pixel_size_um : float or None
        As far as it is known.
    validate : bool
        Whether the frame is kept from training.
    """

    name: str
    image: np.ndarray
    labels: np.ndarray
    known: np.ndarray
    complete: bool
    pixel_size_um: float | None = None
    validate: bool = False

    @cached_property
    def boxes(self) -> dict[int, tuple[slice, slice]]:
        """Each cell's bounding box, by its label."""
        found = enumerate(ndi.find_objects(self.labels), start=1)
        return {label: box for label, box in found if box is not None}

    @cached_property
    def diameter_px(self) -> float:
        """Median equivalent diameter of the cells; NaN without cells."""
        area_px = np.bincount(self.labels.ravel())[1:]
        return float(np.median(2 * np.sqrt(area_px[area_px > 0] / np.pi))) if area_px.any() else float("nan")

    def scale_to(self, pixel_size_um: float | None) -> float:
        """How many times as large cells are to a model of this pixel size; 1 where one of the two is not known."""
        if self.pixel_size_um is None or pixel_size_um is None:
            return 1.0
        return self.pixel_size_um / pixel_size_um

    @cached_property
    def source(self) -> str:
        """The folder that it comes from: what is trained on, scored and drawn from alike."""
        return str(Path(self.name).parent)


def by_source(frames: Iterable[AnnotatedFrame]) -> dict[str, list[AnnotatedFrame]]:
    """Frames by the folder that they come from, in their order."""
    sources: dict[str, list[AnnotatedFrame]] = {}
    for frame in frames:
        sources.setdefault(frame.source, []).append(frame)
    return sources


def known_pixels(image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What is known of a frame that is annotated in part.

    Parameters
    ----------
    image : ndarray, shape (Y, X), float
        Normalised image.
    labels : ndarray, shape (Y, X), int
        The annotated cells.

    Returns
    -------
    known : ndarray, shape (Y, X), bool
        The annotated cells, and of a band around each those pixels whose grey value is nearer to the band's far end
        than to the cell: a neighbour that nobody annotated is not called background.
    """
    known = labels > 0
    smooth = ndi.gaussian_filter(image, 1.0)
    for label, box in enumerate(ndi.find_objects(labels), start=1):
        if box is None:
            continue
        window = tuple(slice(max(side.start - KNOWN_BAND_PX, 0), side.stop + KNOWN_BAND_PX) for side in box)
        cell = labels[window] == label
        band = (ndi.distance_transform_edt(~cell) <= KNOWN_BAND_PX) & (labels[window] == 0)
        if not band.any():
            continue
        values = smooth[window]
        inside = np.median(values[cell])
        brighter = inside >= np.median(values[band])
        outside = np.quantile(values[band], 0.1 if brighter else 0.9)
        known[window] |= band & (np.abs(values - outside) < np.abs(values - inside))
    return known


def read_annotations(sheet: str | Path, normalization: Normalization) -> list[AnnotatedFrame]:
    """Read all annotated frames that a sheet names.

    Parameters
    ----------
    sheet : path
        Tab-separated; its columns are described in docs/training.md. Paths are relative to the working directory.
    normalization : Normalization
        Applied with the quantiles of each row's whole folder.

    Returns
    -------
    frames : list of AnnotatedFrame
        In the sheet's order, then by number.

    Raises
    ------
    UserError
        If the sheet or a folder cannot be read, or a mask has no image or another shape.
    """
    return [frame for row in read_annotation_sheet(sheet) for frame in _read_row(row, normalization)]


def _read_row(row: AnnotationRow, normalization: Normalization) -> list[AnnotatedFrame]:
    """The annotated frames of one row of the sheet."""
    of_movie = is_preprocessed(row.images)
    images = _frames_of(row) if of_movie else _read_later(_numbered(row.images, pictures_too=True))
    labels, markers = _numbered(row.labels), _numbered(row.markers) if row.markers else {}
    limits, (pixel_size_um, aspect) = _scale(row, list(images.values()), normalization)
    frames = []
    for number, path in labels.items():
        if not row.takes(number):
            continue
        if number not in images:
            raise UserError(f"{path}: no image in {row.images} has the number {number}")
        image, mask = images[number](), _labels(path)
        if image.shape != mask.shape:
            raise UserError(f"{path}: shape {mask.shape}, but its image in {row.images} has {image.shape}")
        complete = row.says_complete(number)
        if complete is None:
            complete = number in markers and _all_have_masks(read_tiff_labels(markers[number]), mask)
        image = normalization.apply(image, *(limits or normalization.limits_of(image)))
        known = np.ones(mask.shape, bool) if complete else known_pixels(image, mask)
        if row.border_px is not None:
            known &= (mask > 0) | _inside(mask.shape, math.ceil(row.border_px))
        pixels = squared(image, mask, known, aspect)
        frames.append(AnnotatedFrame(str(path), *pixels, complete, pixel_size_um, row.use == "validate"))
    if not frames:
        raise UserError(f"{row.where}, column frames: {row.labels} has no annotated frame of {row.frames}")
    return frames


def _read_later(paths: dict[int, Path]) -> dict[int, Callable[[], np.ndarray]]:
    """What reads each image."""
    return {number: partial(_image, path) for number, path in paths.items()}


def _frames_of(row: AnnotationRow) -> dict[int, Callable[[], np.ndarray]]:
    """What reads each frame of a preprocessed movie."""
    movie = open_image(row.images)
    (channel, *_) = channel_indices(movie.channel_names, row.channel)
    return {frame: partial(_filled, movie, frame, channel) for frame in range(movie.data.shape[0])}


def _filled(movie: Image, frame: int, channel: int) -> np.ndarray:
    return movie.filled(frame, [channel])[0].astype(np.float32)


def _inside(shape: tuple[int, int], border_px: int) -> np.ndarray:
    """All but a band along the frame's edges, in which cells may not be annotated (CTC's field of interest)."""
    inside = np.zeros(shape, bool)
    inside[border_px:-border_px, border_px:-border_px] = True
    return inside


def _all_have_masks(markers: np.ndarray, mask: np.ndarray) -> bool:
    """Whether each marker of a frame has a mask."""
    return all((mask[markers == marker] > 0).any() for marker in np.unique(markers[markers > 0]))


def _scale(
    row: AnnotationRow, images: list[Callable[[], np.ndarray]], normalization: Normalization
) -> tuple[tuple[float, float] | None, tuple[float | None, float]]:
    """Low and high of a row's movie, None of stills; its pixel size and aspect: where the sheet gives none, its own."""
    said = (None, 1.0) if row.pixel_size_um is None else given(row.pixel_size_um)
    name = row.movie or (row.images if is_preprocessed(row.images) else "")
    if not name:
        return None if row.stills == "yes" else _limits(images, normalization), said
    movie = open_image(name)
    (channel, *_) = channel_indices(movie.channel_names, row.channel)
    limits = normalization.limits(quantiles(movie.attributes["statistics"], channel, normalization.percents))
    return limits, said if row.pixel_size_um else (movie.pixel_size_um, movie.pixel_aspect)


def _limits(images: list[Callable[[], np.ndarray]], normalization: Normalization) -> tuple[float, float]:
    """Low and high over evenly spread frames of a movie."""
    chosen = images[:: -(-len(images) // FRAMES_FOR_QUANTILES)]
    return normalization.limits_of(np.concatenate([read().ravel() for read in chosen]))


def _numbered(folder: str, *, pictures_too: bool = False) -> dict[int, Path]:
    """The TIFF files of a folder, or PNG files too, by the last number in their names, in order."""
    found: dict[int, Path] = {}
    for path in (Path(folder, name) for name in _images_in(folder, pictures_too)):
        digits = re.findall(r"\d+", path.stem)
        if digits:
            other = found.setdefault(int(digits[-1]), path)
            if other != path:
                raise UserError(
                    f"{folder}: {other.name} and {path.name} have the same number, {int(digits[-1])}, so that it is "
                    "not certain which image and labels belong together; give each movie a folder of its own"
                )
    if not found:
        held = sorted({path.suffix or path.name for path in Path(folder).iterdir() if not path.name.startswith(".")})
        raise UserError(
            f"{folder}: no numbered {'TIFF or PNG' if pictures_too else 'TIFF'} frames here (such as t000.tif or "
            f"man_seg000.tif); it holds "
            f"{', '.join(held[:5]) or 'nothing'}"
        )
    return dict(sorted(found.items()))


def _images_in(folder: str, pictures_too: bool) -> list[str]:
    try:
        return [name for name in scan(folder)[0] if is_tiff(name) or (pictures_too and name.lower().endswith(PNG))]
    except OSError as error:
        raise UserError(f"{folder}: cannot be read: {error.strerror}; expected a folder of TIFF frames") from error


def _image(path: Path) -> np.ndarray:
    """One image as float32; a UserError where some of its pixels are no numbers."""
    image = _grey(str(path)) if path.suffix.lower() in PNG else read_tiff_frame(path)
    with np.errstate(over="ignore"):
        image = image.astype(np.float32)
    wrong = np.count_nonzero(~np.isfinite(image))
    if wrong:
        raise UserError(
            f"{path}: {wrong} of {image.size} pixels are NaN, infinite or too large; give them a grey value, or leave "
            "the frame out"
        )
    return image


def _grey(path: str) -> np.ndarray:
    """One PNG image, (Y, X); a UserError where it is coloured."""
    picture = open_picture(path, path)
    planes = picture.read(0)
    if any(not np.array_equal(plane, planes[0]) for plane in planes[1:]):
        raise UserError(f"{path}: a picture in colour; expected grey values of one channel")
    return planes[0]


def _labels(path: Path) -> np.ndarray:
    """One label image, its labels counted from 1 where they are large numbers; a UserError where it is a mask."""
    labels = read_annotated_labels(path)
    if labels.max(initial=0) <= labels.size:
        return labels
    numbers, index = np.unique(labels, return_inverse=True)
    return (index.reshape(labels.shape) + (numbers[0] > 0)).astype(np.int32)
