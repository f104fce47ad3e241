"""Pages in one file: parts that are put into a template, and bytes as text in it."""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

# what pages share
COMMON = Path(__file__).parent / "common"
# parts start at multiples of it, so that a browser can take a number of any size from the blob
ALIGNED_BYTES = 8
# of numbers that are drawn or read by people
DIGITS = 6
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def filled(template: str, parts: Mapping[str, str]) -> bytes:
    """A template with its parts; a placeholder in a part is no placeholder."""
    return PLACEHOLDER.sub(lambda found: parts[found[1]], template).encode()


def scripts_of(page: Path) -> str:
    """The scripts of a page's folder in the order that its file ORDER gives."""
    return "\n".join((page / name).read_text(encoding="utf-8") for name in (page / "ORDER").read_text().split())


def as_json(value: Any) -> str:
    """JSON for a script element: names and texts of users can neither end it nor begin a comment."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def rounded(value: float) -> float | None:
    """A number for JSON; None where there is none."""
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None


def styles_of(page: Path) -> str:
    """What all reports look like, then what a page's own parts do."""
    return "\n".join((folder / "style.css").read_text(encoding="utf-8") for folder in (COMMON, page))


def as_zipped(blob: bytes, level: int = 9) -> str:
    """Bytes, deflated, as base64."""
    # without the time at which it was packed
    return as_base64(gzip.compress(blob, level, mtime=0))


def as_base64(blob: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(blob).decode("ascii")


def little_endian(array: np.ndarray) -> np.ndarray:
    """An array in the order of bytes that browsers have."""
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def joined(parts: Mapping[str, bytes]) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """Parts in one blob, and where each starts and how long it is."""
    blob, ranges = bytearray(), {}
    for name, part in parts.items():
        blob += bytes(-len(blob) % ALIGNED_BYTES)
        ranges[name] = (len(blob), len(part))
        blob += part
    return bytes(blob), ranges


def packed(arrays: Mapping[str, np.ndarray]) -> tuple[bytes, dict[str, dict[str, Any]]]:
    """Arrays in one blob, and of each by its name where it starts, its dtype and its shape."""
    blob, ranges = joined({name: little_endian(array).tobytes() for name, array in arrays.items()})
    index = {
        name: {"start": ranges[name][0], "dtype": array.dtype.name, "shape": list(array.shape)}
        for name, array in arrays.items()
    }
    return blob, index
