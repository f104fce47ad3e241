"""The folder of regions to annotate: what has been suggested, what has come back.

annotate/regions.tsv                  which region is where
annotate/{movie}/images/0001.tif      the image of a region, as in the movie
annotate/{movie}/suggested/0001.tif   labels as the model has them, to be corrected
annotate/{movie}/corrected/0001.tif   labels as a person has saved them
annotate/annotations.tsv              the sheet for `snakemake train`
"""

import csv
import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import get_type_hints

import numpy as np
import tifffile

from sidewinder.annotate.regions import Region
from sidewinder.annotation_sheet import check_is_ours, marked
from sidewinder.errors import UserError
from sidewinder.pixel_size import height_and_width_um
from sidewinder.store import atomic_file, read_annotated_labels

REGIONS, SHEET = "regions.tsv", "annotations.tsv"
# what Fiji's own flavour of TIFF can hold; other numbers are written as plain TIFF
IMAGEJ_TYPES = ("uint8", "uint16", "float32")
IMAGES, SUGGESTED, CORRECTED = "images", "suggested", "corrected"
# what systems leave in every folder, besides hidden files
OF_SYSTEMS = ("Thumbs.db", "desktop.ini")


def read_regions(folder: Path) -> dict[int, Region]:
    """The regions that have been suggested, by number; none where there is no folder yet.

    Raises
    ------
    UserError
        Where the folder is not one of ours, or has lost its list of regions.
    """
    path = folder / REGIONS
    check_is_ours(folder / SHEET)
    if not path.is_file():
        if (folder / SHEET).exists():
            raise UserError(
                f"{path} is missing, which says where the regions in {folder} come from: put it back, or name another "
                "annotate.folder"
            )
        return {}
    try:
        # spreadsheets put a mark in front
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        regions = {
            int(row["number"]): Region(**{name: kind(row[name]) for name, kind in get_type_hints(Region).items()})
            for row in rows
        }
        if len(regions) < len(rows):
            raise ValueError("a number stands there twice")
        return regions
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); it is written by `snakemake annotate` only") from error


def write_regions(folder: Path, regions: dict[int, Region]) -> None:
    """Note which regions have been suggested."""
    with atomic_file(folder / REGIONS) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        names = ["number", *(field.name for field in fields(Region))]
        writer = csv.DictWriter(file, names, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"number": number} | asdict(region) for number, region in regions.items())


def tiff(folder: Path, region: Region, kind: str, number: int) -> Path:
    """A region's file."""
    return folder / region.movie / kind / f"{number:04}.tif"


def is_there(folder: Path, region: Region, number: int) -> bool:
    """Whether a region's image and its suggested labels are there."""
    return all(tiff(folder, region, kind, number).is_file() for kind in (IMAGES, SUGGESTED))


def write_tiff(path: Path, values: np.ndarray, pixel_size_um: float | None, pixel_aspect: float = 1.0) -> None:
    """Write an image or labels, as Fiji and napari read them."""
    metadata = {"axes": "YX"} | ({"unit": "um"} if pixel_size_um else {})
    height_um, width_um = height_and_width_um(pixel_size_um or 1.0, pixel_aspect)
    resolution = (1 / width_um, 1 / height_um) if pixel_size_um else None
    with atomic_file(path) as temporary:
        imagej = values.dtype in IMAGEJ_TYPES
        tifffile.imwrite(temporary, values, imagej=imagej, metadata=metadata, resolution=resolution)


def corrected(folder: Path, regions: dict[int, Region]) -> dict[int, np.ndarray]:
    """The labels that people have saved, by the region's number.

    Raises
    ------
    UserError
        Names the file that is not what it should be.
    """
    paths = {number: tiff(folder, region, CORRECTED, number) for number, region in regions.items()}
    for path in sorted(folder.glob(f"*/{CORRECTED}/*")):
        if path not in paths.values() and not path.name.startswith(".") and path.name not in OF_SYSTEMS:
            raise UserError(
                f"{path}: no region of {path.parent.parent.name} has this name; save corrected labels under the name "
                f"that they have in {SUGGESTED}, such as 0001.tif, and keep other files elsewhere"
            )
    back = {number: path for number, path in paths.items() if os.path.lexists(path)}
    odd = [path for path in back.values() if not path.is_file()]
    if odd:
        raise UserError(f"{odd[0]}: is no file, or a link that leads nowhere; save the corrected labels there again")
    return {number: _labels(path, regions[number]) for number, path in back.items()}


def next_number(folder: Path, regions: dict[int, Region]) -> int:
    """The number of the next region: behind all that are noted, and all files that are there."""
    names = [path.stem for path in folder.glob("*/*/*.tif")]
    return 1 + max([*regions, *(int(name) for name in names if name.isdecimal())], default=0)


def _labels(path: Path, region: Region) -> np.ndarray:
    """Corrected labels, checked."""
    labels = read_annotated_labels(path)
    shape = (region.height_px, region.width_px)
    if labels.shape != shape:
        raise UserError(
            f"{path}: shape {labels.shape}, but the region is {shape}, (Y, X); correct the labels in {SUGGESTED}"
        )
    return labels


def write_sheet(folder: Path, movies: dict[str, dict[str, str]]) -> None:
    """Write the sheet for `snakemake train`: a row a movie of which something has come back.

    Parameters
    ----------
    folder : Path
        The folder of regions to annotate.
    movies : dict of str to dict of str to str
        By the movies' names the cells `movie`, the preprocessed one, `channel` and, of some, `pixel_size_um`.
    """
    more = ["movie", "channel", *["pixel_size_um"] * any("pixel_size_um" in cells for cells in movies.values())]
    lines = ["\t".join(["images", "labels", "complete", *more])]
    for name, cells in movies.items():
        own = [f"{folder / name / IMAGES}", f"{folder / name / CORRECTED}", "yes"]
        lines.append("\t".join([*own, *(cells.get(column, "") for column in more)]))
    with atomic_file(folder / SHEET) as temporary:
        temporary.write_text(marked("\n".join(lines) + "\n"), encoding="utf-8")
