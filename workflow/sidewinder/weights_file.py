"""Whether a model's weights are all there, by their header alone: without PyTorch, before anything runs."""

import json
import os
import struct

# at the beginning of what Git leaves in place of a large file that was not fetched
LFS_POINTER = b"version https://git-lfs"
LENGTH = struct.Struct("<Q")
MOST_HEADER_BYTES = 2**24


def incomplete(path: str) -> str:
    """Say what is missing of a file of weights in the format safetensors.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    str
        In a few words; empty where nothing is, and where the file cannot be read, of which its job will say why.
    """
    try:
        size = os.stat(path).st_size
        with open(path, "rb") as file:
            start = file.read(len(LFS_POINTER))
            file.seek(0)
            if start == LFS_POINTER:
                return "is a pointer of Git LFS and not the file itself; fetch it with `git lfs pull`"
            header_bytes = _header_bytes(file.read(LENGTH.size))
            header = json.loads(file.read(header_bytes)) if LENGTH.size + header_bytes <= size else {}
        ends = [one["data_offsets"][1] for name, one in header.items() if name != "__metadata__"]
    except OSError:
        return ""
    except (ValueError, KeyError, TypeError, LookupError, AttributeError):
        return "is damaged; copy the model folder again"
    expected = LENGTH.size + header_bytes + max(ends, default=0)
    return f"has {size} of {expected} bytes; copy the model folder again" if size < expected else ""


def _header_bytes(start: bytes) -> int:
    """How long the header is; raises ValueError where that cannot be."""
    found = LENGTH.unpack(start)[0] if len(start) == LENGTH.size else 0
    if not 2 <= found <= MOST_HEADER_BYTES:
        raise ValueError
    return int(found)
