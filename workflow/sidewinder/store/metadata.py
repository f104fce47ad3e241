"""OME-Zarr 0.5 metadata, built with the models of ome-zarr-models, which validate what they are given."""

from collections.abc import Mapping, Sequence
from typing import Any

from sidewinder.pixel_size import height_and_width_um, of_pixel

# what viewers give to the channels of fluorescence images, the least easily confused first
COLOURS = ("00FF00", "FF00FF", "00FFFF", "FFFF00", "FF0000", "0000FF")
COLOURS_BY_NAME = {"red": "FF0000", "green": "00FF00", "blue": "0000FF"}
WHITE = "FFFFFF"

VERSION = "0.5"


def multiscales(
    axes: str,
    n_levels: int,
    pixel_size_um: float | None,
    frame_interval_s: float | None,
    pixel_aspect: float = 1.0,
) -> dict[str, Any]:
    """Describe the axes and levels of an image.

    Parameters
    ----------
    axes : str
        "tcyx" or "tyx".
    n_levels : int
        The levels are the arrays "0", "1", ...; each is half as wide as the one before.
    pixel_size_um, frame_interval_s : float or None
        Where one is not known, the scale is 1 and the axis has no unit.
    pixel_aspect : float
        Height of a pixel over its width.

    Returns
    -------
    dict
        The value of "multiscales[0]".
    """
    from ome_zarr_models.v05.axes import Axis
    from ome_zarr_models.v05.multiscales import Dataset, Multiscale

    sides_um = (None, None) if pixel_size_um is None else height_and_width_um(pixel_size_um, pixel_aspect)
    in_space = {name: ("space", "micrometer", size) for name, size in zip("yx", sides_um, strict=True)}
    kinds = {"t": ("time", "second", frame_interval_s), "c": ("channel", None, None)} | in_space
    described, scale = [], []
    for name in axes:
        kind, unit, size = kinds[name]
        described.append(Axis(name=name, type=kind, unit=unit if size is not None else None))
        scale.append(float(size) if size is not None else 1.0)
    datasets = []
    for level in range(n_levels):
        factors = [2**level if name in "yx" else 1 for name in axes]
        # the first pixel of a level is centred between the pixels that it stands for
        shifts = [s * (f - 1) / 2 for s, f in zip(scale, factors, strict=True)]
        scales = [s * f for s, f in zip(scale, factors, strict=True)]
        datasets.append(Dataset.build(path=str(level), scale=scales, translation=shifts if level else None))
    return Multiscale(axes=described, datasets=tuple(datasets)).model_dump(mode="json", exclude_none=True)


def image_attributes(
    multiscale: dict[str, Any],
    channel_names: Sequence[str],
    limits: Sequence[tuple[float, float]],
    windows: Sequence[tuple[float, float]],
) -> dict[str, Any]:
    """Describe an image to viewers.

    Parameters
    ----------
    multiscale : dict
        What `multiscales` made.
    channel_names : sequence of str
        One a channel.
    limits, windows : sequence of (float, float)
        For each channel the smallest and the largest value, and those to show as black and as the full colour.

    Returns
    -------
    dict
        The value of "ome" in the group's attributes.
    """
    from ome_zarr_models.common.omero import Channel, Omero, Window
    from ome_zarr_models.v05.image import ImageAttrs

    channels = []
    for index, (name, (low, high), (start, end)) in enumerate(zip(channel_names, limits, windows, strict=True)):
        colour = COLOURS_BY_NAME.get(name.lower(), COLOURS[index % len(COLOURS)])
        channels.append(
            Channel(
                label=name,
                color=colour if len(channel_names) > 1 else WHITE,
                active=True,
                # viewers refuse a window without width
                window=Window(min=low, max=high, start=start, end=end if end > start else start + 1),
            )
        )
    attributes = ImageAttrs(multiscales=[multiscale], omero=Omero(channels=channels), version=VERSION)
    return attributes.model_dump(mode="json", exclude_none=True, by_alias=True)


def labels_attributes(names: Sequence[str]) -> dict[str, Any]:
    """The value of "ome" of a group that holds the label images `names`."""
    from ome_zarr_models.v05.labels import LabelsAttrs

    return LabelsAttrs(labels=list(names), version=VERSION).model_dump(mode="json", exclude_none=True)


def image_label_attributes(
    multiscale: dict[str, Any], colours: Mapping[int, tuple[int, int, int]], properties: Mapping[int, dict[str, int]]
) -> dict[str, Any]:
    """Describe a label image two groups below the image that it belongs to.

    Parameters
    ----------
    multiscale : dict
        What `multiscales` made.
    colours : mapping of int to (int, int, int)
        Red, green and blue, from 0 to 255, of labels.
    properties : mapping of int to dict of str to int
        What there is to say of labels.

    Returns
    -------
    dict
        The value of "ome" in the group's attributes.
    """
    from ome_zarr_models.v05.image_label import ImageLabelAttrs
    from ome_zarr_models.v05.image_label_types import Color, Label, Property, Source

    label = Label(
        source=Source(image="../../"),
        version=VERSION,
        colors=tuple(Color(label_value=one, rgba=(*rgb, 255)) for one, rgb in colours.items()) or None,
        properties=tuple(Property(label_value=one, **said) for one, said in properties.items()) or None,
    )
    attributes = ImageLabelAttrs(image_label=label, multiscales=[multiscale], version=VERSION)
    return attributes.model_dump(mode="json", exclude_none=True, by_alias=True)


def sizes(multiscale: dict[str, Any]) -> tuple[float | None, float, float | None]:
    """Read pixel size (um), aspect of pixels and frame interval (s) back; None where the axis has no unit."""
    units = {axis["name"]: axis.get("unit") for axis in multiscale["axes"]}
    names = [axis["name"] for axis in multiscale["axes"]]
    scale = dict(zip(names, multiscale["datasets"][0]["coordinateTransformations"][0]["scale"], strict=True))
    pixel_size_um, aspect = of_pixel(scale["y"], scale["x"]) if units["x"] == "micrometer" else (None, 1.0)
    frame_interval_s = scale["t"] if units["t"] == "second" else None
    return pixel_size_um, aspect, frame_interval_s
