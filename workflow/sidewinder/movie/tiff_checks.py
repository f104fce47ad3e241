"""Refuse TIFF files that are cut off or mixed, of which tifffile would give the readable part."""

import struct
from collections.abc import Sequence

import tifffile

from sidewinder.errors import UserError

IMAGE_DESCRIPTION = 270
AGAIN = "copy or export the file again"


def check_whole(path: str, tif: tifffile.TiffFile) -> None:
    """Check that the list of images and the description are all there; raises UserError if the file ends too early."""
    if _list_is_cut_off(tif):
        raise UserError(f"{path}: is cut off after image {len(tif.pages) - 1}; {AGAIN}")
    if _description_is_cut_off(tif):
        raise UserError(f"{path}: is cut off before its description; {AGAIN}")


def check_alike(path: str, tif: tifffile.TiffFile, series_list: Sequence[tifffile.TiffPageSeries]) -> None:
    """Check that the images of a file belong together.

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
        If images differ, or do not agree with the description.
    """
    kinds = {series.kind for series in series_list}
    if "generic" in kinds and (tif.is_imagej or tif.is_ome or tif.is_shaped):
        raise UserError(f"{path}: has fewer images than its description says; {AGAIN}")
    if "generic" in kinds and len(series_list) > 1:
        found = ", ".join(f"{len(s)} of {s.keyframe.shape} {s.dtype}" for s in series_list)
        raise UserError(f"{path}: its images differ in shape or type ({found}); expected one movie")
    if kinds == {"uniform"}:
        _check_every_image(path, tif)


def _list_is_cut_off(tif: tifffile.TiffFile) -> bool:
    """Whether the last image that was found points to another one."""
    position = tif.pages.next_page_offset
    if not position:
        return False
    tif.filehandle.seek(position)
    return tif.filehandle.read(tif.tiff.offsetsize) != bytes(tif.tiff.offsetsize)


def _description_is_cut_off(tif: tifffile.TiffFile) -> bool:
    """Whether the first image has a description that could not be read; writers put a long one at the file's end."""
    first = tif.pages.first
    if IMAGE_DESCRIPTION in first.tags:
        return False
    tif.filehandle.seek(first.offset)
    (n_tags,) = struct.unpack(tif.tiff.tagnoformat, tif.filehandle.read(tif.tiff.tagnosize))
    tags = tif.filehandle.read(n_tags * tif.tiff.tagsize)
    codes = (struct.unpack_from(f"{tif.byteorder}H", tags, i * tif.tiff.tagsize)[0] for i in range(n_tags))
    return IMAGE_DESCRIPTION in codes


def _check_every_image(path: str, tif: tifffile.TiffFile) -> None:
    """Check every image of a plain stack: tifffile looks at four and takes the others to be like the first."""
    expected = tif.pages.first.hash
    for index in range(1, len(tif.pages)):
        if tif.pages.get(index).hash != expected:
            raise UserError(f"{path}: image {index} differs from image 0 in shape or type; expected one movie")


def is_whole(page: tifffile.TiffPage | tifffile.TiffFrame | None) -> bool:
    """Whether all bytes of an image are in its file."""
    if page is None or not page.dataoffsets or 0 in page.databytecounts:
        return False
    ends = (offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True))
    return max(ends) <= page.parent.filehandle.size
