"""The time of each frame of an OME-Zarr, of which the format itself knows one interval only."""

import os
from typing import TYPE_CHECKING, Any

from sidewinder.movie.ome_set import read_xml
from sidewinder.movie.ome_xml import describe_ome

if TYPE_CHECKING:
    import zarr

# where bioformats2raw keeps the metadata of all images
METADATA = "OME/METADATA.ome.xml"


def taken_of_image(path: str, image: "zarr.Group", index: int, n_images: int) -> tuple[float | None, ...]:
    """Find when the frames of an image were taken.

    Parameters
    ----------
    path : str
        The store.
    image : zarr.Group
        The image in it.
    index : int
        Its number.
    n_images : int
        How many images the store has.

    Returns
    -------
    tuple of float or None
        In seconds since any moment: as Sidewinder keeps them, else `DeltaT` of the OME-XML that bioformats2raw has put
        beside the images; empty where neither is there.

    Raises
    ------
    UserError
        If the OME-XML is broken.
    """
    ours: Any = image.attrs.asdict().get("sidewinder", {})
    if "times_s" in ours:
        return tuple(float(time) for time in ours["times_s"])
    file = os.path.join(path, METADATA)
    if not os.path.isfile(file):
        return ()
    described = describe_ome(file, read_xml(file)[1])
    return described[index].taken_s if len(described) == n_images else ()
