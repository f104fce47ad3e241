"""Annotated frames: which images have which masks, and which of their pixels are known.

A sheet names folders in the Cell Tracking Challenge's layout. A frame on which every cell is annotated tells what is
background, too. On a frame that is annotated in part, background is believed only close to an annotated cell, and
only where it looks unlike that cell; everything else is left out of the loss.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage as ndi

from sidewinder.errors import UserError
from sidewinder.model import Normalization

COLUMNS = ("images", "labels", "markers", "complete")
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
    diameter_px : float
        Median equivalent diameter of the cells; NaN without cells.
    complete : bool
        Whether every cell of the frame is annotated.
    """

    name: str
    image: np.ndarray
    labels: np.ndarray
    known: np.ndarray
    diameter_px: float
    complete: bool

    @property
    def source(self) -> str:
        """The folder that it comes from: what is trained on, scored and drawn from alike."""
        return str(Path(self.name).parent)


def annotated_frame(name: str, image: np.ndarray, labels: np.ndarray, *, complete: bool) -> AnnotatedFrame:
    """Put an annotated frame together.

    Parameters
    ----------
    name : str
        Where it comes from.
    image : ndarray, shape (Y, X), float32
        Normalised.
    labels : ndarray, shape (Y, X), int
        Instances.
    complete : bool
        Whether every cell is annotated.

    Returns
    -------
    frame : AnnotatedFrame
        With its known pixels and typical diameter.
    """
    area_px = np.bincount(labels.ravel())[1:]
    diameter_px = float(np.median(2 * np.sqrt(area_px[area_px > 0] / np.pi))) if area_px.any() else float("nan")
    known = np.ones(labels.shape, bool) if complete else known_pixels(image, labels)
    return AnnotatedFrame(name, image, labels.astype(np.int32), known, diameter_px, complete)


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
        Tab-separated, with the columns `images` (folder of numbered TIFF frames), `labels` (folder of numbered
        instance TIFFs, such as `01_GT/SEG`), `markers` (optional: folder of tracking markers, such as `01_GT/TRA`)
        and `complete`: `yes`, `no`, `auto` (a frame is complete if each of its markers has a mask) or the numbers of
        the complete frames, parted by commas. Paths are relative to the working directory.
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
    if not {"images", "labels"} <= set(reader.fieldnames or ()):
        raise UserError(f"{sheet}: the columns are {', '.join(COLUMNS)}, parted by tabs; found {reader.fieldnames}")
    rows = list(reader)
    if not all((row["images"] or "").strip() and (row["labels"] or "").strip() for row in rows):
        raise UserError(f"{sheet}: a row without images or labels; each names a folder, parted by a tab")
    return [frame for row in rows for frame in _read_row(row, normalization)]


def _read_row(row: dict, normalization: Normalization) -> list[AnnotatedFrame]:
    """The annotated frames of one row of the sheet."""
    images, labels = _numbered_tiffs(row["images"]), _numbered_tiffs(row["labels"])
    markers = _numbered_tiffs(row["markers"]) if (row.get("markers") or "").strip() else {}
    low, high = _quantiles(list(images.values()), normalization)
    frames = []
    for number, path in labels.items():
        if number not in images:
            raise UserError(f"{path}: no image in {row['images']} has the number {number}")
        image, mask = _read(images[number]), _read(path)
        if image.shape != mask.shape:
            raise UserError(f"{path}: shape {mask.shape}, but its image {images[number]} has {image.shape}")
        complete = _is_complete(row.get("complete") or "auto", number, mask, markers)
        frames.append(
            annotated_frame(str(images[number]), normalization.apply(image, low, high), mask, complete=complete)
        )
    return frames


def _is_complete(rule: str, number: int, mask: np.ndarray, markers: dict[int, Path]) -> bool:
    """Apply the sheet's `complete` column to one frame."""
    rule = rule.strip()
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
