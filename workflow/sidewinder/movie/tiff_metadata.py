"""What the descriptions in a TIFF say of pixel size, frame interval and channel names."""

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.limits import check_size
from sidewinder.movie.units import length_um, square_pixel_um, time_s

# how many images a TiffData of OME speaks of
PLANE_COUNTS = ("PlaneCount", "NumPlanes")


@dataclass(frozen=True)
class Description:
    """What a TIFF says of a series of its images.

    Parameters
    ----------
    name : str
        Name of the position.
    pixel_size_um, frame_interval_s : float or None
    channel_names : tuple of str
        Empty where it says none.
    """

    name: str = ""
    pixel_size_um: float | None = None
    frame_interval_s: float | None = None
    channel_names: tuple[str, ...] = ()


def describe_imagej(path: str, tif: tifffile.TiffFile, n_channels: int) -> Description:
    """Read ImageJ's description and its labels of slices.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file, with `is_imagej`.
    n_channels : int
        How many channels the file has.
    """
    said = tif.imagej_metadata or {}
    x_um, y_um = (_imagej_length_um(path, tif, axis, said.get("unit")) for axis in "XY")
    interval = said.get("finterval")
    return Description(
        pixel_size_um=square_pixel_um(path, x_um, y_um),
        frame_interval_s=time_s(path, interval, str(said.get("tunit", "s"))),
        channel_names=_imagej_channel_names(said, n_channels),
    )


def _imagej_length_um(path: str, tif: tifffile.TiffFile, axis: str, unit: str | None) -> float | None:
    """The size of a pixel, which ImageJ stores as pixels per unit, in a fraction of millionths."""
    pixels, units = tif.pages.first.tags.valueof(f"{axis}Resolution", (0, 1))
    if not pixels:
        return None
    size_um = length_um(path, units / pixels, unit if unit is None else str(unit))
    # more than six digits of it are noise of the fraction
    return None if size_um is None else float(f"{size_um:.6g}")


def _imagej_channel_names(said: dict[str, Any], n_channels: int) -> tuple[str, ...]:
    """Slice labels are the channels' names if each channel has the same in every frame, and channels differ."""
    labels = said.get("Labels") or []
    if said.get("order", "czt").lower() != "czt" or len(labels) < n_channels or len(labels) % n_channels:
        return ()
    names = [labels[channel::n_channels] for channel in range(n_channels)]
    # the label of a single image is a file's name more often than not
    if len(labels) == 1 or any(len(set(of_channel)) > 1 for of_channel in names):
        return ()
    return tuple(of_channel[0] for of_channel in names)


def read_ome(path: str, xml: str) -> ElementTree.Element:
    """Read OME-XML, which `check_header` has found to declare no entities, and check the sizes in it.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    xml : str
        The description of an OME-TIFF.

    Returns
    -------
    Element
        The root of the metadata.

    Raises
    ------
    UserError
        If the metadata are broken, or an image that they describe can be none.
    """
    try:
        # entities were refused with the header, before tifffile read it too
        root = ElementTree.fromstring(xml)  # nosec B314
    except ElementTree.ParseError as error:
        raise UserError(f"{path}: its OME metadata are broken ({error}); export the movie again") from error
    _check_sizes(path, root)
    return root


def _check_sizes(path: str, root: ElementTree.Element) -> None:
    """Refuse images that can be none, or more than are read."""
    n_images = n_planes = 0
    for pixels in root.iterfind("{*}Image/{*}Pixels"):
        sizes = {axis: int(pixels.get(f"Size{axis}", 1)) for axis in "TCZYX"}
        if min(sizes.values()) < 1:
            found = " x ".join(f"{axis} {size}" for axis, size in sizes.items())
            raise UserError(f"{path}: its OME metadata say that an image has the size {found}; export the movie again")
        n_images += sizes["T"] * sizes["C"] * sizes["Z"]
        check_size(path, n_images, sizes["Y"] * sizes["X"])
        for planes in pixels.iterfind("{*}TiffData"):
            n_planes += max(1, *(int(planes.get(key, 1)) for key in PLANE_COUNTS))
            check_size(path, n_planes, 0)
    # along an axis of two meanings
    for along in root.iterfind("{*}StructuredAnnotations//*[@Start][@End]"):
        first, last, step = (float(along.get(key, 1)) for key in ("Start", "End", "Step"))
        check_size(path, int(abs((last - first) / step)), 0)


def describe_ome(path: str, root: ElementTree.Element) -> list[Description]:
    """Read the images of OME-XML.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    root : Element
        What `read_ome` gives.

    Returns
    -------
    list of Description
        One an image, in order.

    Raises
    ------
    UserError
        If the metadata are broken or lie in another file.
    """
    elsewhere = root.find("{*}BinaryOnly")
    if elsewhere is not None:
        raise UserError(
            f"{path}: its metadata are in '{elsewhere.get('MetadataFile')}'; give that file if it is a TIFF, "
            "or export the movie as one OME-TIFF"
        )
    return [_describe_ome_image(path, image) for image in root.iterfind("{*}Image")]


def _describe_ome_image(path: str, image: ElementTree.Element) -> Description:
    pixels = image.find("{*}Pixels")
    if pixels is None:
        raise UserError(f"{path}: its OME metadata are broken (an image without pixels); export the movie again")
    x_um, y_um = (
        length_um(path, _number(pixels, f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "um"))
        for axis in "XY"
    )
    return Description(
        name=image.get("Name", "") or image.get("ID", ""),
        pixel_size_um=square_pixel_um(path, x_um, y_um),
        frame_interval_s=time_s(path, _number(pixels, "TimeIncrement"), pixels.get("TimeIncrementUnit", "s")),
        channel_names=tuple(channel.get("Name", "") for channel in pixels.iterfind("{*}Channel")),
    )


def _number(element: ElementTree.Element, key: str) -> float | None:
    value = element.get(key)
    return None if value is None else float(value)
