"""What the tests of the stores share."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from sidewinder.store import pyramid, write_image


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def small_top(monkeypatch) -> None:
    """Pyramids end at 32 pixels in place of 1024, so that small images have levels."""
    monkeypatch.setattr(pyramid, "LARGEST_TOP_PX", 32)


@pytest.fixture
def digests():
    """A function from a folder to {relative file name: hash of its bytes}."""

    def of(folder: Path) -> dict[str, str]:
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    return of


@pytest.fixture
def write():
    """A function that writes (T, C, Y, X) pixels as an image, with keywords to change what is written."""

    def to(path: Path, data: np.ndarray, **changes) -> None:
        keywords = {
            "n_frames": len(data),
            "shape_cyx": data.shape[1:],
            "dtype": data.dtype,
            "pixel_size_um": None,
            "frame_interval_s": None,
            "channel_names": [f"ch{c}" for c in range(data.shape[1])],
            "attributes": {},
        }
        write_image(path, iter(data), **{**keywords, **changes})

    return to
