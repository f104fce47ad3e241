"""What a job asks the cluster for: memory and time, from the size of its movie.

The coefficients are fits to the peaks in the table of docs/measurements/cluster.md, which says what they are worth.
Nothing here imports more than it needs: it runs in the process that drives the workflow.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, prod
from pathlib import Path
from string import ascii_letters

from sidewinder.infer.memory import LARGEST_TILE_PX, cpu_bytes, frames_bytes, pixel_bytes_alive

# the two Snakemake processes inside of each submission, 170 MB each, part of it shared
SNAKEMAKE_MB = 300
# for other versions of the libraries, other file systems, other cells
MARGIN = 1.15
# a process that uses CUDA holds its libraries in memory
CUDA_MB = 3000
# PyTorch and what else `infer` imports
INFER_MB = 300
# around a frame that passes through the network as a whole, and of such as have no mirror image: two strides at most
MARGIN_PX = 48
# classes but background; few models have more
N_MAPS = 2
# no request is smaller than this, and start-up on a cold file system takes a while
SHORTEST_MIN = 10
# stands for a movie that is yet to be made, or that cannot be read, of which its own job will say why
SMALL_MOVIE = (40, 1, 512, 512)


@dataclass(frozen=True)
class Size:
    """The size of a movie.

    Parameters
    ----------
    shape : tuple of int
        Frames, channels, height and width.
    pixel_bytes : int
        Of one value.
    """

    shape: tuple[int, int, int, int] = SMALL_MOVIE
    pixel_bytes: int = 2

    @property
    def plane_mpx(self) -> float:
        """Millions of pixels of one channel of one frame."""
        return prod(self.shape[2:]) / 1e6

    @property
    def frame_mb(self) -> float:
        """One frame with all its channels."""
        return self.shape[1] * self.plane_mpx * self.pixel_bytes

    @property
    def movie_mpx(self) -> float:
        """Millions of pixels of one channel of all frames."""
        return self.shape[0] * self.plane_mpx

    @property
    def movie_mb(self) -> float:
        """All frames and channels."""
        return self.shape[0] * self.frame_mb


def size_of_image(image: str | Path) -> Size | None:
    """The size of a preprocessed movie, from its metadata alone; None where it is not there, or damaged.

    Parameters
    ----------
    image : path
        The OME-Zarr that the stage `preprocess` made.
    """
    try:
        array = json.loads(Path(image, "0", "zarr.json").read_text())
        n_frames, n_channels, height, width = map(int, array["shape"])
        # numpy would know, too, but every parse of the Snakefile would pay for its import
        bits = int(array["data_type"].lstrip(ascii_letters))
        if min(n_frames, n_channels, height, width) < 1:
            return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError):
        return None
    return Size((n_frames, n_channels, height, width), bits // 8)


def size_of_raw(path: str, position: str | None, frames: str | None = None, z: str | None = None) -> Size | None:
    """The size of a raw movie, from its header; None where it cannot be read.

    Parameters
    ----------
    path : str
        What `sidewinder.movie` opens.
    position : str or None
        Which position of a file with several.
    frames, z : str or None
        Which frames are taken, and what becomes of z-slices, as the sheet says.
    """
    # only the driver and the jobs of preprocess ask; the others need not wait for the import
    from sidewinder.movie.opening import movie_shape
    from sidewinder.movie.quiet import quietly

    try:
        with quietly():
            shape, dtype = movie_shape(path, position, frames=frames, z=z)
    except Exception:  # whatever is wrong with it, its own job says so
        return None
    return Size(shape, dtype.itemsize)


def _shards_mb(size: Size, bytes_written: int) -> float:
    """The shards of all levels of a pyramid: those that are gathered in memory, and those that are being written."""
    of_level, side, in_memory = size.shape[0] * size.plane_mpx * bytes_written, min(size.shape[2:]), 0.0
    while True:
        # as of store.shards, which imports Zarr
        shard = max(67.0, min(of_level / 32, 403.0))
        in_memory += min(2 * shard, of_level)
        if side <= 1024:
            return 1.33 * in_memory
        of_level, side = of_level / 4, side // 2


# peak memory of each stage, in MB
MEMORY_MB: dict[str, Callable[[Size], float]] = {
    "preprocess": lambda size: 105 + _shards_mb(size, size.shape[1] * size.pixel_bytes) + 6 * size.frame_mb,
    "instances": lambda size: 560 + 120 * size.plane_mpx,
    "track": lambda size: 345 + 0.7 * size.movie_mpx + 55 * size.plane_mpx,
    "plausibility": lambda size: 160 + 0.1 * size.movie_mpx + 5 * size.plane_mpx * size.pixel_bytes,
    "publish": lambda size: 180 + _shards_mb(size, 4) + 18 * size.plane_mpx,
    "within": lambda size: 180 + 0.7 * size.movie_mpx + 25 * size.plane_mpx,
    "ctc": lambda size: 165 + 10 * size.plane_mpx,
    "geff": lambda size: 200 + 0.7 * size.movie_mpx,
    "trackmate": lambda size: 200 + 1.2 * size.movie_mpx,
    "napari": lambda size: 200 + 0.2 * size.movie_mpx,
    "colorizer": lambda size: 200 + 0.7 * size.movie_mpx + 60 * size.plane_mpx,
    "video": lambda size: 250 + 0.15 * size.shape[0] + 48 * size.plane_mpx,
    "video_mp4": lambda size: 300 + 0.15 * size.shape[0] + 48 * size.plane_mpx,
    "ome_zarr_04": lambda size: 165 + 6 * size.frame_mb,
    "overlay": lambda size: 230 + 48 * size.plane_mpx,
    "report": lambda size: 330 + 0.7 * size.movie_mpx + 60 * size.plane_mpx,
    "evaluate": lambda size: 210 + 20 * size.plane_mpx,
}
# minutes a job may take, on a slow core and a slow file system (20 MB/s)
RUNTIME_MIN: dict[str, Callable[[Size], float]] = {
    "preprocess": lambda size: size.movie_mb / 20 / 60 * 3,
    "infer": lambda size: size.movie_mpx * 4 / 60,
    "instances": lambda size: size.movie_mpx * 5 / 60,
    "track": lambda size: size.movie_mpx * 0.5 / 60,
    "plausibility": lambda size: size.movie_mb / 20 / 60,
    "publish": lambda size: size.movie_mb / 20 / 60 * 3,
    "within": lambda size: size.movie_mpx * 0.5 / 60,
    "ctc": lambda size: size.movie_mpx * 0.5 / 60,
    "geff": lambda size: size.movie_mpx * 0.1 / 60,
    "trackmate": lambda size: size.movie_mpx * 0.2 / 60,
    "napari": lambda size: size.movie_mpx * 0.1 / 60,
    "colorizer": lambda size: size.movie_mpx * 0.5 / 60,
    "video": lambda size: (0.2 * size.shape[0] + 0.3 * size.movie_mpx) / 60,
    "video_mp4": lambda size: (0.2 * size.shape[0] + 0.3 * size.movie_mpx) / 60,
    "ome_zarr_04": lambda size: size.movie_mb / 20 / 60 * 3,
    "overlay": lambda size: size.plane_mpx * 6 / 60,
    "report": lambda size: size.movie_mb / 20 / 60 + size.movie_mpx * 0.5 / 60,
    "evaluate": lambda size: size.movie_mpx * 0.5 / 60,
}


def memory_mb(stage: str, size: Size, attempt: int) -> int:
    """Memory to ask for, in MB.

    Parameters
    ----------
    stage : str
        One of `MEMORY_MB`.
    size : Size
        Of the movie.
    attempt : int
        From 1; each one asks for as much more as the first did.
    """
    return request_mb(MEMORY_MB[stage](size), attempt)


def preprocess_memory_mb(size: Size, attempt: int, corrects: bool) -> int:
    """Memory to ask for, in MB, for a movie of a size, and whether light or drift are estimated."""
    # samples of all frames, pictures of at most 1024 px a side, a frame as float32 a few times
    estimates_mb = 300 + 16 * size.plane_mpx * size.shape[1] if corrects else 0.0
    return request_mb(MEMORY_MB["preprocess"](size) + estimates_mb, attempt)


def infer_memory_mb(size: Size, attempt: int, base_width: int, tile: str | int, on_gpu: bool) -> int:
    """Memory to ask for the network, in MB.

    Parameters
    ----------
    size : Size
        Of the movie.
    attempt : int
        From 1.
    base_width : int
        Channels of the network's first level.
    tile : "auto" or int
        Largest side of a window, in pixels.
    on_gpu : bool
        Whether a GPU is asked for: then the feature maps are in its memory.
    """
    largest_px = LARGEST_TILE_PX if tile == "auto" else int(tile)
    # a frame that is smaller is mirrored a little beyond its edges
    n_frames, n_channels, *frame = size.shape
    height, width = (min(largest_px, side + MARGIN_PX) for side in frame)
    shape_tyx, a_pixel = (n_frames, frame[0], frame[1]), pixel_bytes_alive(n_channels, size.pixel_bytes, N_MAPS)
    if on_gpu:
        needed_mb = CUDA_MB + frames_bytes(shape_tyx, a_pixel, largest_px) / 1e6
    else:
        needed_mb = cpu_bytes(base_width, height * width, shape_tyx, a_pixel, largest_px) / 1e6
    return request_mb(INFER_MB + needed_mb, attempt)


def experiment_memory_mb(tables_mb: float, attempt: int) -> int:
    """Memory to ask for the tables of the whole experiment, in MB, from the sum of the movies' tables."""
    return request_mb(160 + 8 * tables_mb, attempt)


def overview_memory_mb(tables_mb: float, attempt: int) -> int:
    """Memory to ask for the page of the whole experiment, in MB, from the sum of the movies' tables."""
    # the table of all tracks as a whole, and that of a movie's cells
    return request_mb(300 + 4 * tables_mb, attempt)


def runtime_min(stage: str, size: Size, attempt: int, n_blocks: int = 1) -> int:
    """Time to ask for, in minutes, for one block of so many."""
    return ceil((SHORTEST_MIN + RUNTIME_MIN[stage](size) / n_blocks) * attempt)


def request_mb(peak_mb: float, attempt: int) -> int:
    """Memory to ask for, in MB, where the peak is known: with Snakemake's own processes and a margin."""
    return ceil((SNAKEMAKE_MB + MARGIN * peak_mb) * attempt)
