"""A TIFF file with all frames of a movie: plain, ImageJ hyperstack, OME-TIFF, one file or several."""

import logging
import weakref
from collections.abc import Sequence
from math import prod
from xml.etree.ElementTree import Element

import numpy as np
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.axes import arrange, understand
from sidewinder.movie.causes import damaged
from sidewinder.movie.description import Description
from sidewinder.movie.imagej import describe_imagej
from sidewinder.movie.limits import check_size
from sidewinder.movie.movie import RGB, Frames, choose_position
from sidewinder.movie.ome_xml import describe_ome, read_ome
from sidewinder.movie.tiff_checks import check_alike, check_described
from sidewinder.movie.tiff_header import check_header
from sidewinder.movie.tiff_pages import page_reader
from sidewinder.movie.tiff_series import axes_and_shape, main_series

log = logging.getLogger("sidewinder")


def open_tiff(path: str, position: str | None) -> Frames:
    """Open a stack; the file stays open as long as its frames are of use.

    Parameters
    ----------
    path : str
        A TIFF file.
    position : str or None
        Which series of images, where there are several.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If the file is broken or cut off, or is no flat movie.
    """
    tif = open_file(path, path)
    try:
        frames = read_tiff_frames(path, tif, position)
    except BaseException:
        tif.close()
        raise
    weakref.finalize(frames.read, tif.close)
    return frames


def open_file(path: str, where: str) -> tifffile.TiffFile:
    """Open a TIFF; raises UserError, with `where` for the file's name, if it is none."""
    with damaged(where, "cannot be read as TIFF"):
        with open(path, "rb") as file:
            check_header(where, file)
        return tifffile.TiffFile(path)


def read_tiff_frames(
    path: str, tif: tifffile.TiffFile, position: str | None, unknown: str = "T", first_frame: int = 0
) -> Frames:
    """Find the frames of an open TIFF.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        Open, and open still when a frame is read.
    position : str or None
        Which series of images, where there are several.
    unknown : {"T", "C"}
        What an axis is of which the file says nothing.
    first_frame : int
        The number of the file's first frame in the movie, for messages.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        For the same reasons as `open_tiff`.
    """
    with damaged(path, "its TIFF structure is broken"):
        ome = read_ome(path, tif.ome_metadata or "") if tif.is_ome else None
        series_list = main_series(tif)
        descriptions = _describe_all(path, tif, series_list, ome)
        check_alike(path, tif, series_list)
        check_described(path, tif, series_list)
        region, chosen = _chosen(path, series_list[0], descriptions, position)
        return _frames_of(path, series_list[chosen], region, descriptions[chosen], unknown, first_frame)


def _chosen(
    path: str, first: tifffile.TiffPageSeries, descriptions: Sequence[Description], position: str | None
) -> tuple[int, int]:
    """The region and the series: a position is the one or the other."""
    n_regions = dict(zip(*axes_and_shape(first), strict=True)).get("R", 1)
    if n_regions > 1:
        return choose_position(path, [str(i) for i in range(n_regions)], position), 0
    names = [description.name or str(i) for i, description in enumerate(descriptions)]
    return 0, choose_position(path, names, position)


def _describe_all(
    path: str, tif: tifffile.TiffFile, series_list: Sequence[tifffile.TiffPageSeries], ome: Element | None
) -> list[Description]:
    """One description a series; `ome` is the root of the OME metadata, where there are any."""
    if ome is not None:
        described = describe_ome(path, ome)
        if series_list[0].kind != "ome":
            # Micro-Manager's own index comes first; it has the positions as an axis
            return described[:1] * len(series_list)
        if len(described) != len(series_list):
            raise UserError(
                f"{path}: describes {len(described)} positions, of which {len(series_list)} can be read; "
                "export the movie again"
            )
        return described
    if tif.is_imagej:
        axes = dict(zip(*axes_and_shape(series_list[0]), strict=True))
        return [describe_imagej(path, tif, axes.get("C", 1))] * len(series_list)
    return [Description(name=series.name) for series in series_list]


def _frames_of(
    path: str,
    series: tifffile.TiffPageSeries,
    region: int,
    description: Description,
    unknown: str,
    first_frame: int,
) -> Frames:
    """Find out which images of a series make up each frame."""
    axes, shape = axes_and_shape(series)
    axes = understand(path, axes, shape, unknown)
    check_size(path, prod(shape) // series.keyframe.size, series.keyframe.size)
    n_outer = _n_outer_axes(path, series, axes, shape)
    pages = np.arange(prod(shape[:n_outer])).reshape(shape[:n_outer])
    pages = arrange(pages, axes[:n_outer], "RTC")[region]
    # a channel that is stored inside an image is a sample of its pixels
    inner_axes, inner_shape = axes[n_outer:].replace("C", "S"), shape[n_outer:]
    samples = prod(length for axis, length in zip(inner_axes, inner_shape, strict=True) if axis == "S")
    is_rgb = series.keyframe.photometric == tifffile.PHOTOMETRIC.RGB and samples >= len(RGB)
    if is_rgb:
        if samples > len(RGB):
            log.info("%s: red, green and blue are kept of the %d samples of a pixel", path, samples)
        samples = len(RGB)
    names = RGB if is_rgb and pages.shape[1] == 1 else description.channel_names
    read_page = page_reader(path, series, pages, first_frame)

    def read(frame: int) -> np.ndarray:
        with damaged(path, f"frame {first_frame + frame} cannot be decoded"):
            planes = [read_page(int(index)).reshape(inner_shape) for index in pages[frame]]
        return np.concatenate([arrange(plane, inner_axes, "SYX")[:samples] for plane in planes])

    sizes = dict(zip(inner_axes, inner_shape, strict=True))
    return Frames(
        read=read,
        n_frames=len(pages),
        shape_cyx=(pages.shape[1] * samples, sizes["Y"], sizes["X"]),
        dtype=series.dtype,
        pixel_size_um=description.pixel_size_um,
        frame_interval_s=description.frame_interval_s,
        channel_names=names,
        taken_s=description.taken_s[: len(pages)],
    )


def _n_outer_axes(path: str, series: tifffile.TiffPageSeries, axes: str, shape: tuple[int, ...]) -> int:
    """How many axes run over images; the others run inside each image."""
    for n_outer in range(axes.index("Y"), -1, -1):
        if prod(shape[n_outer:]) == series.keyframe.size:
            return n_outer
    raise UserError(f"{path}: its images of {series.keyframe.shape} are no part of {shape} ({axes}); export it again")
