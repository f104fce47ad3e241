"""What ImageJ writes into a TIFF: its description and the labels of slices."""

from typing import Any

import tifffile

from sidewinder.movie.description import Description
from sidewinder.movie.limits import check_size
from sidewinder.movie.name_times import take_times
from sidewinder.movie.units import length_um, pixel, time_s


def describe_imagej(path: str, tif: tifffile.TiffFile, n_channels: int, n_a_time: int) -> Description:
    """Read ImageJ's description and its labels of slices.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file, with `is_imagej`.
    n_channels : int
        How many channels the file has.
    n_a_time : int
        How many images lie between those whose labels say the time.
    """
    said = tif.imagej_metadata or {}
    x_um, y_um = (_length_um(path, tif, axis, said) for axis in "XY")
    interval = said.get("finterval")
    return Description(
        **pixel(path, x_um, y_um),
        frame_interval_s=time_s(path, interval, str(said.get("tunit", "s"))),
        channel_names=_channel_names(said, n_channels),
        taken_s=tuple(take_times(_labels(said, n_channels)[::n_a_time])[0]),
    )


def _length_um(path: str, tif: tifffile.TiffFile, axis: str, said: dict[str, Any]) -> float | None:
    """The size of a pixel, which ImageJ stores as pixels per unit, in a fraction of millionths."""
    pixels, units = tif.pages.first.tags.valueof(f"{axis}Resolution", (0, 1))
    if not pixels:
        return None
    # where the units of x and y differ, that of y has a name of its own
    unit = said.get(f"{axis.lower()}unit", said.get("unit"))
    size_um = length_um(path, units / pixels, unit if unit is None else str(unit))
    # more than six digits of it are noise of the fraction
    return None if size_um is None else float(f"{size_um:.6g}")


def _channel_names(said: dict[str, Any], n_channels: int) -> tuple[str, ...]:
    """Slice labels are the channels' names if each channel has the same in every frame, and channels differ."""
    labels = _labels(said, n_channels)
    if not labels:
        return ()
    names = [labels[channel::n_channels] for channel in range(n_channels)]
    # the label of a single image is a file's name more often than not
    if len(labels) == 1 or any(len(set(of_channel)) > 1 for of_channel in names):
        return ()
    return tuple(of_channel[0] for of_channel in names)


def _labels(said: dict[str, Any], n_channels: int) -> list[str]:
    """The labels of slices, those of the channels of a frame one after the other; empty where there are not all."""
    labels = said.get("Labels") or []
    in_order = said.get("order", "czt").lower() == "czt" and not len(labels) % n_channels
    return [str(label) for label in labels] if in_order else []


def stopped_series(path: str, tif: tifffile.TiffFile) -> tifffile.TiffPageSeries | None:
    """The series of an acquisition that was stopped, of which tifffile makes none: images at the end are None.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file, with `is_imagej`.

    Returns
    -------
    tifffile.TiffPageSeries or None
        Of axes "T", "Z", "C", "Y", "X"; None where it is not that.
    """
    said, first = tif.imagej_metadata or {}, tif.pages.first
    shape = [max(1, int(said.get(axis, 1))) for axis in ("frames", "slices", "channels")]
    shape[0] = max(shape[0], int(said.get("images", 1)) // (shape[1] * shape[2]))
    n_planned, n_images = shape[0] * shape[1] * shape[2], len(tif.pages)
    if said.get("order", "czt").lower() != "czt" or not 1 < n_images < n_planned:
        return None
    check_size(path, n_planned, 0)
    pages = [*(tif.pages[index] for index in range(n_images)), *[None] * (n_planned - n_images)]
    if any(page is not None and (page.shape, page.dtype) != (first.shape, first.dtype) for page in pages):
        return None
    return tifffile.TiffPageSeries(pages, (*shape, *first.shape), first.dtype, "TZC" + first.axes, kind="imagej")
