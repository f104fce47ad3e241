"""OME-TIFF whose metadata lie in another file, name other files, or name a file that it once was."""

import os
from xml.etree import ElementTree

import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.ome_xml import read_ome
from sidewinder.movie.tiff_header import MOST_TAG_BYTES, check_description

# where a TiffData says in which file its images are
FILES = "{*}Image/{*}Pixels/{*}TiffData/{*}UUID[@FileName]"


def read_companion(path: str) -> tuple[str, str]:
    """Read a companion file, which has the metadata of the TIFFs beside it.

    Parameters
    ----------
    path : str
        The companion file.

    Returns
    -------
    tiff : str
        The first TIFF that it names and that is there.
    xml : str
        The metadata.

    Raises
    ------
    UserError
        If the file is no metadata, or none of the TIFFs is there.
    """
    xml, root = read_xml(path)
    names = _names(root)
    there = [name for name in names if os.path.isfile(_beside(path, name))]
    if not there:
        listed = ", ".join(names[:3]) or "none"
        raise UserError(f"{path}: none of the TIFFs that it names is beside it ({listed}); put them into its folder")
    return _beside(path, there[0]), xml


def read_xml(path: str) -> tuple[str, ElementTree.Element]:
    """Read a file of OME-XML.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    xml : str
        Its text.
    root : Element
        Its root.

    Raises
    ------
    UserError
        If it is none, or could make a reader of XML read or write what it should not.
    """
    with open(path, "rb") as file:
        content = file.read(MOST_TAG_BYTES)
    check_description(path, content)
    xml = content.decode("utf-8", errors="replace")
    return xml, read_ome(path, xml)


def metadata_elsewhere(path: str, tif: tifffile.TiffFile) -> tuple[str, str | None] | None:
    """Find out what to open in place of a TIFF that does not have its own metadata.

    Parameters
    ----------
    path : str
        The TIFF.
    tif : tifffile.TiffFile
        The same, open.

    Returns
    -------
    tuple of (str, str or None) or None
        The TIFF to open, and its metadata if they are not those in it; None where all is as it should be.

    Raises
    ------
    UserError
        If the metadata are broken.
    """
    xml = (tif.ome_metadata or "") if tif.is_ome else ""
    if "BinaryOnly" not in xml and "FileName" not in xml:
        return None
    root = read_ome(path, xml)
    only = root.find("{*}BinaryOnly")
    # each file of Micro-Manager's has an index of its own images, and is a position
    if only is not None and tif.is_micromanager:
        return None
    if only is not None:
        other = _beside(path, only.get("MetadataFile", ""))
        if not os.path.isfile(other):
            return None
        return read_companion(other) if other.lower().endswith(".ome") else (other, None)
    return (path, ElementTree.tostring(root, encoding="unicode")) if _take_as_own(path, root) else None


def is_one_of_several(path: str, tif: tifffile.TiffFile) -> bool:
    """Whether the metadata of a TIFF speak of several files."""
    xml = (tif.ome_metadata or "") if tif.is_ome and not tif.is_micromanager else ""
    return "FileName" in xml and len(_names(read_ome(path, xml))) > 1


def lost_files(path: str, root: ElementTree.Element) -> list[str]:
    """The files that OME metadata name and that are not there."""
    own = root.get("UUID")
    named = {uuid.get("FileName", ""): uuid.text for uuid in root.iterfind(FILES)}
    return [name for name, uuid in named.items() if uuid != own and not os.path.isfile(_beside(path, name))]


def _take_as_own(path: str, root: ElementTree.Element) -> bool:
    """Whether the only file that is named is not there, so that it was this one, of which the images then are."""
    names = _names(root)
    if len(names) > 1 or lost_files(path, root) != names:
        return False
    for planes in root.iterfind("{*}Image/{*}Pixels/{*}TiffData"):
        for uuid in planes.findall("{*}UUID"):
            planes.remove(uuid)
    return True


def _names(root: ElementTree.Element) -> list[str]:
    """The files that OME metadata name, each once."""
    return list(dict.fromkeys(uuid.get("FileName", "") for uuid in root.iterfind(FILES)))


def _beside(path: str, name: str) -> str:
    return os.path.join(os.path.dirname(path), name)
