"""Shards packed and unpacked by compiled code, on threads of its own."""

import zarr
from zarrs import ZarrsCodecPipeline

SETTINGS = {"codec_pipeline.path": f"{ZarrsCodecPipeline.__module__}.{ZarrsCodecPipeline.__qualname__}"}


def compiled(array: zarr.Array) -> zarr.Array:
    """The same array, read and written by zarrs in place of Zarr's own Python.

    Zarr's own calls dozens of Python functions a chunk, all on one thread, and what launches on a GPU waits for
    Python's lock meanwhile (docs/inference.md). Two things to know: zarrs 0.2.3 leaves out shards of zeros, whatever
    the array says (`FrameWriter` does not), and its threads do not live on in a process that forks.

    Parameters
    ----------
    array : zarr.Array
        In a folder.
    """
    with zarr.config.set(SETTINGS):
        return zarr.open_array(array.store_path, mode="r" if array.read_only else "r+", zarr_format=3)
