"""The size of a pixel by a plain TIFF's resolution, where that can be a microscope's."""

import logging
from dataclasses import replace

import tifffile

from sidewinder.movie.movie import Frames
from sidewinder.movie.units import pixel
from sidewinder.pixel_size import said

log = logging.getLogger("sidewinder")

UM = {tifffile.RESUNIT.CENTIMETER: ("centimetre", 1e4), tifffile.RESUNIT.INCH: ("inch", 2.54e4)}
# dots for a printer or a screen are larger, and a camera's pixels are hardly ever on a specimen
LARGEST_UM = 20.0


def with_size_by_resolution(path: str, tif: tifffile.TiffFile, frames: Frames) -> Frames:
    """Frames with the size of a pixel by a resolution in pixels per centimetre or inch, where nothing else says it.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file.
    frames : Frames
        What is in it.
    """
    page = tif.pages.first
    if tif.is_ome or tif.is_imagej or tif.is_micromanager or frames.pixel_size_um is not None:
        return frames
    name, unit_um = UM.get(page.tags.valueof("ResolutionUnit", 0), ("", 0.0))
    sizes_um = []
    for axis in "XY":
        pixels, units = page.tags.valueof(f"{axis}Resolution", (0, 1))
        sizes_um.append(float(f"{unit_um * units / pixels:.6g}") if pixels else 0.0)
    if not all(0 < size_um <= LARGEST_UM for size_um in sizes_um):
        return frames
    found = pixel(path, *sizes_um)
    if (size_um := found["pixel_size_um"]) is not None:
        size = said(size_um, found["pixel_aspect"])
        log.info("%s: a pixel is %s um, by the resolution of %g pixels per %s", path, size, unit_um / size_um, name)
    return replace(frames, **found)
