"""Stores on disk: images, labels and stacks in Zarr, and every other output, finished atomically.

The package knows files, shards and metadata, not what the pixels mean.
"""

from sidewinder.store.at_exit import leave_threads
from sidewinder.store.atomic import atomic_file, atomic_folder, restore_replaced, scratch_folder
from sidewinder.store.blocks import Blocks, frames_of_block
from sidewinder.store.image import Image, open_image, set_scales, write_image
from sidewinder.store.labels import open_labels, write_labels
from sidewinder.store.rows import date_back, no_formula, write_rows
from sidewinder.store.stack import Stack, open_stack, write_stack
from sidewinder.store.tiff import as_labels, read_annotated_labels, read_tiff_frame, read_tiff_labels

__all__ = [
    "Blocks",
    "Image",
    "Stack",
    "as_labels",
    "atomic_file",
    "atomic_folder",
    "date_back",
    "frames_of_block",
    "no_formula",
    "open_image",
    "open_labels",
    "open_stack",
    "read_annotated_labels",
    "read_tiff_frame",
    "read_tiff_labels",
    "restore_replaced",
    "scratch_folder",
    "set_scales",
    "write_image",
    "write_labels",
    "write_rows",
    "write_stack",
]

leave_threads()
