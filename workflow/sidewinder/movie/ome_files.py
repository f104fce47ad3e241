"""The other files of an OME-TIFF in several, as the OME-XML in the first of them names them."""

import os
from xml.etree import ElementTree

from sidewinder.errors import UserError
from sidewinder.movie.tiff_header import first_description

FILE_NAME = b"FileName"


def other_files(path: str, position: str | None) -> list[str]:
    """List the files beside an OME-TIFF that hold images of the same movie.

    Parameters
    ----------
    path : str
        A file.
    position : str or None
        The name or the number of the position that counts; without one, that of which images are in the file itself.

    Returns
    -------
    list of str
        The paths of those that are there, in the order of the metadata; none of a file that is no OME-TIFF, or damaged,
        of which who reads it will say so.
    """
    try:
        with open(path, "rb") as file:
            description = first_description(path, file)
        if FILE_NAME not in description:
            return []
        # entities were refused with the header
        root = ElementTree.fromstring(description.rstrip(b"\0"))  # nosec B314
    except (UserError, OSError, ElementTree.ParseError):
        return []
    folder, own = os.path.split(os.path.realpath(path))
    others = (os.path.join(folder, name) for name in _names(root, own, position) if name != own)
    return [other for other in others if os.path.isfile(other)]


def _names(root: ElementTree.Element, own: str, position: str | None) -> list[str]:
    """The names of the files that hold a position, each once; `own` is that of the file with these metadata."""
    images = list(root.iterfind("{*}Image"))
    files = [[_name(one, root, own) for one in image.iterfind("{*}Pixels/{*}TiffData/{*}UUID")] for image in images]
    asked = [index for index, image in enumerate(images) if position in (image.get("Name"), str(index))]
    chosen = asked or [index for index, names in enumerate(files) if own in names] or range(len(images))
    return list(dict.fromkeys(name for index in chosen for name in files[index]))


def _name(one: ElementTree.Element, root: ElementTree.Element, own: str) -> str:
    """The name of the file of some planes; a file that was renamed is known by its identifier."""
    return own if one.text and one.text == root.get("UUID") else one.get("FileName", own)
