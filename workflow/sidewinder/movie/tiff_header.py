"""The list of images at the head of a TIFF, looked at before a library believes what it says."""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from sidewinder.errors import UserError
from sidewinder.limits import MOST_IMAGES
from sidewinder.movie.causes import AGAIN
from sidewinder.movie.limits import check_size

WIDTH, HEIGHT, BITS, DESCRIPTION, SAMPLES = 256, 257, 258, 270, 277
# of all pieces of an image
PLACES = (273, 279, 324, 325)
# shape, type and compression
ALIKE = {WIDTH, HEIGHT, BITS, 259, 262, 266, SAMPLES, 284, 317, 322, 323, 338, 339}
# more are no image's
MOST_TAGS = 4096
MOST_BITS = 64
# of one tag that a reader takes into memory as a whole
MOST_TAG_BYTES = 2**25
# bytes of a value of each of TIFF's types
TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True)
class Layout:
    """How the numbers of a TIFF are stored: `order` is struct's sign for the byte order."""

    order: str
    big: bool

    @property
    def count(self) -> struct.Struct:
        """The number of an image's tags."""
        return struct.Struct(self.order + ("Q" if self.big else "H"))

    @property
    def tag(self) -> struct.Struct:
        """A tag: its code, its type, how many values, and the values or where they are."""
        return struct.Struct(self.order + ("HHQ8s" if self.big else "HHI4s"))

    @property
    def offset(self) -> struct.Struct:
        """A place in the file."""
        return struct.Struct(self.order + ("Q" if self.big else "I"))


def check_header(where: str, file: BinaryIO) -> None:
    """Check the list of images, and what the first of them says of itself.

    Parameters
    ----------
    where : str
        The file's path, and the frame if it is one of many, for messages.
    file : BinaryIO
        The open file; its position is changed.

    Raises
    ------
    UserError
        If the list leads out of the file or in a circle, or the first image has an impossible size or type, or a
        description that is cut off or could make a reader of XML read or write what it should not.
    """
    size = os.fstat(file.fileno()).st_size
    layout, offset = _layout(where, file)
    seen: set[int] = set()
    while offset:
        if offset in seen:
            raise UserError(f"{where}: its list of images leads back from image {len(seen) - 1} to another; {AGAIN}")
        tags, following = _directory(file, layout, offset)
        if following is None:
            raise UserError(f"{where}: is cut off {f'after image {len(seen) - 1}' if seen else 'at its head'}; {AGAIN}")
        if not seen:
            _check_first(where, file, size, layout, tags)
        seen.add(offset)
        offset = following
        if len(seen) > MOST_IMAGES:
            check_size(where, len(seen), 0)


def first_unlike(file: BinaryIO) -> int | None:
    """Find an image that is stored in another way than the first, as which it would be read.

    Parameters
    ----------
    file : BinaryIO
        A file that `check_header` has found right, at its beginning.

    Returns
    -------
    int or None
        The number of the first image that differs in shape or type; None if there is none.
    """
    layout, offset = _layout("", file)
    expected, index = None, 0
    while offset:
        tags, following = _directory(file, layout, offset)
        # of values that stand elsewhere only their number
        found = {
            (code, n_values, inline if n_values * TYPE_BYTES.get(kind, 1) <= len(inline) else b"")
            for code, kind, n_values, inline in layout.tag.iter_unpack(tags)
            if code in ALIKE
        }
        expected = found if expected is None else expected
        if found != expected:
            return index
        offset, index = following or 0, index + 1
    return None


def first_description(where: str, file: BinaryIO) -> bytes:
    """Read the description of the first image, and little else.

    Parameters
    ----------
    where : str
        The file's path, for messages.
    file : BinaryIO
        The open file, at its beginning.

    Returns
    -------
    bytes
        As it stands there; empty where there is none.

    Raises
    ------
    UserError
        If the file is no TIFF, or its description is one that `check_header` refuses.
    """
    layout, offset = _layout(where, file)
    tags, _ = _directory(file, layout, offset)
    size = os.fstat(file.fileno()).st_size
    for code, kind, n_values, inline in layout.tag.iter_unpack(tags):
        if code == DESCRIPTION:
            value = _value(file, size, layout, kind, n_values, inline)
            check_description(where, value)
            return value or b""
    return b""


def _layout(where: str, file: BinaryIO) -> tuple[Layout, int]:
    """How numbers are stored, and where the first image is described."""
    start = file.read(16)
    order = ">" if start[:1] == b"M" else "<"
    big = start[2:4].strip(b"\0") == b"+"
    try:
        (offset,) = struct.unpack_from(order + ("Q" if big else "I"), start, 8 if big else 4)
    except struct.error as error:
        raise UserError(f"{where}: cannot be read as TIFF (it ends after {len(start)} bytes); {AGAIN}") from error
    if not offset:
        raise UserError(f"{where}: holds no image; {AGAIN}")
    return Layout(order, big), offset


def _directory(file: BinaryIO, layout: Layout, offset: int) -> tuple[bytes, int | None]:
    """The tags of an image, and where the next one is described: 0 after the last, None if this one is not whole."""
    try:
        file.seek(offset)
        (n_tags,) = layout.count.unpack(file.read(layout.count.size))
        tags = file.read(min(n_tags, MOST_TAGS) * layout.tag.size)
        (following,) = layout.offset.unpack(file.read(layout.offset.size))
    except (struct.error, OSError, OverflowError, ValueError):
        return b"", None
    return tags, following if 0 < n_tags <= MOST_TAGS else None


def _check_first(where: str, file: BinaryIO, size: int, layout: Layout, tags: bytes) -> None:
    """Check the tags of the first image, which all others are like."""
    numbers = {}
    for code, kind, n_values, inline in layout.tag.iter_unpack(tags):
        if code in (DESCRIPTION, *PLACES) and n_values * TYPE_BYTES.get(kind, 1) > MOST_TAG_BYTES:
            raise UserError(f"{where}: its header has {n_values} values in tag {code}, too many to be right; {AGAIN}")
        if code == DESCRIPTION:
            check_description(where, _value(file, size, layout, kind, n_values, inline))
        elif code in (WIDTH, HEIGHT, BITS, SAMPLES):
            numbers[code] = _first_number(layout, kind, _value(file, size, layout, kind, n_values, inline))
    width, height, bits, samples = (numbers.get(code, 1) for code in (WIDTH, HEIGHT, BITS, SAMPLES))
    if not (width > 0 and height > 0 and samples > 0 and 0 < bits <= MOST_BITS):
        raise UserError(
            f"{where}: its header says that images are {width} x {height} pixels of {samples} samples of {bits} bits; "
            f"expected at least one pixel, of 1 to {MOST_BITS} bits: {AGAIN}"
        )
    check_size(where, 0, width * height * samples)


def _value(file: BinaryIO, size: int, layout: Layout, kind: int, n_values: int, inline: bytes) -> bytes | None:
    """The bytes of a tag's values; None where they are not all in the file."""
    n_bytes = n_values * TYPE_BYTES.get(kind, 1)
    if n_bytes <= len(inline):
        return inline[:n_bytes]
    if n_bytes > MOST_TAG_BYTES:
        return None
    (start,) = layout.offset.unpack(inline)
    if start + n_bytes > size:
        return None
    file.seek(start)
    return file.read(n_bytes)


def _first_number(layout: Layout, kind: int, value: bytes | None) -> int:
    """The first of the integers in a tag's value; 0 where it has none."""
    if not value or kind not in INTEGERS:
        return 0
    return int(struct.unpack_from(layout.order + INTEGERS[kind], value)[0])


def check_description(where: str, value: bytes | None) -> None:
    """Refuse a description that is cut off, or could make a reader of XML read or write what it should not.

    Parameters
    ----------
    where : str
        The file's path, for messages.
    value : bytes or None
        The description; None where it is not all in the file.

    Raises
    ------
    UserError
        If it is such a description.
    """
    if value is None:
        raise UserError(f"{where}: is cut off before its description; {AGAIN}")
    # a document type declares entities, which expand to gigabytes, or read other files; OME-XML has none
    plain = value.replace(b"\0", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise UserError(f"{where}: its metadata declare entities of XML (<!DOCTYPE ...>), which are not read; {AGAIN}")
