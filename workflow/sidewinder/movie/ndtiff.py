"""NDTiff, which Micro-Manager writes: names of positions and channels, and the time of each image."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.description import Description
from sidewinder.movie.limits import check_size
from sidewinder.movie.ome_files import INDEX
from sidewinder.movie.units import length_um

METADATA = 51123
AXES = ("position", "time", "z", "channel")


@dataclass(frozen=True)
class NdImage:
    """An image: its place along each axis, by number or name, and a function that reads what is said of it."""

    axes: dict[str, int | str]
    metadata: Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class NdTiff:
    """The images of a data set in the order in which they were taken; the path of its file is for messages."""

    path: str
    images: list[NdImage]

    def check_extent(self) -> None:
        """Refuse places along an axis that are too far apart to be those of images; raises UserError."""
        n_images = 1
        for axis in {axis for image in self.images for axis in image.axes}:
            values = [image.axes[axis] for image in self.images if axis in image.axes]
            numbers = [int(value) for value in values if not isinstance(value, str)]
            n_images *= max(numbers) - min(numbers) + 1 if numbers else len(set(values))
        check_size(self.path, n_images, 0)

    def values(self, axis: str) -> list[int | str]:
        """The places along an axis: names as they first come, numbers rising; empty without such an axis."""
        values = list(dict.fromkeys(image.axes[axis] for image in self.images if axis in image.axes))
        if not values or any(isinstance(value, str) for value in values):
            return values
        numbers = [int(value) for value in values]
        return list(range(min(numbers), max(numbers) + 1))

    def describe(self, position: int) -> Description:
        """What is said of a position, by its number."""
        positions, times = self.values("position"), self.values("time")
        channels, slices = self.values("channel"), self.values("z")
        first: dict[int | str, tuple[tuple[int, int], NdImage]] = {}
        for image in self.images:
            if positions and image.axes["position"] != positions[position]:
                continue
            place = [
                among.index(image.axes[axis]) if among else 0 for axis, among in (("z", slices), ("channel", channels))
            ]
            time = image.axes.get("time", 0)
            if time not in first or (place[0], place[1]) < first[time][0]:
                first[time] = ((place[0], place[1]), image)
        said = {time: image.metadata() for time, (_, image) in first.items()}
        any_image = next(iter(said.values()), {})
        return Description(
            pixel_size_um=length_um(
                self.path, _number(any_image.get("PixelSizeUm", any_image.get("PixelSize_um"))), "um"
            ),
            channel_names=tuple(name if isinstance(name, str) else "" for name in channels),
            taken_s=_taken_s([said.get(time, {}) for time in times]),
        )


def read_ndtiff(path: str, tif: tifffile.TiffFile) -> NdTiff:
    """Read which image is which: from the index beside the TIFF, or else from the metadata of each image.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file, with `is_ndtiff` or `lacks_index`.

    Raises
    ------
    UserError
        If there is no index, and the images do not say where they belong.
    """
    folder = os.path.dirname(str(tif.filehandle.path))
    if tif.is_ndtiff:
        found = tifffile.tifffile.read_ndtiff_index(os.path.join(folder, INDEX))
        return NdTiff(
            path, [NdImage(dict(axes), _from_file(folder, name, *place[-3:-1])) for axes, name, *place in found]
        )
    images = []
    for index in range(len(tif.pages)):
        said = _said_of(tif, index)
        if not isinstance(said.get("Axes"), dict):
            raise UserError(f"{path}: image {index} does not say where it belongs; copy {INDEX} to it, too")
        images.append(NdImage(said["Axes"], partial(_said_of, tif, index)))
    return NdTiff(path, images)


def lacks_index(tif: tifffile.TiffFile) -> bool:
    """Whether a TIFF, of which no series was asked for yet, is an NDTiff that was copied without its index."""
    return tif.is_micromanager and not tif.is_ndtiff and isinstance(_said_of(tif, 0).get("Axes"), dict)


def series_by_metadata(path: str, tif: tifffile.TiffFile) -> tifffile.TiffPageSeries:
    """Put the images of an NDTiff without its index in order, as tifffile does those with one.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file.

    Returns
    -------
    tifffile.TiffPageSeries
        Of axes "R", "T", "Z", "C", "Y", "X"; images that are not there are None.
    """
    data = read_ndtiff(path, tif)
    data.check_extent()
    others = {axis for image in data.images for axis in image.axes} - set(AXES)
    if others:
        raise UserError(f"{path}: its images lie along '{min(others)}'; expected position, time, z and channel only")
    values = [data.values(axis) or [0] for axis in AXES]
    shape = [len(among) for among in values]
    pages: list[tifffile.TiffPage | tifffile.TiffFrame | None] = [None] * int(np.prod(shape))
    for page, image in enumerate(data.images):
        place = [_place(image, axis, among) for axis, among in zip(AXES, values, strict=True)]
        pages[int(np.ravel_multi_index(place, shape))] = tif.pages[page]
    first = tif.pages.first
    return tifffile.TiffPageSeries(pages, (*shape, *first.shape), first.dtype, "RTZC" + first.axes, kind="ndtiff")


def _place(image: NdImage, axis: str, among: list[int | str]) -> int:
    """The number of an image's place along an axis, 0 where it has none."""
    return among.index(image.axes[axis]) if axis in image.axes else 0


def _from_file(folder: str, name: str, start: int, n_bytes: int) -> Callable[[], dict[str, Any]]:
    """A function that reads the metadata of an image where the index says that they are."""

    def read() -> dict[str, Any]:
        with open(os.path.join(folder, os.path.basename(name)), "rb") as file:
            file.seek(start)
            said = json.loads(file.read(n_bytes))
        return said if isinstance(said, dict) else {}

    return read


def _said_of(tif: tifffile.TiffFile, index: int) -> dict[str, Any]:
    page = tif.pages[index]
    said = page.tags.valueof(METADATA) if isinstance(page, tifffile.TiffPage) else None
    return said if isinstance(said, dict) else {}


def _taken_s(said: list[dict[str, Any]]) -> tuple[float | None, ...]:
    """When images were taken: as the program counted, else when the computer received them."""
    elapsed = [_number(image.get("ElapsedTime-ms")) for image in said]
    if any(elapsed):
        return tuple(None if ms is None else ms / 1000 for ms in elapsed)
    return tuple(_moment_s(image.get("TimeReceivedByCore")) for image in said)


def _moment_s(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
