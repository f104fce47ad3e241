"""The positions in a TIFF, and what it says of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.description import Description
from sidewinder.movie.imagej import describe_imagej
from sidewinder.movie.micromanager_stack import stack_positions
from sidewinder.movie.ndtiff import read_ndtiff
from sidewinder.movie.ome_xml import describe_ome
from sidewinder.movie.stk_lsm import describe_lsm, describe_metaseries, describe_stk
from sidewinder.movie.tiff_series import axes_and_shape


@dataclass(frozen=True)
class Positions:
    """Positions by name.

    Parameters
    ----------
    names : list of str
        In the file's order.
    describe : callable
        A function from a position's number to what the file says of it.
    are_regions : bool
        Whether they lie along an axis of the first series, and are no series each.
    """

    names: list[str]
    describe: Callable[[int], Description]
    are_regions: bool


def positions_of(
    path: str, tif: tifffile.TiffFile, series_list: Sequence[tifffile.TiffPageSeries], ome: Element | None
) -> Positions:
    """Find the positions of a file.

    Parameters
    ----------
    path : str
        The file's path, for messages.
    tif : tifffile.TiffFile
        The open file.
    series_list : sequence of tifffile.TiffPageSeries
        Its series.
    ome : Element or None
        The root of its OME metadata, where there are any.

    Raises
    ------
    UserError
        If the OME metadata and the images do not agree.
    """
    n_regions = dict(zip(*axes_and_shape(series_list[0]), strict=True)).get("R", 1)
    if series_list[0].kind == "ndtiff":
        data = read_ndtiff(path, tif)
        names = [str(name) for name in data.values("position")] or ["0"]
        return Positions(names, data.describe, are_regions=True)
    if ome is not None:
        if series_list[0].kind != "ome":
            return _of_micromanager(tif, describe_ome(path, ome), n_regions)
        return _of_ome(path, describe_ome(path, ome), series_list)
    if n_regions > 1:
        described = _description(path, tif, series_list[0])
        return Positions([str(region) for region in range(n_regions)], lambda _: described, are_regions=True)
    names = [series.name or str(index) for index, series in enumerate(series_list)]
    return Positions(names, lambda index: _description(path, tif, series_list[index]), are_regions=False)


def _of_micromanager(tif: tifffile.TiffFile, described: list[Description], n_regions: int) -> Positions:
    """The positions of Micro-Manager's own index, which comes before OME: they lie along an axis."""
    each = described if len(described) == n_regions else described[:1] * n_regions
    return Positions(stack_positions(tif, n_regions), each.__getitem__, are_regions=True)


def _of_ome(path: str, described: list[Description], series_list: Sequence[tifffile.TiffPageSeries]) -> Positions:
    if len(described) != len(series_list):
        raise UserError(
            f"{path}: describes {len(described)} positions, of which {len(series_list)} can be read; "
            "export the movie again"
        )
    names = [description.name or str(index) for index, description in enumerate(described)]
    return Positions(names, described.__getitem__, are_regions=False)


def _description(path: str, tif: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> Description:
    """What a file without OME metadata says of a series."""
    if tif.is_imagej:
        lengths = dict(zip(*axes_and_shape(series), strict=True))
        n_channels, n_slices = lengths.get("C", 1), lengths.get("Z", 1)
        # without frames each slice may be one
        return describe_imagej(path, tif, n_channels, n_channels * (n_slices if lengths.get("T", 1) > 1 else 1))
    if series.kind == "stk":
        return describe_stk(path, tif)
    if series.kind == "lsm":
        return describe_lsm(path, tif)
    return describe_metaseries(path, tif) if tif.is_metaseries else Description()
