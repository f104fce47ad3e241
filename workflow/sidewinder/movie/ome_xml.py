"""The metadata of OME-TIFF, which are XML."""

from xml.etree import ElementTree

from sidewinder.errors import UserError
from sidewinder.movie.description import Description
from sidewinder.movie.limits import check_size
from sidewinder.movie.units import length_um, moment_s, pixel, time_s

# how many images a TiffData speaks of
PLANE_COUNTS = ("PlaneCount", "NumPlanes")


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
        **pixel(path, x_um, y_um),
        frame_interval_s=time_s(path, _number(pixels, "TimeIncrement"), pixels.get("TimeIncrementUnit", "s")),
        channel_names=tuple(channel.get("Name", "") for channel in pixels.iterfind("{*}Channel")),
        taken_s=_taken_s(path, pixels),
    )


def _taken_s(path: str, pixels: ElementTree.Element) -> tuple[float | None, ...]:
    """When the first image of each frame was taken: that of the lowest slice and channel.

    Where there is one frame of several slices, which may be time points, when that of each slice was taken.
    """
    n_frames, n_slices = (int(pixels.get(f"Size{axis}", 1)) for axis in "TZ")
    axes = "TZC" if n_frames > 1 or n_slices == 1 else "ZTC"
    first: dict[int, tuple[tuple[int, int], ElementTree.Element]] = {}
    for plane in pixels.iterfind("{*}Plane[@DeltaT]"):
        frame, *place = (int(plane.get(f"The{axis}", 0)) for axis in axes)
        if frame not in first or tuple(place) < first[frame][0]:
            first[frame] = ((place[0], place[1]), plane)
    if not first:
        return ()
    # each unit once, so that one that is not understood is said once
    seconds = {unit: moment_s(path, 1.0, unit) for unit in {_unit(plane) for _, plane in first.values()}}
    taken: list[float | None] = [None] * (n_frames if axes[0] == "T" else n_slices)
    for frame, (_, plane) in first.items():
        delta, second = _number(plane, "DeltaT"), seconds[_unit(plane)]
        if 0 <= frame < len(taken) and delta is not None and second is not None:
            taken[frame] = delta * second
    return tuple(taken)


def _unit(plane: ElementTree.Element) -> str:
    return plane.get("DeltaTUnit", "s")


def _number(element: ElementTree.Element, key: str) -> float | None:
    value = element.get(key)
    return None if value is None else float(value)
