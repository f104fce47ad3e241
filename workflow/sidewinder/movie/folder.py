"""A movie in many files of single images."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.file_grid import FileGrid
from sidewinder.movie.movie import MOST_CHANNELS, Frames, Slices
from sidewinder.movie.pictures import is_picture, open_picture, warn_of_jpeg
from sidewinder.movie.resolution import with_size_by_resolution
from sidewinder.movie.tiff import open_file, read_tiff_frames


def open_files(path: str, grid: FileGrid) -> Frames:
    """Open files of single images; those of the first frame say what all are like.

    Parameters
    ----------
    path : str
        The folder or glob, for messages.
    grid : FileGrid
        Which file is which. Each holds one frame, of up to 8 channels.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If the first files are no frame; for the others, when they are read.
    """
    warn_of_jpeg(path, grid.files[0])
    with _opened(grid, 0, 0) as first:
        pass
    if not is_picture(grid.files[0][0]):
        with open_file(grid.files[0][0], path) as tif:
            first = with_size_by_resolution(grid.files[0][0], tif, first)

    n_slices = max(grid.n_slices, first.n_slices)

    def read(frame: int, z: int = 0) -> np.ndarray:
        with _opened(grid, frame, z) as found:
            if (found.shape_cyx, found.dtype) != (first.shape_cyx, first.dtype):
                raise UserError(
                    f"{grid.files[frame][0]}: frame {frame} is {found.shape_cyx} {found.dtype} where frame 0 "
                    f"({grid.files[0][0]}) is {first.shape_cyx} {first.dtype} (channels, height, width); expected "
                    "frames that are all alike"
                )
            if max(grid.n_slices, found.n_slices) != n_slices:
                raise UserError(
                    f"{grid.files[frame][0]}: frame {frame} has {found.n_slices} z-slices where frame 0 "
                    f"({grid.files[0][0]}) has {n_slices}; expected frames that are all alike"
                )
            return found.read_slice(0, z)

    named = len(grid.channel_names) == first.shape_cyx[0]
    return replace(
        first,
        read=read,
        n_frames=len(grid.files),
        channel_names=grid.channel_names if named else first.channel_names,
        taken_s=grid.taken_s,
        source_frames=grid.source_frames,
        slices=Slices(n_slices, read) if n_slices > 1 else None,
    )


@contextmanager
def _opened(grid: FileGrid, frame: int, z: int) -> Iterator[Frames]:
    """Open the files of a frame, or of one of its slices, for as long as the block lasts; each holds one image."""
    with ExitStack() as stack:
        n_channels = len(grid.files[frame]) // grid.n_slices
        files = grid.files[frame] if grid.n_slices == 1 else grid.files[frame][z * n_channels :][:n_channels]
        wheres = [f"{file} (frame {frame})" for file in files]
        opened = [_one(file, where, frame) for file, where in zip(files, wheres, strict=True)]
        yield _together([stack.enter_context(one) for one in opened], wheres)


def _together(opened: list[Frames], wheres: list[str]) -> Frames:
    """The channels of all files of a frame as those of one."""
    first = opened[0]
    if len(opened) == 1:
        return first
    for other, where in zip(opened, wheres, strict=True):
        if (other.shape_cyx[1:], other.dtype, other.n_slices) != (first.shape_cyx[1:], first.dtype, first.n_slices):
            raise UserError(
                f"{where}: is {other.shape_cyx[1:]} {other.dtype} where the first channel of this frame is "
                f"{first.shape_cyx[1:]} {first.dtype} (height, width), or has {other.n_slices} slices in place of "
                f"{first.n_slices}; expected channels that are all alike"
            )
    n_channels = sum(one.shape_cyx[0] for one in opened)

    def read(_: int, z: int = 0) -> np.ndarray:
        return np.concatenate([one.read_slice(0, z) for one in opened])

    return replace(
        first,
        read=read,
        slices=None if first.slices is None else Slices(first.n_slices, read),
        shape_cyx=(n_channels, *first.shape_cyx[1:]),
        channel_names=(),
    )


@contextmanager
def _one(file: str, where: str, frame: int) -> Iterator[Frames]:
    """Open a file of one image, which may have channels."""
    if is_picture(file):
        yield open_picture(file, where)
        return
    with open_file(file, where) as tif:
        found = read_tiff_frames(where, tif, None, unknown="C", first_frame=frame)
        channels, height, width = found.shape_cyx
        # as NumPy users save them
        channels_last = width <= MOST_CHANNELS < min(channels, height)
        if found.n_frames > 1 or (channels > MOST_CHANNELS and not channels_last):
            raise UserError(
                f"{where}: holds {found.n_frames * channels} images; expected one frame of at most {MOST_CHANNELS} "
                "channels a file: if the file is the whole movie, give the file as the movie's path"
            )
        yield _channels_first(found) if channels_last else found


def _channels_first(frames: Frames) -> Frames:
    """Frames of which (channels, height, width) are truly (height, width, channels)."""
    height, width, channels = frames.shape_cyx

    def read(frame: int, z: int = 0) -> np.ndarray:
        return frames.read_slice(frame, z).transpose(2, 0, 1)

    slices = None if frames.slices is None else Slices(frames.n_slices, read)
    return replace(frames, read=read, shape_cyx=(channels, height, width), slices=slices)
