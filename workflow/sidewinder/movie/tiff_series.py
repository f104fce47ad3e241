"""The series of a TIFF with all their axes: tifffile gives them in one way up to 2026.3, in another from 2026.5 on."""

import tifffile

from sidewinder.movie.imagej import stopped_series
from sidewinder.movie.ndtiff import lacks_index, read_ndtiff, series_by_metadata


def main_series(path: str, tif: tifffile.TiffFile) -> list[tifffile.TiffPageSeries]:
    """The series of images in a file, which keep their axes of length 1, without those of thumbnails.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file.

    Returns
    -------
    series : list of tifffile.TiffPageSeries
    """
    if tif.is_ndtiff:
        read_ndtiff(path, tif).check_extent()
    if lacks_index(tif):
        return [series_by_metadata(path, tif)]
    # a list up to 2026.3, the newest for Python 3.11
    series_list = list(tif.series(squeeze=False) if callable(tif.series) else tif.series)
    if tif.is_imagej and (stopped := stopped_series(path, tif)):
        return [stopped]
    return [series for series in series_list if not series.keyframe.is_reduced] or series_list


def axes_and_shape(series: tifffile.TiffPageSeries) -> tuple[str, tuple[int, ...]]:
    """The letter and the length of each axis of a series, those of length 1 included.

    Parameters
    ----------
    series : tifffile.TiffPageSeries
        One of `main_series`.

    Returns
    -------
    axes : str
        Such as "TCYX".
    shape : tuple of int
        The lengths of these axes.
    """
    if hasattr(series, "get_axes"):
        return series.get_axes(False), series.get_shape(False)
    return series.axes, series.shape
