"""A movie in many TIFF files, one a frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.movie import Frames
from sidewinder.movie.tiff import open_file, read_tiff_frames

# a file of more images than this is a stack and no frame
MOST_CHANNELS = 8


def open_files(files: list[str]) -> Frames:
    """Open one file a frame; the first says what all are like.

    Parameters
    ----------
    files : list of str
        The files in the order of frames. Each holds one frame, of up to 8 channels.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If the first file is no frame; for the others, when they are read.
    """
    with _opened(files, 0) as first:
        pass

    def read(frame: int) -> np.ndarray:
        with _opened(files, frame) as found:
            if (found.shape_cyx, found.dtype) != (first.shape_cyx, first.dtype):
                raise UserError(
                    f"{files[frame]}: frame {frame} is {found.shape_cyx} {found.dtype} where frame 0 ({files[0]}) is "
                    f"{first.shape_cyx} {first.dtype} (channels, height, width); expected frames that are all alike"
                )
            return found.read(0)

    return replace(first, read=read, n_frames=len(files))


@contextmanager
def _opened(files: list[str], frame: int) -> Iterator[Frames]:
    """Open the file of a frame, for as long as the block lasts, and check that it holds one frame."""
    where = f"{files[frame]} (frame {frame})"
    with open_file(files[frame], where) as tif:
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
    return replace(
        frames, read=lambda index: frames.read(index).transpose(2, 0, 1), shape_cyx=(channels, height, width)
    )
