"""A TIFF file with all frames of a movie: plain, ImageJ hyperstack, OME-TIFF, one file or several."""

import logging
import struct
import threading
import weakref
from collections.abc import Callable, Sequence
from math import prod

import numpy as np
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.axes import arrange, understand
from sidewinder.movie.movie import Frames, choose_position
from sidewinder.movie.tiff_checks import check_alike, check_whole, is_whole
from sidewinder.movie.tiff_metadata import Description, describe_imagej, describe_ome
from sidewinder.movie.tiff_series import all_series, axes_and_shape

log = logging.getLogger("sidewinder")

RGB = ("red", "green", "blue")


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
    except UserError:
        tif.close()
        raise
    weakref.finalize(frames.read, tif.close)
    return frames


def open_file(path: str, where: str) -> tifffile.TiffFile:
    """Open a TIFF; raises UserError, with `where` for the file's name, if it is none."""
    try:
        return tifffile.TiffFile(path)
    except (OSError, ValueError, struct.error) as error:
        raise UserError(f"{where}: cannot be read as TIFF ({error}); copy or export the file again") from error


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
    try:
        series_list = all_series(tif)
        check_whole(path, tif)
        descriptions = _describe_all(path, tif, series_list)
        check_alike(path, tif, series_list)
    except (OSError, ValueError, RuntimeError, KeyError, IndexError, TypeError, struct.error) as error:
        raise UserError(f"{path}: its TIFF structure is broken ({error}); copy or export the file again") from error
    names = [description.name or str(i) for i, description in enumerate(descriptions)]
    series = series_list[0]
    n_regions = dict(zip(*axes_and_shape(series), strict=True)).get("R", 1)
    if n_regions > 1:
        region = choose_position(path, [str(i) for i in range(n_regions)], position)
        description = descriptions[0]
    else:
        chosen = choose_position(path, names, position)
        region, series, description = 0, series_list[chosen], descriptions[chosen]
    return _frames_of(path, series, region, description, unknown, first_frame)


def _describe_all(
    path: str, tif: tifffile.TiffFile, series_list: Sequence[tifffile.TiffPageSeries]
) -> list[Description]:
    """One description a series."""
    if tif.is_ome:
        described = describe_ome(path, tif.ome_metadata or "")
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
    read_page = _page_reader(path, series, pages, first_frame)

    def read(frame: int) -> np.ndarray:
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
    )


def _n_outer_axes(path: str, series: tifffile.TiffPageSeries, axes: str, shape: tuple[int, ...]) -> int:
    """How many axes run over images; the others run inside each image."""
    for n_outer in range(axes.index("Y"), -1, -1):
        if prod(shape[n_outer:]) == series.keyframe.size:
            return n_outer
    raise UserError(f"{path}: its images of {series.keyframe.shape} are no part of {shape} ({axes}); export it again")


def _page_reader(
    path: str, series: tifffile.TiffPageSeries, wanted: np.ndarray, first_frame: int
) -> Callable[[int], np.ndarray]:
    """A function that reads one image, after a check that all `wanted`, (T, C), are there in full."""
    keyframe, start = series.keyframe, series.dataoffset
    # raw bytes one after the other; ImageJ then describes the first image only, as it must above 4 GB
    file, raw_dtype = keyframe.parent.filehandle, np.dtype(series.dtype).newbyteorder(keyframe.parent.byteorder)
    pages = list(series) if start is None else ()
    lock = threading.Lock()
    for (frame, _), index in np.ndenumerate(wanted):
        there = is_whole(pages[index]) if start is None else start + (index + 1) * keyframe.nbytes <= file.size
        if not there:
            raise UserError(
                f"{path}: frame {first_frame + frame} is missing or cut off (image {index} of {wanted.size}); "
                "copy or export the file again"
            )

    def read_page(index: int) -> np.ndarray:
        try:
            with lock:
                if start is None:
                    return _read_page(pages[index])  # type: ignore[arg-type]  # all that are wanted are there, see above
                return file.read_array(raw_dtype, keyframe.size, start + index * keyframe.nbytes)
        except (OSError, ValueError, RuntimeError, TypeError) as error:
            frame = first_frame + int(np.argwhere(wanted == index)[0, 0])
            raise UserError(
                f"{path}: frame {frame} cannot be decoded ({error}); copy or export the file again"
            ) from error

    return read_page


def _read_page(page: tifffile.TiffPage | tifffile.TiffFrame) -> np.ndarray:
    """Decode an image; the other files of an OME-TIFF in several are opened for one image at a time."""
    file = page.parent.filehandle
    was_closed = file.closed
    if was_closed:
        file.open()
    try:
        return page.asarray()
    finally:
        if was_closed:
            file.close()
