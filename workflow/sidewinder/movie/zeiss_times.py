"""The measured times of a CZI, which lie in an attachment that `pylibCZIrw` does not read (DS_ZISRAW-FileFormat)."""

import struct
from typing import BinaryIO

# a segment begins with its name and two sizes
HEADER_BYTES = 32
# where the file's first segment says where the directory of attachments is
DIRECTORY_AT = HEADER_BYTES + 72
ENTRY_BYTES, ENTRIES_AT = 128, 256
TIME_STAMPS = b"CZTIMS"
MOST_ENTRIES = 10_000


def time_stamps(path: str, n_frames: int) -> tuple[float, ...]:
    """When frames were taken.

    Parameters
    ----------
    path : str
        A CZI file.
    n_frames : int
        How many frames it has.

    Returns
    -------
    tuple of float
        In seconds since any moment, one a frame; empty where the file does not say them of just these frames.
    """
    with open(path, "rb") as file:
        try:
            place = _attachment(file, TIME_STAMPS)
            if place is None:
                return ()
            file.seek(place + HEADER_BYTES + ENTRIES_AT)
            _, count = struct.unpack("<ii", file.read(8))
            if count != n_frames:
                return ()
            return struct.unpack(f"<{count}d", file.read(8 * count))
        except struct.error:
            # cut off behind the pixels
            return ()


def _attachment(file: BinaryIO, kind: bytes) -> int | None:
    """Where the attachment of a kind begins."""
    file.seek(DIRECTORY_AT)
    (directory,) = struct.unpack("<q", file.read(8))
    if directory <= 0:
        return None
    file.seek(directory + HEADER_BYTES)
    (count,) = struct.unpack("<i", file.read(4))
    file.seek(directory + HEADER_BYTES + ENTRIES_AT)
    for _ in range(min(count, MOST_ENTRIES)):
        entry = file.read(ENTRY_BYTES)
        if entry[40:48].rstrip(b"\0") == kind:
            return int(struct.unpack_from("<q", entry, 12)[0])
    return None
