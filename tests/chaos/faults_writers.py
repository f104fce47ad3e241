"""Whatever stages write with: one function a library, each of which writes more than a block and more than an inode."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from sidewinder.export.ctc import write_mask
from sidewinder.infer.compiled import compiled
from sidewinder.links import link_or_copy
from sidewinder.model import CLASSES, save_model
from sidewinder.normalization import ByQuantiles
from sidewinder.provenance.record import Record, write_record
from sidewinder.store import atomic_file, atomic_folder, write_image, write_rows, write_stack
from sidewinder.store.table import write_csv, write_parquet
from sidewinder.unet import Architecture, UNet

NOISE = np.random.default_rng(0).integers(1, 2**16, (2, 64, 64), np.uint16)
TABLE = pd.DataFrame({"frame": np.arange(2000), "y_px": np.random.default_rng(0).random(2000)})


def _stack(path: Path) -> None:
    write_stack(path, NOISE, n_frames=2, frame_shape=(64, 64), dtype=np.uint16, attributes={})


def _stack_compiled(path: Path) -> None:
    write_stack(path, NOISE, n_frames=2, frame_shape=(64, 64), dtype=np.uint16, attributes={}, through=compiled)


def _image(path: Path) -> None:
    size = {"n_frames": 2, "shape_cyx": (1, 64, 64), "dtype": np.uint16, "attributes": {}, "channel_names": ["0"]}
    write_image(path, NOISE[:, None], **size, pixel_size_um=None, frame_interval_s=None)


def _masks(path: Path) -> None:
    with atomic_folder(path) as temporary:
        for frame, labels in enumerate(NOISE):
            write_mask(temporary / f"mask{frame:03}.tif", labels)


def _copies(path: Path) -> None:
    """Hard links are none to another disk."""
    source = path.parent.parent / "source"
    source.write_bytes(NOISE)
    with atomic_folder(path) as temporary:
        link_or_copy(str(source), str(temporary / "copy"))


def _picture(path: Path) -> None:
    with atomic_file(path) as temporary:
        Image.fromarray(NOISE[0].view(np.uint8)).save(temporary, format="png")


def _array(path: Path) -> None:
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        np.save(file, NOISE)


def _zip(path: Path) -> None:
    with atomic_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr("data", os.urandom(9000))


def _model(path: Path) -> None:
    network = UNet(Architecture(n_classes=len(CLASSES), depth=2, base_width=4))
    save_model(path, network, ByQuantiles(), CLASSES, {})


def _record(path: Path) -> None:
    write_record(path, Record(settings={"text": "x" * 9000}))


WRITERS = {
    "Zarr": _stack, "zarrs": _stack_compiled, "OME-Zarr": _image, "TIFF": _masks, "copies": _copies, "PNG": _picture,
    "NumPy": _array, "zip": _zip, "safetensors": _model, "record": _record,
    "Parquet": lambda path: write_parquet(TABLE, path), "CSV": lambda path: write_csv(TABLE, path),
    "rows": lambda path: write_rows(path, list(TABLE), TABLE.to_dict("records")),
}  # fmt: skip
