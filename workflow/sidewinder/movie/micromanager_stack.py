"""The names of positions in a TIFF stack by Micro-Manager, which the metadata of each image say."""

import tifffile

from sidewinder.movie.ndtiff import METADATA


def stack_positions(tif: tifffile.TiffFile, n_positions: int) -> list[str]:
    """Read the names of positions.

    Parameters
    ----------
    tif : tifffile.TiffFile
        The open file.
    n_positions : int
        How many there are.

    Returns
    -------
    list of str
        In the order of their numbers, which are the names if the images do not say any.
    """
    numbers = [str(position) for position in range(n_positions)]
    index = (tif.micromanager_metadata or {}).get("IndexMap")
    if n_positions == 1 or index is None:
        return numbers
    # channel, slice, frame, position, and where the image is described
    where = {int(position): int(offset) for *_, position, offset in index[::-1]}
    if sorted(where) != list(range(n_positions)):
        return numbers
    names = [_position_name(tif, where[position]) for position in range(n_positions)]
    return names if all(names) and len(set(names)) == n_positions else numbers


def _position_name(tif: tifffile.TiffFile, offset: int) -> str:
    tif.filehandle.seek(offset)
    said = tifffile.TiffPage(tif, index=0).tags.valueof(METADATA)
    return str(said.get("PositionName", "")) if isinstance(said, dict) else ""
