"""The size of a pixel by a plain TIFF's resolution, where that can be a microscope's."""

import logging

import tifffile

from sidewinder.movie.units import square_pixel_um

log = logging.getLogger("sidewinder")

UM = {tifffile.RESUNIT.CENTIMETER: ("centimetre", 1e4), tifffile.RESUNIT.INCH: ("inch", 2.54e4)}
# dots for a printer or a screen are larger, and a camera's pixels are hardly ever on a specimen
LARGEST_UM = 20.0


def pixel_size_by_resolution(path: str, page: tifffile.TiffPage) -> float | None:
    """Read the size of a pixel from a resolution in pixels per centimetre or inch.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    page : tifffile.TiffPage
        An image.

    Returns
    -------
    float or None
        In micrometres; None where the resolution says nothing, or is one of pictures.
    """
    name, unit_um = UM.get(page.tags.valueof("ResolutionUnit", 0), ("", 0.0))
    sizes_um = []
    for axis in "XY":
        pixels, units = page.tags.valueof(f"{axis}Resolution", (0, 1))
        sizes_um.append(float(f"{unit_um * units / pixels:.6g}") if pixels else 0.0)
    if not all(0 < size_um <= LARGEST_UM for size_um in sizes_um):
        return None
    size_um = square_pixel_um(path, *sizes_um)
    if size_um is not None:
        log.info("%s: a pixel is %g um, by the resolution of %g pixels per %s", path, size_um, unit_um / size_um, name)
    return size_um
