"""Refuse TIFF files that are cut off or mixed, of which tifffile would give the readable part."""

from collections.abc import Sequence
from math import prod

import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.causes import AGAIN
from sidewinder.movie.tiff_header import first_unlike
from sidewinder.movie.tiff_series import axes_and_shape

# kinds of series that come of a description of all images
DESCRIBED = {"shaped", "imagej", "ome"}


def check_alike(
    path: str, tif: tifffile.TiffFile, series_list: Sequence[tifffile.TiffPageSeries], position: str | None
) -> None:
    """Check that the images of a file belong together, unless they are said to be several positions.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file.
    series_list : sequence of tifffile.TiffPageSeries
        What tifffile makes of it.
    position : str or None
        What the sheet says: where it names a position, images of one size each are one.

    Raises
    ------
    UserError
        If images differ, or do not agree with the description.
    """
    kinds = {series.kind for series in series_list}
    if "generic" in kinds and (tif.is_imagej or tif.is_ome or tif.is_shaped):
        raise UserError(f"{path}: holds {len(tif.pages)} images, and others than its description speaks of; {AGAIN}")
    # OME names its positions, which may have sizes of their own
    differ = len({(series.keyframe.shape, series.dtype) for series in series_list}) > 1 and not tif.is_ome
    if position is None and (differ or ("generic" in kinds and len(series_list) > 1)):
        found = ", ".join(f"{len(s)} of {s.keyframe.shape} {s.dtype}" for s in series_list)
        raise UserError(f"{path}: its images differ in shape or type ({found}); expected one movie")
    if kinds == {"uniform"}:
        _check_every_image(path, tif)


def check_described(path: str, tif: tifffile.TiffFile, series_list: Sequence[tifffile.TiffPageSeries]) -> None:
    """Check that a file has no images beyond those that its description speaks of.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file.
    series_list : sequence of tifffile.TiffPageSeries
        What tifffile makes of it.

    Raises
    ------
    UserError
        If there are more.
    """
    if not series_list or not {series.kind for series in series_list} <= DESCRIBED:
        return
    described = [prod(axes_and_shape(series)[1]) // series.keyframe.size for series in series_list]
    n_images = len(tif.pages)
    # the first image of a series may stand for all
    listed = [1 if series.is_truncated else n for series, n in zip(series_list, described, strict=True)]
    if n_images > sum(listed):
        pages = (tif.pages.get(index) for index in range(n_images))
        n_reduced = sum(isinstance(page, tifffile.TiffPage) and page.is_reduced for page in pages)
        if n_images - n_reduced > sum(listed):
            said = " + ".join(map(str, described))
            raise UserError(
                f"{path}: holds {n_images - n_reduced} images, but its description speaks of {said}; "
                "save it again with all of its images as frames"
            )


def _check_every_image(path: str, tif: tifffile.TiffFile) -> None:
    """Check every image of a plain stack: tifffile looks at four and takes the others to be like the first."""
    with open(tif.filehandle.path, "rb") as file:
        index = first_unlike(file)
    if index is not None:
        raise UserError(f"{path}: image {index} differs from image 0 in shape or type; expected one movie")
