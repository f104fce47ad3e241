"""The published movie as OME-Zarr 0.4, for programs that do not read 0.5 yet."""

from pathlib import Path
from typing import Any

import zarr

from sidewinder.progress import progress
from sidewinder.store import atomic_folder, open_image, open_labels
from sidewinder.store.labels import NAME

VERSION = "0.4"


def export_ome_zarr_04(movie: str | Path, output: str | Path) -> None:
    """Write the image and the tracked labels of a movie again, with all levels, in Zarr's format 2.

    That format knows no shards: each chunk of each frame is a file.

    Parameters
    ----------
    movie : str or Path
        The published movie.
    output : str or Path
        The OME-Zarr to write, with the image and `labels/cells`.

    Raises
    ------
    UserError
        If the movie or its labels are not complete.
    """
    # say what is wrong with it
    open_image(movie), open_labels(movie)
    source = zarr.open_group(movie, mode="r", zarr_format=3)
    with atomic_folder(output) as temporary:
        target = zarr.create_group(temporary, zarr_format=2)
        _copy_levels(source, target, "image")
        labels = target.create_group("labels")
        labels.attrs["labels"] = [NAME]
        _copy_levels(source[f"labels/{NAME}"], labels.create_group(NAME), "labels")


def _copy_levels(source: Any, target: zarr.Group, what: str) -> None:
    """Copy the levels of an image, a frame at a time, and what is said of it."""
    described = source.attrs["ome"]
    (multiscale,) = described["multiscales"]
    for path in (level["path"] for level in multiscale["datasets"]):
        array = source[path]
        copy = target.create_array(
            path, shape=array.shape, dtype=array.dtype, chunks=array.chunks,
            compressors={"id": "blosc", "cname": "zstd", "clevel": 1, "shuffle": 1},
            chunk_key_encoding={"name": "v2", "separator": "/"},
        )  # fmt: skip
        for frame in progress(range(array.shape[0]), array.shape[0], f"ome_zarr_04: {what}, level {path}"):
            copy[frame] = array[frame]
    target.attrs.update(_as_04(described))


def _as_04(described: dict[str, Any]) -> dict[str, Any]:
    """What 0.5 says of an image under "ome", as the attributes of a group of 0.4: each part has its version."""
    parts = {name: described[name] for name in ("omero", "image-label") if name in described}
    versioned = {name: {**part, "version": VERSION} for name, part in parts.items()}
    return versioned | {"multiscales": [{**one, "version": VERSION} for one in described["multiscales"]]}
