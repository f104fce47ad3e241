"""Annotated frames: which images have which masks, and which of their pixels are known.

A sheet names folders in the Cell Tracking Challenge's layout. A frame on which every cell is annotated tells what is
background, too. On a frame that is annotated in part, background is believed only close to an annotated cell, and
only where it looks unlike that cell; everything else is left out of the loss.
"""

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage as ndi

from sidewinder.errors import UserError
from sidewinder.model import Normalization
from sidewinder.preprocess import channel_indices, quantile
from sidewinder.store import open_image

COLUMNS = ("images", "labels", "markers", "complete", "frames", "use", "pixel_size_um", "border_px", "movie", "channel")
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
    try:
        lines = [line for line in Path(sheet).read_text().splitlines() if line.strip() and not line.startswith("#")]
    except OSError as error:
        raise UserError(f"{sheet}: the sheet of annotations cannot be read ({error.strerror})") from error
    reader = csv.DictReader(lines, delimiter="\t")
    columns = reader.fieldnames or ()
    if not {"images", "labels"} <= set(columns) <= set(COLUMNS):
        raise UserError(f"{sheet}: the columns are {', '.join(COLUMNS)}, separated by tabs; found {', '.join(columns)}")
    rows = [{name: (row[name] or "").strip() for name in columns} for row in reader]
    if not all(row["images"] and row["labels"] for row in rows):
        raise UserError(f"{sheet}: a row without images or labels; each names a folder, separated by a tab")
    return [frame for row in rows for frame in _read_row(sheet, row, normalization)]


def _read_row(sheet: str | Path, row: dict[str, str], normalization: Normalization) -> list[AnnotatedFrame]:
    """The annotated frames of one row of the sheet."""
    images, labels = _numbered_tiffs(row["images"]), _numbered_tiffs(row["labels"])
    markers = _numbered_tiffs(row["markers"]) if row.get("markers") else {}
    wanted = _frames(sheet, row)
    pixel_size_um, border_px = (_number(sheet, row, column) for column in ("pixel_size_um", "border_px"))
    if row.get("use", "") not in ("", "train", "validate"):
        raise UserError(f"{sheet}, use: found {row['use']!r}; allowed are train and validate")
    if row.get("movie"):
        low, high, pixel_size_um = _of_movie(row, normalization, pixel_size_um)
    else:
        low, high = _quantiles(list(images.values()), normalization)
    frames = []
    for number, path in labels.items():
        if wanted is not None and number not in wanted:
            continue
        if number not in images:
            raise UserError(f"{path}: no image in {row['images']} has the number {number}")
        image, mask = _read(images[number]), _read(path).astype(np.int32)
        if image.shape != mask.shape:
            raise UserError(f"{path}: shape {mask.shape}, but its image {images[number]} has {image.shape}")
        complete = _is_complete(row.get("complete") or "auto", number, mask, markers)
        image = normalization.apply(image, low, high)
        known = np.ones(mask.shape, bool) if complete else known_pixels(image, mask)
        if border_px:
            known &= (mask > 0) | _inside(mask.shape, math.ceil(border_px))
        validate = row.get("use") == "validate"
        frames.append(AnnotatedFrame(str(path), image, mask, known, complete, pixel_size_um, validate))
    if not frames:
        raise UserError(f"{sheet}, frames: {row['labels']} has no annotated frame of {row['frames']}")
    return frames


def _frames(sheet: str | Path, row: dict[str, str]) -> set[int] | None:
    """The numbers in the column `frames`, such as 0-49,60; None for all."""
    if not row.get("frames"):
        return None
    wanted: set[int] = set()
    for part in row["frames"].replace(" ", "").split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if match is None:
            raise UserError(f"{sheet}, frames: found {row['frames']!r}; expected numbers and ranges such as 0-49,60")
        wanted.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return wanted


def _number(sheet: str | Path, row: dict[str, str], column: str) -> float | None:
    """A cell that holds a number above 0, or nothing."""
    if not row.get(column):
        return None
    try:
        value = float(row[column])
    except ValueError:
        value = 0.0
    if not 0 < value < np.inf:
        raise UserError(f"{sheet}, {column}: found {row[column]!r}; expected a number above 0, or nothing")
    return value


def _inside(shape: tuple[int, int], border_px: int) -> np.ndarray:
    """All but a band along the frame's edges, in which cells may not be annotated (CTC's field of interest)."""
    inside = np.zeros(shape, bool)
    inside[border_px:-border_px, border_px:-border_px] = True
    return inside


def _is_complete(rule: str, number: int, mask: np.ndarray, markers: dict[int, Path]) -> bool:
    """Apply the sheet's `complete` column to one frame."""
    if rule in ("yes", "no"):
        return rule == "yes"
    if rule != "auto":
        numbers = rule.replace(" ", "").split(",")
        if not all(part.isdecimal() for part in numbers):
            raise UserError(f"sheet of annotations, complete: found {rule!r}; allowed are yes, no, auto, or 3,17,28")
        return number in map(int, numbers)
    if number not in markers:
        return False
    marked = _read(markers[number])
    return all((mask[marked == marker] > 0).any() for marker in np.unique(marked[marked > 0]))


def _of_movie(
    row: dict[str, str], normalization: Normalization, pixel_size_um: float | None
) -> tuple[float, float, float | None]:
    """Low and high quantile of a preprocessed movie, and its pixel size if the sheet gives none."""
    movie = open_image(row["movie"])
    (channel, *_) = channel_indices(movie.channel_names, row.get("channel") or "0")
    percents = (normalization.low_percent, normalization.high_percent)
    low, high = (quantile(movie.attributes["statistics"], channel, percent) for percent in percents)
    return low, high, pixel_size_um or movie.pixel_size_um


def _quantiles(paths: list[Path], normalization: Normalization) -> tuple[float, float]:
    """Low and high quantile over evenly spread frames of a movie."""
    chosen = paths[:: -(-len(paths) // FRAMES_FOR_QUANTILES)]
    values = np.concatenate([_read(path).ravel() for path in chosen])
    return tuple(np.percentile(values, (normalization.low_percent, normalization.high_percent), method="inverted_cdf"))


def _numbered_tiffs(folder: str) -> dict[int, Path]:
    """The TIFF files of a folder by the last number in their names, in order."""
    found = {}
    for path in Path(folder).glob("*.tif*"):
        digits = re.findall(r"\d+", path.stem)
        if digits:
            found[int(digits[-1])] = path
    if not found:
        raise UserError(f"{folder}: no numbered TIFF frames here (such as t000.tif or man_seg000.tif)")
    return dict(sorted(found.items()))


def _read(path: Path) -> np.ndarray:
    """One TIFF frame."""
    try:
        frame = tifffile.imread(path)
    except (OSError, ValueError, tifffile.TiffFileError) as error:
        raise UserError(f"{path}: not a readable TIFF file ({error})") from error
    if frame.ndim != 2:
        raise UserError(f"{path}: a frame of shape {frame.shape}; expected one image (Y, X)")
    return frame
