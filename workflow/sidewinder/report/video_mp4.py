"""The same video as MP4, which PowerPoint and every browser play."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from sidewinder.errors import UserError
from sidewinder.progress import progress
from sidewinder.report.overlay import PAPER
from sidewinder.report.video import FRAME_MS, drawn_frames
from sidewinder.store import atomic_file

# of H.264: the only colours that all players show, and how strongly it is compressed (less is better)
PIXEL_FORMAT, OPTIONS = "yuv420p", {"crf": "20", "tune": "animation"}
# a player starts before it has the whole file
STREAMED = {"movflags": "+faststart"}


def draw_video_mp4(movie_zarr: str | Path, tracks_parquet: str | Path, output: str | Path, *, channel: str) -> None:
    """Write all frames with the outlines of their cells as MP4 (H.264), ten frames a second.

    Parameters
    ----------
    movie_zarr, tracks_parquet, channel
        As of `drawn_frames`.
    output : str or Path
        The MP4 to write. A frame with an odd side has one more row or column, for the format wants even ones.

    Raises
    ------
    UserError
        If a label has no track, there is no such channel, or PyAV is not installed.
    """
    try:
        import av
    except ModuleNotFoundError as error:
        raise UserError(
            f"exports: video_mp4 is written by the package av, which is not installed; install it with "
            f"{sys.executable} -m pip install av, or ask for video, an animated WebP"
        ) from error
    frames, n_frames = drawn_frames(movie_zarr, tracks_parquet, channel)
    with atomic_file(output) as temporary, av.open(str(temporary), "w", format="mp4", options=STREAMED) as file:
        stream = file.add_stream("libx264", rate=round(1000 / FRAME_MS), options=OPTIONS)
        stream.pix_fmt = PIXEL_FORMAT
        # the same bytes whatever the number of cores
        stream.thread_count = 1
        for number, picture in enumerate(progress(map(_even, frames), n_frames, "video_mp4")):
            if number == 0:
                stream.width, stream.height = picture.size
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")))
        file.mux(stream.encode())


def _even(picture: Image.Image) -> Image.Image:
    """A picture with even sides, as colours of every second pixel demand."""
    even = Image.new("RGB", (picture.width + picture.width % 2, picture.height + picture.height % 2), PAPER)
    even.paste(picture, (0, 0))
    return even
