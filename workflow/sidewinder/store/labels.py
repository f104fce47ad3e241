"""Label images inside an image's store: labels/cells, with as many levels as the image."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import zarr

from sidewinder.errors import UserError
from sidewinder.store.image import open_image
from sidewinder.store.metadata import image_label_attributes, labels_attributes, multiscales
from sidewinder.store.pyramid import downsample_nearest, level_shapes
from sidewinder.store.shards import level_writers, open_array, open_group

NAME = "cells"
NOTHING: Mapping[int, Any] = MappingProxyType({})


def write_labels(
    image_path: str | Path,
    frames: Iterable[np.ndarray],
    *,
    largest_label: int,
    colours: Mapping[int, tuple[int, int, int]] = NOTHING,
    properties: Mapping[int, dict[str, int]] = NOTHING,
) -> None:
    """Add labels/cells to an image's store, which is still under its temporary name.

    Parameters
    ----------
    image_path : str or Path
        A store as `write_image` makes it, without labels; T, Y, X and the levels are taken from it.
    frames : iterable of ndarray of int, (Y, X)
        Label images, as many as the image has, 0 where there is no cell.
    largest_label : int
        The labels are stored as uint16 where it fits, else as uint32.
    colours : mapping of int to (int, int, int), optional
        Red, green and blue, from 0 to 255, in which viewers show labels.
    properties : mapping of int to dict of str to int, optional
        What viewers say of labels.

    Raises
    ------
    ValueError
        If the frames are not what the image says, or a label is larger than `largest_label` or negative.
    """
    image = open_image(image_path)
    n_frames, _, *shape_yx = image.data.shape
    shapes = level_shapes(tuple(shape_yx))
    dtype = np.dtype(np.uint16 if largest_label <= np.iinfo(np.uint16).max else np.uint32)
    labels = zarr.create_group(Path(image_path) / "labels", zarr_format=3)
    group = labels.create_group(NAME)
    with level_writers(group, [(n_frames, *shape) for shape in shapes], dtype) as writers:
        for frame in frames:
            if frame.size and (frame.min() < 0 or frame.max() > largest_label):
                raise ValueError(f"labels {frame.min()}..{frame.max()} where 0..{largest_label} were announced")
            level_frame = frame.astype(dtype)
            for writer in writers:
                writer.append(level_frame)
                level_frame = downsample_nearest(level_frame)
    multiscale = multiscales("tyx", len(shapes), image.pixel_size_um, image.frame_interval_s, image.pixel_aspect)
    group.attrs.update({"ome": image_label_attributes(multiscale, colours, properties), "sidewinder": {}})
    labels.attrs["ome"] = labels_attributes([NAME])


def open_labels(image_path: str | Path) -> zarr.Array:
    """Open the full-size level of labels/cells.

    Returns
    -------
    zarr.Array, (T, Y, X), uint16 or uint32

    Raises
    ------
    UserError
        If the store has no complete labels.
    """
    path = Path(image_path) / "labels" / NAME
    if Path(image_path).is_dir() and not path.is_dir():
        raise UserError(f"{image_path}: has no labels; expected a movie that the last step has published")
    group, _ = open_group(path)
    return open_array(path, group, "0")
