"""The other files of a movie in several: those that OME-XML names, and the metadata beside frames."""

import os
from xml.etree import ElementTree

from sidewinder.errors import UserError
from sidewinder.movie.tiff_header import MOST_TAG_BYTES, check_description, first_description

FILE_NAME, BINARY_ONLY = b"FileName", b"BinaryOnly"
# what says of the files beside it which images they hold: of OME sets, NDTiff and Micro-Manager
COMPANION, INDEX, OF_MICROMANAGER = ".companion.ome", "NDTiff.index", "metadata.txt"
METADATA = (COMPANION, INDEX, OF_MICROMANAGER)


def other_files(path: str, position: str | None) -> list[str]:
    """List the files that belong to a movie besides those with its frames, or with the first of them.

    Parameters
    ----------
    path : str
        A file, or a folder of frames.
    position : str or None
        The name or the number of the position that counts; without one, that of which images are in the file itself.

    Returns
    -------
    list of str
        The paths of those that are there: of a TIFF or a companion file, what its OME-XML names, in that order, and the
        companion file that a TIFF names; of a folder, the metadata in it. None of a file that is no OME-TIFF, or
        damaged, of which who reads it will say so.
    """
    if os.path.isdir(path):
        return sorted(entry.path for entry in os.scandir(path) if entry.name.endswith(METADATA) and entry.is_file())
    folder, own = os.path.split(os.path.realpath(path))
    root = _root(path)
    only = None if root is None else root.find("{*}BinaryOnly")
    companion = [] if only is None else [only.get("MetadataFile", "")]
    if companion:
        root = _root(os.path.join(folder, companion[0]))
    names = [*companion, *(_names(root, own, position) if root is not None else ())]
    others = (os.path.join(folder, name) for name in names if name not in ("", own))
    return [other for other in others if os.path.isfile(other)]


def _root(path: str) -> ElementTree.Element | None:
    """The OME-XML of a file; None where it has none, or none that can be read."""
    try:
        with open(path, "rb") as file:
            if path.lower().endswith(COMPANION):
                description = file.read(MOST_TAG_BYTES)
                check_description(path, description)
            else:
                description = first_description(path, file)
        if FILE_NAME not in description and BINARY_ONLY not in description:
            return None
        # entities were refused with the header
        return ElementTree.fromstring(description.rstrip(b"\0"))  # nosec B314
    except (UserError, OSError, ElementTree.ParseError):
        return None


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
