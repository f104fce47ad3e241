"""Shards packed and unpacked by compiled code."""

import zarr
from zarrs import ZarrsCodecPipeline

SETTINGS = {
    "codec_pipeline.path": f"{ZarrsCodecPipeline.__module__}.{ZarrsCodecPipeline.__qualname__}",
    # one thread for each call: with more, chunks come to lie in a shard in an order that is left to chance
    "threading.max_workers": 1,
}


def compiled(array: zarr.Array) -> zarr.Array:
    """The same array, read and written by zarrs in place of Zarr's own Python; who has threads calls it on several.

    Zarr's own calls dozens of Python functions a chunk, all on one thread, and what launches on a GPU waits for
    Python's lock meanwhile (docs/measurements/inference.md). zarrs 0.2.3 leaves out shards of zeros, whatever the array
    says, which `FrameWriter` knows.

    Parameters
    ----------
    array : zarr.Array
        In a folder.
    """
    with zarr.config.set(SETTINGS):
        # not `zarr.open_array`, which would start Zarr's own threads with these settings
        return zarr.Array(zarr.AsyncArray(array.metadata, array.store_path))
